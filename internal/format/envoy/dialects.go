// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package envoy

import (
	"errors"
	"fmt"
	"sort"
	"strings"

	"github.com/proxylog/proxylog/internal/attr"
	"github.com/proxylog/proxylog/internal/format"
)

// formatName is the name of the format.
const formatName = "envoy"

// Names of the dialects.
const (
	dialectGDC     = "gdc"
	dialectDefault = "default"
	dialectJSON    = "json" // a user's JSON map
	dialectText    = "text" // a user's format string
)

// gdcKeys are the keys of a GDC audit record and the operators that fill them: Istio's OTLP access log, flattened. The
// user name is GDC's own.
var gdcKeys = map[string]string{
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

// defaultText is what Envoy prints where no format is configured (source/common/formatter/substitution_format_utility.cc).
const defaultText = `[%START_TIME%] "%REQUEST_HEADER(:METHOD)% %REQUEST_HEADER(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%" ` +
	`%RESPONSE_CODE% %RESPONSE_FLAGS% %BYTES_RECEIVED% %BYTES_SENT% %DURATION% %RESPONSE_HEADER(X-ENVOY-UPSTREAM-SERVICE-TIME)% ` +
	`"%REQUEST_HEADER(X-FORWARDED-FOR)%" "%REQUEST_HEADER(USER-AGENT)%" "%REQUEST_HEADER(X-REQUEST-ID)%" "%REQUEST_HEADER(:AUTHORITY)%" ` +
	`"%UPSTREAM_HOST%"`

// parser is the format, compiled.
type parser struct {
	json  []*jsonDialect
	text  []*textDialect
	known []string // attributes below envoy. and gdc. that the format itself writes
}

// New compiles the format for a configuration.
func New(cfg Config) (format.Parser, error) {
	p := &parser{}
	list := cfg.Format
	if len(list) == 0 {
		list = []string{dialectGDC, dialectDefault}
	}
	var errs []error
	for i, f := range list {
		if err := p.add(f); err != nil {
			errs = append(errs, fmt.Errorf("format[%d]: %w", i, err))
		}
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	seen := map[string]bool{}
	for _, op := range operators {
		seen[op.field.Key] = true
	}
	for _, key := range derived {
		seen[key] = true
	}
	for key := range seen {
		if strings.HasPrefix(key, "envoy.") || strings.HasPrefix(key, "gdc.") {
			p.known = append(p.known, key)
		}
	}
	sort.Strings(p.known)
	return p, nil
}

// derived are the attributes that write makes without a field of their name.
var derived = []string{
	attr.EnvoyClusterDirection, attr.EnvoyClusterPort, attr.EnvoyClusterSubset, attr.EnvoyClusterHost, attr.EnvoyEmitTime,
	attr.EnvoyResponseFlags, attr.EnvoyResponseFlagsLong, attr.EnvoyRewrittenPath, attr.EnvoyNodeID, attr.GDCBody, attr.GDCClusterName,
	attr.EnvoyUpstreamServiceTime,
}

// add compiles one entry of the configuration.
func (p *parser) add(f string) error {
	f = strings.TrimSpace(f)
	switch {
	case f == dialectGDC:
		d, err := newJSON(dialectGDC, "gdc.", "", bindings(gdcKeys))
		if err != nil {
			return err
		}
		d.require("resource.cluster_name", "resource.log_name", "resource.node_name", "resource.zone_name")
		p.json = append(p.json, d)
	case f == dialectDefault:
		d, err := newText(dialectDefault, defaultText)
		if err != nil {
			return err
		}
		p.text = append(p.text, d)
	case strings.HasPrefix(f, "{"):
		keys, err := readMap(f)
		if err != nil {
			return err
		}
		d, err := newJSON(dialectJSON, "envoy.", f, keys)
		if err != nil {
			return err
		}
		p.json = append(p.json, d)
	case strings.Contains(f, "%"):
		d, err := newText(dialectText, f)
		if err != nil {
			return err
		}
		p.text = append(p.text, d)
	default:
		return fmt.Errorf("%q is neither the name of a built-in format (%s, %s) nor a format string nor a JSON map", f, dialectGDC, dialectDefault)
	}
	return nil
}

// bindings are the keys of a built-in, in which a point stands between the keys of nested objects.
func bindings(keys map[string]string) []binding {
	var out []binding
	for path, op := range keys {
		out = append(out, binding{strings.Split(path, "."), op})
	}
	return out
}

func (*parser) Name() string { return formatName }
