// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package envoy

import "github.com/proxylog/proxylog/internal/field"

// yields are commands that tell less than another one of the same thing: where that one is in the format too, it writes
// the attribute, and they become others.
var yields = map[string][]string{
	"UPSTREAM_REMOTE_ADDRESS":                       {"UPSTREAM_HOST"},
	"UPSTREAM_REMOTE_ADDRESS_WITHOUT_PORT":          {"UPSTREAM_HOST", "UPSTREAM_REMOTE_ADDRESS"},
	"UPSTREAM_REMOTE_PORT":                          {"UPSTREAM_HOST", "UPSTREAM_REMOTE_ADDRESS"},
	"DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT":         {"DOWNSTREAM_LOCAL_ADDRESS"},
	"DOWNSTREAM_LOCAL_PORT":                         {"DOWNSTREAM_LOCAL_ADDRESS"},
	"DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT": {"DOWNSTREAM_DIRECT_REMOTE_ADDRESS"},
	"RESP(:STATUS)":                                 {"RESPONSE_CODE"},

	"DYNAMIC_METADATA(udp.proxy.session:bytes_received)": {"BYTES_RECEIVED"},
	"DYNAMIC_METADATA(udp.proxy.session:bytes_sent)":     {"BYTES_SENT"},
}

func otherText(l look) operator { return operator{field: field.Field{Conv: field.Str}, look: l} }

var (
	otherNumber = operator{field: field.Field{Conv: field.Int}, kind: integer, look: lookPlain}
	otherPlain  = otherText(lookPlain)
	otherWord   = otherText(lookWord)
	otherAny    = otherText(lookText)
	// otherTime is a time of which the format tells more elsewhere: nothing becomes of it.
	otherTime = operator{kind: again}
)

// others are the commands without an attribute of their own, up to 1.40, those of the formatter extensions included
// (docs: Command operators; source/extensions/formatter). In a text they become envoy.<command>, with the argument behind a
// point; in a JSON map envoy.<key>.
var others = map[string]operator{
	"BYTES_RETRANSMITTED": otherNumber,
	"CEL":                 otherAny,
	"CLUSTER_METADATA":    otherAny,
	"COALESCE":            otherAny,
	"COMMON_DURATION":     otherNumber,
	"CUSTOM_FLAGS":        otherPlain,
	"DOWNSTREAM_CX_RTT":   otherNumber,
	"DOWNSTREAM_DECOMPRESSED_HEADER_BYTES_RECEIVED": otherNumber,
	"DOWNSTREAM_DECOMPRESSED_HEADER_BYTES_SENT":     otherNumber,
	"DOWNSTREAM_DETECTED_CLOSE_TYPE":                otherPlain,
	"DOWNSTREAM_DIRECT_LOCAL_ADDRESS":               otherPlain,
	"DOWNSTREAM_DIRECT_LOCAL_ADDRESS_ENDPOINT_ID":   otherPlain,
	"DOWNSTREAM_DIRECT_LOCAL_ADDRESS_WITHOUT_PORT":  otherPlain,
	"DOWNSTREAM_DIRECT_LOCAL_PORT":                  otherNumber,
	// With an argument: a network.
	"DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT": otherPlain,
	"DOWNSTREAM_HANDSHAKE_DURATION":                 otherNumber,
	"DOWNSTREAM_LOCAL_ADDRESS_ENDPOINT_ID":          otherPlain,
	"DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT":         otherPlain,
	"DOWNSTREAM_LOCAL_CLOSE_REASON":                 otherAny,
	"DOWNSTREAM_LOCAL_DNS_SAN":                      otherAny,
	"DOWNSTREAM_LOCAL_EMAIL_SAN":                    otherAny,
	"DOWNSTREAM_LOCAL_IP_SAN":                       otherPlain,
	"DOWNSTREAM_LOCAL_OTHERNAME_SAN":                otherAny,
	"DOWNSTREAM_LOCAL_PORT":                         otherNumber,
	"DOWNSTREAM_LOCAL_SUBJECT":                      otherAny,
	"DOWNSTREAM_LOCAL_URI_SAN":                      otherAny,
	"DOWNSTREAM_PEER_CERT":                          otherPlain, // percent-encoded
	"DOWNSTREAM_PEER_CERT_V_END":                    otherAny,
	"DOWNSTREAM_PEER_CERT_V_START":                  otherAny,
	"DOWNSTREAM_PEER_CHAIN_FINGERPRINTS_1":          otherPlain,
	"DOWNSTREAM_PEER_CHAIN_FINGERPRINTS_256":        otherPlain,
	"DOWNSTREAM_PEER_CHAIN_SERIALS":                 otherPlain,
	"DOWNSTREAM_PEER_DNS_SAN":                       otherAny,
	"DOWNSTREAM_PEER_EMAIL_SAN":                     otherAny,
	"DOWNSTREAM_PEER_FINGERPRINT_1":                 otherPlain,
	"DOWNSTREAM_PEER_IP_SAN":                        otherPlain,
	"DOWNSTREAM_PEER_ISSUER":                        otherAny,
	"DOWNSTREAM_PEER_ISSUER_FINGERPRINT_256":        otherPlain,
	"DOWNSTREAM_PEER_ISSUER_SERIAL":                 otherPlain,
	"DOWNSTREAM_PEER_OTHERNAME_SAN":                 otherAny,
	"DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT":        otherPlain,
	"DOWNSTREAM_TLS_GROUP":                          otherPlain,
	"DYNAMIC_METADATA":                              otherAny,
	"EMIT_TIME":                                     otherTime,
	"EMIT_TIME_LOCAL":                               otherTime,
	"ENVIRONMENT":                                   otherAny,
	"FILE_CONTENT":                                  otherAny,
	"FILTER_STATE":                                  otherAny,
	"GRPC_STATUS":                                   otherPlain,
	"LOCAL_REPLY_BODY":                              otherAny,
	"METADATA":                                      otherAny,
	"PACKETS_RETRANSMITTED":                         otherNumber,
	"QUERY_PARAM":                                   otherWord,
	"QUERY_PARAMS":                                  otherAny, // decoded it may hold blanks
	"REQ":                                           otherAny, // :protocol and the like
	"REQUEST_HEADERS_BYTES":                         otherNumber,
	"RESP":                                          otherAny,
	"RESPONSE_HEADERS_BYTES":                        otherNumber,
	"RESPONSE_TRAILERS_BYTES":                       otherNumber,
	"ROUTE_RESOLUTION_COUNT":                        otherNumber,
	"ROUTE_RESOLUTION_TIME_US":                      otherNumber,
	"START_TIME":                                    otherTime,
	"START_TIME_LOCAL":                              otherTime,
	"STREAM_INFO_REQ":                               otherAny,
	"TLS_JA3_FINGERPRINT":                           otherPlain,
	"TLS_JA4_FINGERPRINT":                           otherPlain,
	"TRAILER":                                       otherAny,
	"UPSTREAM_CONNECTION_IDS_ATTEMPTED":             otherPlain,
	"UPSTREAM_CONNECTION_POOL_READY_DURATION":       otherNumber,
	"UPSTREAM_DECOMPRESSED_HEADER_BYTES_RECEIVED":   otherNumber,
	"UPSTREAM_DECOMPRESSED_HEADER_BYTES_SENT":       otherNumber,
	"UPSTREAM_DETECTED_CLOSE_TYPE":                  otherPlain,
	"UPSTREAM_FILTER_STATE":                         otherAny,
	"UPSTREAM_HOSTS_ATTEMPTED_WITHOUT_PORT":         otherPlain,
	"UPSTREAM_HOST_NAME":                            otherPlain,
	"UPSTREAM_HOST_NAMES_ATTEMPTED":                 otherPlain,
	"UPSTREAM_HOST_NAMES_ATTEMPTED_WITHOUT_PORT":    otherPlain,
	"UPSTREAM_HOST_NAME_WITHOUT_PORT":               otherPlain,
	"UPSTREAM_LOCAL_ADDRESS_WITHOUT_PORT":           otherPlain,
	"UPSTREAM_LOCAL_CLOSE_REASON":                   otherAny,
	"UPSTREAM_LOCAL_DNS_SAN":                        otherAny,
	"UPSTREAM_LOCAL_IP_SAN":                         otherPlain,
	"UPSTREAM_LOCAL_PORT":                           otherNumber,
	"UPSTREAM_LOCAL_URI_SAN":                        otherAny,
	"UPSTREAM_METADATA":                             otherAny,
	"UPSTREAM_PEER_CERT":                            otherPlain,
	"UPSTREAM_PEER_CERT_V_END":                      otherAny,
	"UPSTREAM_PEER_CERT_V_START":                    otherAny,
	"UPSTREAM_PEER_DNS_SAN":                         otherAny,
	"UPSTREAM_PEER_IP_SAN":                          otherPlain,
	"UPSTREAM_PEER_ISSUER":                          otherAny,
	"UPSTREAM_PEER_SUBJECT":                         otherAny,
	"UPSTREAM_PEER_URI_SAN":                         otherAny,
	"UPSTREAM_REMOTE_ADDRESS":                       otherPlain,
	"UPSTREAM_REMOTE_ADDRESS_ENDPOINT_ID":           otherPlain,
	"UPSTREAM_REMOTE_ADDRESS_WITHOUT_PORT":          otherPlain,
	"UPSTREAM_REMOTE_PORT":                          otherNumber,
	"UPSTREAM_SERVER_NAME":                          otherPlain,
	"UPSTREAM_TLS_CIPHER":                           otherPlain,
	"UPSTREAM_TLS_GROUP":                            otherPlain,
	"UPSTREAM_TLS_SESSION_ID":                       otherPlain,
	"UPSTREAM_TLS_VERSION":                          otherPlain,
	"XFCC_VALUE":                                    otherAny,
}
