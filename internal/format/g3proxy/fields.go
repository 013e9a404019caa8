// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package g3proxy

import (
	"github.com/proxylog/proxylog/internal/attr"
	"github.com/proxylog/proxylog/internal/field"
)

// Roles of the fields that write needs.
const (
	_ field.Role = iota
	roleLogType
	roleMessage
	rolePID
	roleDaemon
	roleTaskID
	roleTaskType
	roleTaskEvent
	roleStage
	roleReason
	roleStart
	roleTotalTime
	roleClient
	roleTCPClient
	roleLocal
	roleTCPLocal
	roleUpstream
	roleInitialPeer
	roleHost
	roleNextPeer
	roleFTPPeer
	roleEscaper
	roleEscaperName
	roleMethod
	roleURI
	roleUDPClient
	roleFTPControlRead
	roleFTPControlWritten
	roleFTPDataRead
	roleFTPDataWritten
	roleRead
	roleWritten
	roleProtocol
	roleErrorType
	roleErrorSubtype
	roleEscapeType
	roleInterceptType
	roleStatus
	roleReceived
	roleStarted
	roleHeadReceived
	roleReceivedAll
	roleCreated
	roleProcessTime
)

// newFields is the table of keys, all that g3proxy 1.13 and its sister daemons write into their event logs; decode undoes the
// escapes of the transport. A field without a Conv of its own is written from its role.
func newFields(decode func(string) string) []field.Field {
	f := []field.Field{
		// Of every log.
		{Code: "server_name", Key: attr.ProxyListenerName, Conv: field.Str},
		{Code: "server_type", Key: attr.G3proxyServerType, Conv: field.Str},
		{Code: "pid", Role: rolePID},
		{Code: "log_type", Key: attr.G3proxyLogType, Conv: field.Str, Role: roleLogType},
		{Code: "daemon_name", Role: roleDaemon},
		{Code: "report_ts", Key: attr.G3proxyReportTs, Conv: field.Int},
		messageField(),

		// Tasks.
		{Code: "task_type", Key: attr.G3proxyTaskType, Conv: field.Str, Role: roleTaskType},
		{Code: "task_id", Key: attr.G3proxyTaskID, Conv: field.Str, Role: roleTaskID},
		{Code: "task_event", Role: roleTaskEvent},
		{Code: "stage", Key: attr.G3proxyTaskStage, Conv: field.Str, Role: roleStage},
		{Code: "start_at", Role: roleStart},
		{Code: "user", Key: attr.UserName, Conv: field.Str},
		{Code: "server_addr", Role: roleLocal},
		{Code: "client_addr", Role: roleClient},
		{Code: "upstream", Role: roleUpstream},
		{Code: "escaper", Role: roleEscaper},
		{Code: "next_bind_ip", Key: attr.G3proxyNextBindIP, Conv: field.Str},
		{Code: "next_bound_addr", Key: attr.G3proxyNextBoundAddr, Conv: field.Str},
		{Code: "next_peer_addr", Role: roleNextPeer},
		{Code: "next_expire", Key: attr.G3proxyNextExpire, Conv: field.Str},
		{Code: "tcp_connect_tries", Key: attr.G3proxyTCPConnectTries, Conv: field.Int},
		{Code: "tcp_connect_spend", Key: attr.G3proxyTCPConnectSpend, Conv: field.Nanos},
		{Code: "reason", Key: attr.G3proxyReason, Conv: field.Str, Role: roleReason},
		{Code: "wait_time", Key: attr.G3proxyWaitTime, Conv: field.Nanos},
		{Code: "ready_time", Key: attr.G3proxyReadyTime, Conv: field.Nanos},
		{Code: "total_time", Key: attr.ProxyDuration, Conv: field.Nanos, Role: roleTotalTime},
		{Code: "c_rd_bytes", Key: attr.ProxyClientBytesSent, Conv: field.Int},
		{Code: "c_wr_bytes", Key: attr.ProxyClientBytesReceived, Conv: field.Int},
		{Code: "r_rd_bytes", Key: attr.ProxyUpstreamBytesSent, Conv: field.Int, Role: roleRead},
		{Code: "r_wr_bytes", Key: attr.ProxyUpstreamBytesReceived, Conv: field.Int, Role: roleWritten},

		// Tasks of HTTP.
		{Code: "pipeline_wait", Key: attr.G3proxyPipelineWait, Conv: field.Nanos},
		{Code: "reuse_connection", Key: attr.G3proxyReuseConnection, Conv: field.Bool},
		{Code: "method", Role: roleMethod},
		{Code: "uri", Role: roleURI},
		{Code: "user_agent", Key: attr.UserAgentOriginal, Conv: field.Str},
		{Code: "rsp_status", Key: attr.HTTPResponseStatusCode, Conv: field.Positive, Role: roleStatus},
		{Code: "origin_status", Key: attr.G3proxyOriginStatus, Conv: field.Positive},
		{Code: "dur_req_send_hdr", Key: attr.G3proxyDurReqSendHdr, Conv: field.Nanos},
		{Code: "dur_req_send_all", Key: attr.G3proxyDurReqSendAll, Conv: field.Nanos},
		{Code: "dur_rsp_recv_hdr", Key: attr.G3proxyDurRspRecvHdr, Conv: field.Nanos, Role: roleHeadReceived},
		{Code: "dur_rsp_recv_all", Key: attr.G3proxyDurRspRecvAll, Conv: field.Nanos, Role: roleReceivedAll},

		// Tasks of UDP.
		{Code: "tcp_server_addr", Role: roleTCPLocal},
		{Code: "tcp_client_addr", Role: roleTCPClient},
		{Code: "udp_listen_addr", Key: attr.G3proxyUDPListenAddr, Conv: field.Str},
		{Code: "udp_client_addr", Role: roleUDPClient},
		{Code: "initial_peer", Key: attr.G3proxyInitialPeer, Conv: field.Str, Role: roleInitialPeer},
		{Code: "c_rd_packets", Key: attr.G3proxyCRdPackets, Conv: field.Int},
		{Code: "c_wr_packets", Key: attr.G3proxyCWrPackets, Conv: field.Int},
		{Code: "r_rd_packets", Key: attr.G3proxyRRdPackets, Conv: field.Int},
		{Code: "r_wr_packets", Key: attr.G3proxyRWrPackets, Conv: field.Int},

		// Tasks of FTP over HTTP.
		{Code: "ftp_c_bound_addr", Key: attr.G3proxyFTPCBoundAddr, Conv: field.Str},
		{Code: "ftp_c_peer_addr", Key: attr.G3proxyFTPCPeerAddr, Conv: field.Str, Role: roleFTPPeer},
		{Code: "ftp_c_connect_spend", Key: attr.G3proxyFTPCConnectSpend, Conv: field.Nanos},
		{Code: "ftp_c_connect_tries", Key: attr.G3proxyFTPCConnectTries, Conv: field.Int},
		{Code: "ftp_c_rd_bytes", Key: attr.G3proxyFTPCRdBytes, Conv: field.Int, Role: roleFTPControlRead},
		{Code: "ftp_c_wr_bytes", Key: attr.G3proxyFTPCWrBytes, Conv: field.Int, Role: roleFTPControlWritten},
		{Code: "ftp_d_bound_addr", Key: attr.G3proxyFTPDBoundAddr, Conv: field.Str},
		{Code: "ftp_d_peer_addr", Key: attr.G3proxyFTPDPeerAddr, Conv: field.Str},
		{Code: "ftp_d_connect_spend", Key: attr.G3proxyFTPDConnectSpend, Conv: field.Nanos},
		{Code: "ftp_d_connect_tries", Key: attr.G3proxyFTPDConnectTries, Conv: field.Int},
		{Code: "ftp_d_rd_bytes", Key: attr.G3proxyFTPDRdBytes, Conv: field.Int, Role: roleFTPDataRead},
		{Code: "ftp_d_wr_bytes", Key: attr.G3proxyFTPDWrBytes, Conv: field.Int, Role: roleFTPDataWritten},

		// Escape.
		{Code: "escaper_name", Role: roleEscaperName},
		{Code: "escaper_type", Key: attr.G3proxyEscaperType, Conv: field.Str},
		{Code: "escape_type", Key: attr.G3proxyEscapeType, Conv: field.Str, Role: roleEscapeType},
		{Code: "override_peer", Key: attr.G3proxyOverridePeer, Conv: field.Str},
		{Code: "tls_name", Key: attr.G3proxyTLSName, Conv: field.Str},
		{Code: "tls_peer", Key: attr.G3proxyTLSPeer, Conv: field.Str},
		{Code: "tls_application", Key: attr.G3proxyTLSApplication, Conv: field.Str},

		// Resolve.
		{Code: "resolver_name", Key: attr.G3proxyResolverName, Conv: field.Str},
		{Code: "resolver_type", Key: attr.G3proxyResolverType, Conv: field.Str},
		{Code: "domain", Key: attr.DNSQuestionName, Conv: field.Str},
		{Code: "query_type", Key: attr.G3proxyQueryType, Conv: field.Str},
		{Code: "duration", Key: attr.G3proxyDuration, Conv: field.Nanos},
		{Code: "rr_source", Key: attr.G3proxyRrSource, Conv: field.Str},
		{Code: "error_type", Key: attr.G3proxyErrorType, Conv: field.Str, Role: roleErrorType},
		{Code: "error_subtype", Key: attr.G3proxyErrorSubtype, Conv: field.Str, Role: roleErrorSubtype},
		{Code: "server", Key: attr.G3proxyServer, Conv: field.Str},
		{Code: "server_port", Key: attr.G3proxyServerPort, Conv: field.Int},
		{Code: "encryption", Key: attr.G3proxyEncryption, Conv: field.Str},
		{Code: "bind_addr", Key: attr.G3proxyBindAddr, Conv: field.Str},
		{Code: "bind_ipv4", Key: attr.G3proxyBindIpv4, Conv: field.Str},
		{Code: "bind_ipv6", Key: attr.G3proxyBindIpv6, Conv: field.Str},
		{Code: "next_primary", Key: attr.G3proxyNextPrimary, Conv: field.Str},
		{Code: "next_standby", Key: attr.G3proxyNextStandby, Conv: field.Str},

		// Inspect and Intercept.
		{Code: "auditor_name", Key: attr.G3proxyAuditorName, Conv: field.Str},
		{Code: "depth", Key: attr.G3proxyDepth, Conv: field.Int},
		{Code: "source", Key: attr.G3proxySource, Conv: field.Str},
		{Code: "protocol", Key: attr.G3proxyProtocol, Conv: field.Str, Role: roleProtocol},
		{Code: "intercept_type", Key: attr.G3proxyInterceptType, Conv: field.Str, Role: roleInterceptType},
		{Code: "inspect_status", Key: attr.G3proxyInspectStatus, Conv: field.Str},
		{Code: "tls_server_verify", Key: attr.G3proxyTLSServerVerify, Conv: field.Str},
		{Code: "current_req_id", Key: attr.G3proxyCurrentReqID, Conv: field.Int},
		{Code: "request_id", Key: attr.G3proxyRequestID, Conv: field.Int},
		{Code: "received_at", Key: attr.G3proxyReceivedAt, Conv: field.Str, Role: roleReceived},
		{Code: "started_at", Key: attr.G3proxyStartedAt, Conv: field.Str, Role: roleStarted},
		{Code: "host", Key: attr.G3proxyHost, Conv: field.Str, Role: roleHost},
		{Code: "dur_req_pipeline", Key: attr.G3proxyDurReqPipeline, Conv: field.Nanos},
		{Code: "next_upstream", Key: attr.G3proxyNextUpstream, Conv: field.Str},
		{Code: "next_protocol", Key: attr.G3proxyNextProtocol, Conv: field.Str},
		{Code: "total_sub_task", Key: attr.G3proxyTotalSubTask, Conv: field.Int},
		{Code: "alive_sub_task", Key: attr.G3proxyAliveSubTask, Conv: field.Int},
		{Code: "rtt", Key: attr.G3proxyRtt, Conv: field.Nanos},
		{Code: "clt_stream", Key: attr.G3proxyCltStream, Conv: field.Int},
		{Code: "ups_stream", Key: attr.G3proxyUpsStream, Conv: field.Int},
		{Code: "ws_resource_name", Key: attr.G3proxyWsResourceName, Conv: field.Str},
		{Code: "ws_origin", Key: attr.G3proxyWsOrigin, Conv: field.Str},
		{Code: "ws_sub_protocol", Key: attr.G3proxyWsSubProtocol, Conv: field.Str},
		{Code: "ws_version", Key: attr.G3proxyWsVersion, Conv: field.Str},
		{Code: "client_host", Key: attr.G3proxyClientHost, Conv: field.Str},
		{Code: "transaction_count", Key: attr.G3proxyTransactionCount, Conv: field.Int},
		{Code: "transaction_id", Key: attr.G3proxyTransactionID, Conv: field.Int},
		{Code: "mail_from", Key: attr.G3proxyMailFrom, Conv: field.Str},
		{Code: "server_bye", Key: attr.G3proxyServerBye, Conv: field.Bool},
		// Of g3tiles and g3keymess.
		{Code: "req_total", Key: attr.G3proxyReqTotal, Conv: field.Int},
		{Code: "req_pass", Key: attr.G3proxyReqPass, Conv: field.Int},
		{Code: "req_fail", Key: attr.G3proxyReqFail, Conv: field.Int},
		{Code: "rsp_drop", Key: attr.G3proxyRspDrop, Conv: field.Int},
		{Code: "rsp_pass", Key: attr.G3proxyRspPass, Conv: field.Int},
		{Code: "rsp_fail", Key: attr.G3proxyRspFail, Conv: field.Int},
		{Code: "msg_id", Key: attr.G3proxyMsgID, Conv: field.Int},
		{Code: "create_at", Key: attr.G3proxyCreateAt, Conv: field.Str, Role: roleCreated},
		{Code: "process_time", Key: attr.G3proxyProcessTime, Conv: field.Nanos, Role: roleProcessTime},
		{Code: "client_logout", Key: attr.G3proxyClientLogout, Conv: field.Bool},
	}
	for i := range f {
		f[i].Decode = decode
	}
	return f
}

// messageField is the entry's message, which has no key but in JSON.
func messageField() field.Field {
	return field.Field{Code: "msg", Key: attr.G3proxyMessage, Conv: field.Str, Role: roleMessage}
}
