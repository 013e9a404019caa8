// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package envoy

import (
	"github.com/proxylog/proxylog/internal/attr"
	"github.com/proxylog/proxylog/internal/field"
)

// Roles of the fields that write needs.
const (
	_ field.Role = iota
	roleType
	roleStreamID
	roleStart
	roleEmit
	roleDuration
	roleReceived
	roleSent
	roleMethod
	rolePath
	roleOriginalPath
	roleProtocol
	roleAuthority
	roleCode
	roleDetails
	roleFlags
	roleFlagsLong
	roleGRPC
	roleGRPCNumber
	roleTermination
	roleHandshake
	roleAttempts
	roleUpstreamHost
	roleCluster
	roleClusterRaw
	roleClusterUDP
	roleRemote
	roleDirectRemote
	roleRemoteIP
	roleRemotePort
	roleDirectPort
	roleServerName
	roleTLSVersion
	roleTraceparent
	roleTraceID
	roleSpanID
	roleHostname
	roleClusterName
	roleNode
	roleUnixNano
	roleObserved
	roleSeverity
	roleBody
)

// kind is what a value has to be.
type kind uint8

const (
	text     kind = iota
	integer       // a number, also in quotes; anything else costs the line
	loose         // a number if it is one; a header, which may hold anything
	moment        // a time; anything else costs the line
	identity      // text that identifies the proxy, for the resource
	fragment      // a part of a time of which another command tells another part
	done          // read already, as a part of another value
	again         // text that says what another command of the format says already
)

// look is what a value can look like in a text format, which decides where it ends.
type look uint8

const (
	lookText  look = iota // anything: a header, or a name out of the configuration
	lookWord              // no blanks: Envoy puts underscores in their place
	lookPlain             // neither blanks nor quotes
)

// operator is one command operator: what it becomes.
type operator struct {
	field field.Field
	kind  kind
	look  look
	// other says that it is one of others.
	other bool
}

func str(key string, look look) operator {
	return operator{field: field.Field{Key: key, Conv: field.Str}, look: look}
}

func number(key string, conv field.Conv) operator {
	return operator{field: field.Field{Key: key, Conv: conv}, kind: integer, look: lookPlain}
}

func address(key, port string) operator {
	return operator{field: field.Field{Key: key, Key2: port, Conv: field.HostPort}, look: lookPlain}
}

func role(r field.Role, kind kind, look look) operator {
	return operator{field: field.Field{Role: r}, kind: kind, look: look}
}

// withRole is an operator that is written and also looked at.
func (o operator) withRole(r field.Role) operator {
	o.field.Role = r
	return o
}

// operators are the command operators that mean something here, by their canonical name: REQ, RESP and TRAILER for the
// longer names of header operators, header names in capitals, without arguments that only say how to print.
var operators = map[string]operator{
	"ACCESS_LOG_TYPE":        str(attr.EnvoyAccessLogType, lookPlain).withRole(roleType),
	"STREAM_ID":              str(attr.EnvoyStreamID, lookText).withRole(roleStreamID),
	"CONNECTION_ID":          number(attr.EnvoyConnectionID, field.Count),
	"UPSTREAM_CONNECTION_ID": number(attr.EnvoyUpstreamConnectionID, field.Positive), // 0 is none
	"UNIQUE_ID":              str(attr.EnvoyUniqueID, lookPlain),

	"START_TIME":           role(roleStart, moment, lookPlain),
	"START_TIME_LOCAL":     role(roleStart, moment, lookPlain),
	"EMIT_TIME":            role(roleEmit, moment, lookPlain),
	"EMIT_TIME_LOCAL":      role(roleEmit, moment, lookPlain),
	"DURATION":             role(roleDuration, integer, lookPlain),
	"REQUEST_DURATION":     number(attr.EnvoyRequestDuration, field.Millis),
	"REQUEST_TX_DURATION":  number(attr.EnvoyRequestTxDuration, field.Millis),
	"RESPONSE_DURATION":    number(attr.EnvoyResponseDuration, field.Millis),
	"RESPONSE_TX_DURATION": number(attr.EnvoyResponseTxDuration, field.Millis),
	"ROUNDTRIP_DURATION":   number(attr.EnvoyRoundtripDuration, field.Millis),

	"BYTES_RECEIVED":                   role(roleReceived, integer, lookPlain),
	"BYTES_SENT":                       role(roleSent, integer, lookPlain),
	"DOWNSTREAM_WIRE_BYTES_RECEIVED":   number(attr.EnvoyDownstreamWireBytesReceived, field.Count),
	"DOWNSTREAM_WIRE_BYTES_SENT":       number(attr.EnvoyDownstreamWireBytesSent, field.Count),
	"DOWNSTREAM_HEADER_BYTES_RECEIVED": number(attr.EnvoyDownstreamHeaderBytesReceived, field.Count),
	"DOWNSTREAM_HEADER_BYTES_SENT":     number(attr.EnvoyDownstreamHeaderBytesSent, field.Count),
	"UPSTREAM_WIRE_BYTES_RECEIVED":     number(attr.EnvoyUpstreamWireBytesReceived, field.Count),
	"UPSTREAM_WIRE_BYTES_SENT":         number(attr.EnvoyUpstreamWireBytesSent, field.Count),
	"UPSTREAM_HEADER_BYTES_RECEIVED":   number(attr.EnvoyUpstreamHeaderBytesReceived, field.Count),
	"UPSTREAM_HEADER_BYTES_SENT":       number(attr.EnvoyUpstreamHeaderBytesSent, field.Count),

	"REQ(:METHOD)":                                  role(roleMethod, text, lookPlain),
	"REQ(:PATH)":                                    role(rolePath, text, lookWord),
	"REQ(X-ENVOY-ORIGINAL-PATH)":                    role(roleOriginalPath, text, lookWord),
	"REQ(X-ENVOY-ORIGINAL-PATH?:PATH)":              role(roleOriginalPath, text, lookWord),
	"REQ(:AUTHORITY)":                               role(roleAuthority, text, lookPlain), // Envoy answers 400 to any other
	"REQ(:SCHEME)":                                  str(attr.URLScheme, lookPlain),
	"REQ(X-REQUEST-ID)":                             str(attr.ProxyRequestID, lookText),
	"REQ(USER-AGENT)":                               str(attr.UserAgentOriginal, lookText),
	"REQ(TRACEPARENT)":                              role(roleTraceparent, text, lookText),
	"RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)":           {field: field.Field{Key: attr.EnvoyUpstreamServiceTime, Conv: field.Millis}, kind: loose, look: lookWord},
	"PROTOCOL":                                      role(roleProtocol, text, lookPlain),
	"UPSTREAM_PROTOCOL":                             str(attr.EnvoyUpstreamProtocol, lookPlain),
	"RESPONSE_CODE":                                 role(roleCode, integer, lookPlain),
	"RESP(:STATUS)":                                 role(roleCode, loose, lookPlain),
	"RESPONSE_CODE_DETAILS":                         str(attr.EnvoyResponseCodeDetails, lookWord).withRole(roleDetails),
	"RESPONSE_FLAGS":                                role(roleFlags, text, lookPlain),
	"RESPONSE_FLAGS_LONG":                           role(roleFlagsLong, text, lookPlain),
	"GRPC_STATUS":                                   role(roleGRPC, text, lookPlain),
	"GRPC_STATUS_NUMBER":                            role(roleGRPCNumber, integer, lookPlain),
	"CONNECTION_TERMINATION_DETAILS":                str(attr.EnvoyConnectionTerminationDetails, lookWord).withRole(roleTermination),
	"UPSTREAM_TRANSPORT_FAILURE_REASON":             str(attr.EnvoyUpstreamTransportFailureReason, lookWord),
	"DOWNSTREAM_TRANSPORT_FAILURE_REASON":           str(attr.EnvoyDownstreamTransportFailureReason, lookWord).withRole(roleHandshake),
	"TRACE_ID":                                      role(roleTraceID, text, lookPlain),
	"SPAN_ID":                                       role(roleSpanID, text, lookPlain),
	"HOSTNAME":                                      role(roleHostname, text, lookPlain),
	"UPSTREAM_REQUEST_ATTEMPT_COUNT":                number(attr.EnvoyUpstreamAttempts, field.Positive).withRole(roleAttempts),
	"UPSTREAM_HOST":                                 address(attr.ProxyUpstreamAddress, attr.ProxyUpstreamPort).withRole(roleUpstreamHost),
	"UPSTREAM_HOSTS_ATTEMPTED":                      str(attr.EnvoyUpstreamHostsAttempted, lookPlain),
	"UPSTREAM_CLUSTER":                              role(roleCluster, text, lookText),
	"UPSTREAM_CLUSTER_RAW":                          role(roleClusterRaw, text, lookText),
	"UPSTREAM_LOCAL_ADDRESS":                        str(attr.EnvoyUpstreamLocalAddress, lookPlain),
	"UPSTREAM_REMOTE_ADDRESS":                       address(attr.ProxyUpstreamAddress, attr.ProxyUpstreamPort),
	"UPSTREAM_REMOTE_ADDRESS_WITHOUT_PORT":          str(attr.ProxyUpstreamAddress, lookPlain),
	"UPSTREAM_REMOTE_PORT":                          number(attr.ProxyUpstreamPort, field.Positive),
	"DOWNSTREAM_LOCAL_ADDRESS":                      address(attr.NetworkLocalAddress, attr.NetworkLocalPort),
	"DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT":         str(attr.NetworkLocalAddress, lookPlain),
	"DOWNSTREAM_LOCAL_PORT":                         number(attr.NetworkLocalPort, field.Positive),
	"DOWNSTREAM_REMOTE_ADDRESS":                     role(roleRemote, text, lookPlain),
	"DOWNSTREAM_DIRECT_REMOTE_ADDRESS":              role(roleDirectRemote, text, lookPlain),
	"DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT":        role(roleRemoteIP, text, lookPlain),
	"DOWNSTREAM_REMOTE_PORT":                        role(roleRemotePort, integer, lookPlain),
	"DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT": role(roleDirectRemote, text, lookPlain),
	"DOWNSTREAM_DIRECT_REMOTE_PORT":                 role(roleDirectPort, integer, lookPlain),
	"LISTENER_NAME":                                 str(attr.ProxyListenerName, lookText),
	"REQUESTED_SERVER_NAME":                         str(attr.EnvoyRequestedServerName, lookPlain).withRole(roleServerName),
	"DOWNSTREAM_TLS_VERSION":                        role(roleTLSVersion, text, lookPlain),
	"DOWNSTREAM_TLS_CIPHER":                         str(attr.TLSCipher, lookPlain),
	"DOWNSTREAM_TLS_SESSION_ID":                     str(attr.EnvoyDownstreamTLSSessionID, lookPlain),
	"DOWNSTREAM_PEER_SUBJECT":                       str(attr.TLSClientSubject, lookText),
	"DOWNSTREAM_PEER_URI_SAN":                       str(attr.EnvoyDownstreamPeerURISan, lookText),
	"DOWNSTREAM_PEER_FINGERPRINT_256":               str(attr.TLSClientHashSha256, lookPlain),
	"DOWNSTREAM_PEER_SERIAL":                        str(attr.EnvoyDownstreamPeerSerial, lookPlain),
	"ROUTE_NAME":                                    str(attr.EnvoyRouteName, lookText),
	"VIRTUAL_CLUSTER_NAME":                          str(attr.EnvoyVirtualClusterName, lookText),
	"FILTER_CHAIN_NAME":                             str(attr.EnvoyFilterChainName, lookText),

	// What the UDP proxy tells of a session. UPSTREAM_CLUSTER is not known to it.
	"DYNAMIC_METADATA(udp.proxy.session:cluster_name)":   role(roleClusterUDP, text, lookText),
	"DYNAMIC_METADATA(udp.proxy.session:bytes_received)": role(roleReceived, integer, lookPlain),
	"DYNAMIC_METADATA(udp.proxy.session:bytes_sent)":     role(roleSent, integer, lookPlain),

	// What GDC's records hold besides: Envoy's OTLP fields and labels, and what the collector adds.
	"gdc:username":       str(attr.UserName, lookText),
	"gdc:severity":       role(roleSeverity, integer, lookPlain),
	"gdc:severity_text":  {}, // follows from the number
	"gdc:time":           role(roleUnixNano, moment, lookPlain),
	"gdc:observed":       role(roleObserved, moment, lookPlain),
	"gdc:body":           role(roleBody, text, lookText),
	"gdc:log_name":       str(attr.EnvoyLogName, lookText),
	"gdc:cluster_name":   role(roleClusterName, text, lookText),
	"gdc:node_name":      role(roleNode, text, lookText),
	"gdc:zone_name":      {field: field.Field{Key: attr.CloudAvailabilityZone}, kind: identity},
	"gdc:_cluster":       {field: field.Field{Key: attr.K8sClusterName}, kind: identity},
	"gdc:_namespace":     {field: field.Field{Key: attr.GDCNamespace}, kind: identity},
	"gdc:_service_name":  {field: field.Field{Key: attr.GDCServiceName}, kind: identity},
	"gdc:_fluentbit_pod": {field: field.Field{Key: attr.GDCFluentbitPod}, kind: identity},
	"gdc:_org_name":      {field: field.Field{Key: attr.GDCOrgName}, kind: identity},
	"gdc:_org_id":        {field: field.Field{Key: attr.GDCOrgID}, kind: identity},
	"gdc:_tenant_id":     {field: field.Field{Key: attr.GDCTenantID}, kind: identity},
}
