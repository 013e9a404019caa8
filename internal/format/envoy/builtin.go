// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package envoy

// Names of the dialects.
const (
	dialectGDC         = "gdc"
	dialectDefault     = "default"
	dialectIstio       = "istio"
	dialectDefaultJSON = "default_json"
	dialectIstioJSON   = "istio_json"
	dialectCommonJSON  = "common_json"
	dialectContour     = "contour"
	dialectEmissary    = "emissary"
	dialectJSON        = "json" // a user's JSON map
	dialectText        = "text" // a user's format string
)

// builtinNames are the built-ins in the order in which they are tried: of two that know a line's keys equally well the
// first one has it.
var builtinNames = []string{
	dialectGDC, dialectDefault, dialectDefaultJSON, dialectIstio, dialectIstioJSON, dialectCommonJSON, dialectContour, dialectEmissary,
}

// builtinAliases are other names by which people call them.
var builtinAliases = map[string]string{
	"gdc_json": dialectGDC, "gdc_audit": dialectGDC, "default_text": dialectDefault, "istio_text": dialectIstio,
	"contour_text": dialectDefault, "contour_json": dialectContour, "emissary_json": dialectIstioJSON, "envoy_gateway": dialectCommonJSON,
}

// defaultText is what Envoy prints where no format is configured (source/common/formatter/substitution_format_utility.cc).
const defaultText = `[%START_TIME%] "%REQUEST_HEADER(:METHOD)% %REQUEST_HEADER(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%" ` +
	`%RESPONSE_CODE% %RESPONSE_FLAGS% %BYTES_RECEIVED% %BYTES_SENT% %DURATION% %RESPONSE_HEADER(X-ENVOY-UPSTREAM-SERVICE-TIME)% ` +
	`"%REQUEST_HEADER(X-FORWARDED-FOR)%" "%REQUEST_HEADER(USER-AGENT)%" "%REQUEST_HEADER(X-REQUEST-ID)%" "%REQUEST_HEADER(:AUTHORITY)%" ` +
	`"%UPSTREAM_HOST%"`

// emissaryText is Emissary's, and Ambassador's before it, where its envoy_log_type is text (python/ambassador/envoy, the
// listener's access log).
const emissaryText = "ACCESS " + defaultText

// istioText is Istio's access log where its encoding is TEXT (istio.io, pilot/pkg/model/telemetry_logging.go). Releases
// before 1.23 had UPSTREAM_CLUSTER, which prints the same way.
const istioText = `[%START_TIME%] "%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%" %RESPONSE_CODE% %RESPONSE_FLAGS% ` +
	`%RESPONSE_CODE_DETAILS% %CONNECTION_TERMINATION_DETAILS% "%UPSTREAM_TRANSPORT_FAILURE_REASON%" %BYTES_RECEIVED% %BYTES_SENT% ` +
	`%DURATION% %RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)% "%REQ(X-FORWARDED-FOR)%" "%REQ(USER-AGENT)%" "%REQ(X-REQUEST-ID)%" ` +
	`"%REQ(:AUTHORITY)%" "%UPSTREAM_HOST%" %UPSTREAM_CLUSTER_RAW% %UPSTREAM_LOCAL_ADDRESS% %DOWNSTREAM_LOCAL_ADDRESS% ` +
	`%DOWNSTREAM_REMOTE_ADDRESS% %REQUESTED_SERVER_NAME% %ROUTE_NAME%`

// defaultKeys are the keys of the default format as a JSON map, as Envoy's documentation and many a configuration have it.
var defaultKeys = map[string]string{
	"authority":             "REQ(:AUTHORITY)",
	"bytes_received":        "BYTES_RECEIVED",
	"bytes_sent":            "BYTES_SENT",
	"duration":              "DURATION",
	"method":                "REQ(:METHOD)",
	"path":                  "REQ(X-ENVOY-ORIGINAL-PATH?:PATH)",
	"protocol":              "PROTOCOL",
	"request_id":            "REQ(X-REQUEST-ID)",
	"response_code":         "RESPONSE_CODE",
	"response_flags":        "RESPONSE_FLAGS",
	"start_time":            "START_TIME",
	"upstream_host":         "UPSTREAM_HOST",
	"upstream_service_time": "RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)",
	"user_agent":            "REQ(USER-AGENT)",
	"x_forwarded_for":       "REQ(X-FORWARDED-FOR)",
}

// istioKeys are those that Istio's access log has besides, where its encoding is JSON (telemetry_logging.go).
var istioKeys = map[string]string{
	"connection_termination_details":    "CONNECTION_TERMINATION_DETAILS",
	"downstream_local_address":          "DOWNSTREAM_LOCAL_ADDRESS",
	"downstream_remote_address":         "DOWNSTREAM_REMOTE_ADDRESS",
	"requested_server_name":             "REQUESTED_SERVER_NAME",
	"response_code_details":             "RESPONSE_CODE_DETAILS",
	"route_name":                        "ROUTE_NAME",
	"upstream_cluster":                  "UPSTREAM_CLUSTER_RAW",
	"upstream_local_address":            "UPSTREAM_LOCAL_ADDRESS",
	"upstream_transport_failure_reason": "UPSTREAM_TRANSPORT_FAILURE_REASON",
}

// contourKeys are the fields of Contour's JSON format that are not the name of a command in small letters
// (apis/projectcontour/v1alpha1, accesslog.go).
var contourKeys = map[string]string{
	"@timestamp":            "START_TIME",
	"authority":             "REQ(:AUTHORITY)",
	"method":                "REQ(:METHOD)",
	"path":                  "REQ(X-ENVOY-ORIGINAL-PATH?:PATH)",
	"request_id":            "REQ(X-REQUEST-ID)",
	"ts":                    "START_TIME",
	"uber_trace_id":         "REQ(UBER-TRACE-ID)",
	"upstream_service_time": "RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)",
	"user_agent":            "REQ(USER-AGENT)",
	"x_forwarded_for":       "REQ(X-FORWARDED-FOR)",
	"x_trace_id":            "REQ(X-TRACE-ID)",
}

// gdcKeys are the keys of a GDC audit record and the operators that fill them: Istio's OTLP access log, flattened. The
// user name is GDC's own. Istio prints neither the type of a line nor the id of its stream; other OTLP loggers do, and
// without these a part of a session would pass for all of it.
var gdcKeys = map[string]string{
	"access_log_type":                   "ACCESS_LOG_TYPE",
	"authority":                         "REQ(:AUTHORITY)",
	"body":                              "gdc:body",
	"bytes_received":                    "BYTES_RECEIVED",
	"bytes_sent":                        "BYTES_SENT",
	"connection_termination_details":    "CONNECTION_TERMINATION_DETAILS",
	"downstream_local_address":          "DOWNSTREAM_LOCAL_ADDRESS",
	"downstream_remote_address":         "DOWNSTREAM_REMOTE_ADDRESS",
	"duration":                          "DURATION",
	"method":                            "REQ(:METHOD)",
	"observed_time_unix_nano":           "gdc:observed",
	"path":                              "REQ(X-ENVOY-ORIGINAL-PATH?:PATH)",
	"protocol":                          "PROTOCOL",
	"requested_server_name":             "REQUESTED_SERVER_NAME",
	"resource.cluster_name":             "gdc:cluster_name",
	"resource.log_name":                 "gdc:log_name",
	"resource.node_name":                "gdc:node_name",
	"resource.zone_name":                "gdc:zone_name",
	"response_code":                     "RESPONSE_CODE",
	"response_code_details":             "RESPONSE_CODE_DETAILS",
	"response_flags":                    "RESPONSE_FLAGS",
	"route_name":                        "ROUTE_NAME",
	"severity_number":                   "gdc:severity",
	"severity_text":                     "gdc:severity_text",
	"start_time":                        "START_TIME",
	"stream_id":                         "STREAM_ID",
	"time_unix_nano":                    "gdc:time",
	"upstream_cluster":                  "UPSTREAM_CLUSTER_RAW",
	"upstream_host":                     "UPSTREAM_HOST",
	"upstream_local_address":            "UPSTREAM_LOCAL_ADDRESS",
	"upstream_transport_failure_reason": "UPSTREAM_TRANSPORT_FAILURE_REASON",
	"user_agent":                        "REQ(USER-AGENT)",
	"username":                          "gdc:username",
	"x_envoy_upstream_service_time":     "RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)",
	"x_forwarded_for":                   "REQ(X-FORWARDED-FOR)",
	"x_goog_api_client":                 "REQ(X-GOOG-API-CLIENT)",
	"x_request_id":                      "REQ(X-REQUEST-ID)",
	"_gdch_cluster":                     "gdc:_cluster",
	"_gdch_fluentbit_pod":               "gdc:_fluentbit_pod",
	"_gdch_namespace":                   "gdc:_namespace",
	"_gdch_org_id":                      "gdc:_org_id",
	"_gdch_org_name":                    "gdc:_org_name",
	"_gdch_service_name":                "gdc:_service_name",
	"_gdch_tenant_id":                   "gdc:_tenant_id",
}

// spellings are the keys that people give to commands in their own JSON maps, besides the command's name in small letters
// (RESPONSE_CODE: response_code), which goes without saying. A header's command has no such name. Those with hyphens are
// Envoy Gateway's.
var spellings = map[string][]string{
	"ACCESS_LOG_TYPE":                        {"type", "log_type"},
	"CONNECTION_TERMINATION_DETAILS":         {"term_details", "termination_details"},
	"DOWNSTREAM_DIRECT_REMOTE_ADDRESS":       {"down_direct_remote", "downstream_direct_remote"},
	"DOWNSTREAM_HEADER_BYTES_RECEIVED":       {"down_hdr_rx"},
	"DOWNSTREAM_HEADER_BYTES_SENT":           {"down_hdr_tx"},
	"DOWNSTREAM_LOCAL_ADDRESS":               {"down_local", "downstream_local"},
	"DOWNSTREAM_PEER_FINGERPRINT_256":        {"peer_fp256", "peer_fingerprint_256"},
	"DOWNSTREAM_PEER_SERIAL":                 {"peer_serial"},
	"DOWNSTREAM_PEER_SUBJECT":                {"peer_subject"},
	"DOWNSTREAM_PEER_URI_SAN":                {"peer_uri_san"},
	"DOWNSTREAM_REMOTE_ADDRESS":              {"down_remote", "downstream_remote"},
	"DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT": {"down_remote_ip"},
	"DOWNSTREAM_REMOTE_PORT":                 {"down_remote_port"},
	"DOWNSTREAM_TLS_CIPHER":                  {"tls_cipher"},
	"DOWNSTREAM_TLS_SESSION_ID":              {"tls_session", "tls_session_id"},
	"DOWNSTREAM_TLS_VERSION":                 {"tls_version"},
	"DOWNSTREAM_TRANSPORT_FAILURE_REASON":    {"down_fail"},
	"DOWNSTREAM_WIRE_BYTES_RECEIVED":         {"down_wire_rx"},
	"DOWNSTREAM_WIRE_BYTES_SENT":             {"down_wire_tx"},
	"DURATION":                               {"duration_ms"},
	"FILTER_CHAIN_NAME":                      {"filter_chain"},
	"REQ(:AUTHORITY)":                        {"authority", ":authority"},
	"REQ(:METHOD)":                           {"method", "request_method"},
	"REQ(:PATH)":                             {"path", "request_path"},
	"REQ(:SCHEME)":                           {"scheme"},
	"REQ(TRACEPARENT)":                       {"traceparent"},
	"REQ(USER-AGENT)":                        {"user_agent", "user-agent"},
	"REQ(X-ENVOY-ORIGINAL-PATH)":             {"orig_path", "original_path", "x_envoy_original_path", "x-envoy-origin-path"},
	"REQ(X-FORWARDED-FOR)":                   {"x_forwarded_for", "x-forwarded-for", "xff"},
	"REQ(X-REQUEST-ID)":                      {"request_id", "x_request_id", "x-request-id"},
	"REQUESTED_SERVER_NAME":                  {"sni"},
	"REQUEST_DURATION":                       {"req_dur"},
	"REQUEST_TX_DURATION":                    {"req_tx_dur"},
	"RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)":    {"upstream_service_time", "x_envoy_upstream_service_time", "x-envoy-upstream-service-time"},
	"RESPONSE_CODE":                          {"status", "status_code"},
	"RESPONSE_CODE_DETAILS":                  {"code_details"},
	"RESPONSE_DURATION":                      {"resp_dur"},
	"RESPONSE_FLAGS":                         {"flags"},
	"RESPONSE_FLAGS_LONG":                    {"flags_long"},
	"RESPONSE_TX_DURATION":                   {"resp_tx_dur"},
	"ROUNDTRIP_DURATION":                     {"rtt_dur"},
	"ROUTE_NAME":                             {"route"},
	"UPSTREAM_CLUSTER":                       {"cluster"},
	"UPSTREAM_HEADER_BYTES_RECEIVED":         {"up_hdr_rx"},
	"UPSTREAM_HEADER_BYTES_SENT":             {"up_hdr_tx"},
	"UPSTREAM_HOSTS_ATTEMPTED":               {"upstream_hosts"},
	"UPSTREAM_LOCAL_ADDRESS":                 {"upstream_local"},
	"UPSTREAM_REQUEST_ATTEMPT_COUNT":         {"attempts"},
	"UPSTREAM_TRANSPORT_FAILURE_REASON":      {"up_fail"},
	"UPSTREAM_WIRE_BYTES_RECEIVED":           {"up_wire_rx"},
	"UPSTREAM_WIRE_BYTES_SENT":               {"up_wire_tx"},
	"VIRTUAL_CLUSTER_NAME":                   {"vcluster", "virtual_cluster"},
}

// marks are keys of which a line has one that is to be read without its format being known: other programs log a
// start_time, a method and a path as well, but hardly ever these, or another spelling of one of them.
var marks = []string{
	"response_flags", "response_code_details", "upstream_host", "downstream_remote_address", "downstream_local_address",
}
