// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package g3proxy_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/proxylog/proxylog/internal/format/formattest"
)

// task is a finished task with the pairs given.
func task(pairs string) string {
	return `<29>Nov 21 23:45:11 g3proxy[7]: x, server_name="s", pid=7, log_type="Task", ` + pairs + `, task_event="Finished", task_id="918925e7e60511f199b7b5f191b3bc75", task_type="TcpConnect"`
}

// TestTaskReasons lists all 36 reasons and what becomes of each: outcome, ended by, severity.
func TestTaskReasons(t *testing.T) {
	reasons := `
		Finished                    success unknown  INFO
		ClosedByClient              failure client   INFO
		ClosedEarlyByClient         failure client   INFO
		ClientTcpReadFailed         failure client   INFO
		ClientTcpWriteFailed        failure client   INFO
		ClientUdpRecvFailed         failure client   INFO
		ClientUdpSendFailed         failure client   INFO
		ClientAppError              failure client   WARN
		ClientAppTimeout            failure proxy    WARN
		ClientAuthFailed            failure proxy    WARN
		InvalidClientProtocol       failure proxy    WARN
		UnimplementedProtocol       failure proxy    WARN
		ForbiddenByRule             failure proxy    WARN
		EscaperNotUsable            failure proxy    WARN
		CanceledAsUserBlocked       failure proxy    WARN
		CanceledAsServerQuit        failure proxy    WARN
		Idle                        failure proxy    WARN
		UpstreamTlsHandshakeTimeout failure proxy    WARN
		UpstreamAppTimeout          failure proxy    WARN
		UpstreamNotResolved         failure upstream ERROR
		UpstreamNotConnected        failure upstream ERROR
		UpstreamNotAvailable        failure upstream ERROR
		UpstreamReadFailed          failure upstream ERROR
		UpstreamWriteFailed         failure upstream ERROR
		UpstreamTlsHandshakeFailed  failure upstream ERROR
		UpstreamNotNegotiated       failure upstream ERROR
		UpstreamAppUnavailable      failure upstream ERROR
		UpstreamAppError            failure upstream ERROR
		InvalidUpstreamProtocol     failure upstream ERROR
		ClosedByUpstream            failure upstream ERROR
		InternalResolverError       failure proxy    ERROR
		InternalServerError         failure proxy    ERROR
		InternalAdapterError        failure proxy    ERROR
		InternalTlsClientError      failure proxy    ERROR
		InterceptionError           failure proxy    ERROR
		UnclassifiedError           failure proxy    ERROR
		ReasonOfALaterVersion       unknown unknown  INFO`
	n := 0
	for _, l := range strings.Split(strings.TrimSpace(reasons), "\n") {
		f := strings.Fields(l)
		lr, _ := formattest.Record(t, config(), task(fmt.Sprintf(`reason=%q, stage="Connecting"`, f[0])))
		a := lr.Attributes().AsRaw()
		errorType := any(nil)
		if f[1] == "failure" {
			errorType = f[0]
		}
		if a["proxy.outcome"] != f[1] || a["proxy.ended_by"] != f[2] || lr.SeverityText() != f[3] || a["error.type"] != errorType || a["g3proxy.reason"] != f[0] {
			t.Errorf("%s: outcome %v, ended by %v, %s, error.type %v", f[0], a["proxy.outcome"], a["proxy.ended_by"], lr.SeverityText(), a["error.type"])
		}
		n++
	}
	if n != 37 {
		t.Errorf("%d reasons", n)
	}
}

func TestClosedByClient(t *testing.T) {
	for line, want := range map[string]string{
		task(`reason="ClosedByClient", stage="Relaying"`):                                                            "success",
		strings.Replace(task(`reason="ClosedByClient", stage="Replying"`), "TcpConnect", "UdpAssociate", 1):          "success",
		strings.Replace(task(`reason="ClosedByClient", stage="Relaying"`), "TcpConnect", "HttpForward", 1):           "failure",
		strings.Replace(task(`stage="Relaying"`), `, task_event="Finished"`, "", 1):                                  "unknown",
		strings.Replace(task(`reason="Finished", stage="Relaying"`), `, task_event="Finished"`, "", 1):               "success",
		strings.Replace(task(`reason="Finished", stage="Relaying", rsp_status=503`), "TcpConnect", "HttpForward", 1): "success",
	} {
		lr, _ := formattest.Record(t, config(), line)
		a := lr.Attributes().AsRaw()
		if lr.EventName() != "proxy.session.end" || a["proxy.outcome"] != want || (a["error.type"] != nil) != (want == "failure") {
			t.Errorf("%s with outcome %v and error %v, want %s: %s", lr.EventName(), a["proxy.outcome"], a["error.type"], want, line)
		}
	}
}

// TestErrors lists the reasons of escapers and the errors of resolvers.
func TestErrors(t *testing.T) {
	check := func(line, event, errorType, severity string) {
		t.Helper()
		lr, _ := formattest.Record(t, config(), line)
		a := lr.Attributes().AsRaw()
		got, _ := a["error.type"].(string)
		if lr.EventName() != event || got != errorType || lr.SeverityText() != severity || a["proxy.outcome"] != "failure" || a["proxy.ended_by"] != nil {
			t.Errorf("%s, error.type %q, %s, want %q, %s: %s", lr.EventName(), got, lr.SeverityText(), errorType, severity, line)
		}
	}
	for reasons, want := range map[string][2]string{
		"ResolveFailed SetupSocketFailed ConnectFailed NoAddressConnected ProxyProtocolEncodeError ProxyProtocolWriteFailed " +
			"NegotiationReadFailed NegotiationWriteFailed NegotiationRejected NegotiationProtocolErr InternalServerError " +
			"InternalTlsClientError PeerTlsHandshakeFailed UpstreamTlsHandshakeFailed": {"TcpConnect", "ERROR"},
		"MethodUnavailable EscaperNotUsable TimeoutByRule ForbiddenAddressFamily ForbiddenRemoteAddress NegotiationPeerTimeout " +
			"PeerTlsHandshakeTimeout UpstreamTlsHandshakeTimeout": {"TcpConnect", "WARN"},
		"NoListenSocket RecvFailed SendFailed BatchSendFailed DomainNotResolved RemoteSessionClosed RemoteSessionError InternalServerError": {"UdpSendto", "ERROR"},
		"InvalidPacket AddressNotSupported ForbiddenTargetIpAddress":                                                                        {"UdpSendto", "WARN"},
	} {
		for _, r := range strings.Fields(reasons) {
			check(fmt.Sprintf(`<29>Nov 21 23:45:02 g3proxy[7]: e, escaper_name="d", pid=7, log_type="Escape", reason=%q, task_id="91", escape_type=%q`, r, want[0]),
				"proxy.connection.error", r, want[1])
		}
	}
	check(`<29>Nov 21 23:45:02 g3proxy[7]: e, escaper_name="d", pid=7, log_type="Escape", tls_name="x", task_id="91", escape_type="TlsHandshake"`,
		"proxy.connection.error", "tls_handshake", "ERROR")
	check(`<29>Nov 21 23:45:02 g3proxy[7]: e, escaper_name="d", pid=7, log_type="Escape", reason="New", task_id="91", escape_type="TcpConnect"`,
		"proxy.connection.error", "", "ERROR")
	check(`<29>Nov 21 23:45:02 g3keymess[9]: no key found, server_name="m", pid=9, log_type="Request", task_id="91"`,
		"proxy.request.end", "request_failed", "WARN")
	for kinds, severity := range map[string]string{
		"ServerError/FORMERR ServerError/SERVFAIL ServerError/NOTIMP DriverError/BadQuery DriverError/BadFamily DriverError/BadResp " +
			"DriverError/ConnRefused DriverError/InternalError UnexpectedError/": "ERROR",
		"ServerError/NOTFOUND ServerError/REFUSED DriverError/BadName DriverError/Timeout LocalError/NoResolverSet " +
			"LocalError/NoResolverRunning LocalError/DriverTimedOut EmptyDomain/ EmptyResult/": "WARN",
	} {
		for _, k := range strings.Fields(kinds) {
			errorType, subtype, _ := strings.Cut(k, "/")
			want := subtype
			if want == "" {
				want = errorType
			}
			check(fmt.Sprintf(`<29>Nov 21 23:45:02 g3proxy[7]: e, resolver_name="d", pid=7, log_type="Resolve", domain="x.test", error_subtype=%q, error_type=%q`, subtype, errorType),
				"proxy.dns.error", want, severity)
		}
	}
}

func TestIntercept(t *testing.T) {
	line := func(pairs, message string) string {
		return `<29>1 2026-11-21T23:46:02.495703Z - g3proxy 7 - [g3proxy@0 auditor_name="a" pid="7" log_type="Intercept" ` + pairs + ` task_id="91"] ` + message
	}
	for _, c := range []struct{ pairs, message, event, outcome, severity, protocol string }{
		{`intercept_type="HttpForward" rsp_status="200"`, "ok", "proxy.request.end", "success", "INFO", "http"},
		{`intercept_type="HttpConnect"`, "tcp connect: refused", "proxy.request.end", "failure", "WARN", "http"},
		{`intercept_type="H2Connect" started_at="2026-11-21T23:46:02.000001Z"`, "started", "proxy.session.progress", "", "INFO", "http"},
		{`intercept_type="H2ExtendedConnect"`, "finished without data", "proxy.request.end", "success", "INFO", "http"},
		{`intercept_type="H2StreamForward"`, "finished", "proxy.request.end", "success", "INFO", "http"},
		{`intercept_type="H1Connection" current_req_id="3"`, "finished", "proxy.session.progress", "", "INFO", ""},
		{`intercept_type="TlsHandshake"`, "ok", "proxy.session.progress", "", "INFO", ""},
		{`intercept_type="StartTlsHandshake" protocol="smtp"`, "upstream handshake failed", "proxy.session.progress", "failure", "WARN", "smtp"},
		{`intercept_type="TransitUnknown" task_event="UpstreamShutdown"`, "", "proxy.session.progress", "", "INFO", ""},
	} {
		lr, _ := formattest.Record(t, config(), line(c.pairs, c.message))
		a := lr.Attributes().AsRaw()
		outcome, _ := a["proxy.outcome"].(string)
		protocol, _ := a["network.protocol.name"].(string)
		if lr.EventName() != c.event || outcome != c.outcome || lr.SeverityText() != c.severity || protocol != c.protocol || (a["error.type"] == "InterceptionError") != (outcome == "failure") {
			t.Errorf("%s, outcome %q, %s, protocol %q, error %v: want %+v", lr.EventName(), outcome, lr.SeverityText(), protocol, a["error.type"], c)
		}
	}
}

func TestInspect(t *testing.T) {
	for protocol, want := range map[string]string{
		"http_1": "http 1", "http_2": "http 2", "http_3": "http 3", "tls_modern": "tls", "tls_legacy": "tls", "ssl_legacy": "ssl",
		"tls_tlcp": "tlcp", "ssh_legacy": "ssh", "ftp_control": "ftp", "websocket": "websocket", "_unknown": "", "_timeout": "",
	} {
		lr, _ := formattest.Record(t, config(), `<29>Nov 21 23:45:02 g3proxy[7]: , auditor_name="a", pid=7, log_type="Inspect", protocol="`+protocol+`", source="tls alpn", depth=1, task_id="91"`)
		a := lr.Attributes().AsRaw()
		name, _ := a["network.protocol.name"].(string)
		version, _ := a["network.protocol.version"].(string)
		if got := strings.TrimSpace(name + " " + version); got != want || a["g3proxy.protocol"] != protocol {
			t.Errorf("%s: %q, want %q", protocol, got, want)
		}
	}
}

// TestKeymess: a task of g3keymess has no reason, so that its message says how it ended.
func TestKeymess(t *testing.T) {
	for message, want := range map[string][4]string{
		"no error":                      {"success", "unknown", "", "INFO"},
		"read failed: UnexpectedEof":    {"failure", "client", "read_failed", "INFO"},
		"write failed: BrokenPipe":      {"failure", "client", "write_failed", "INFO"},
		"read request timeout":          {"failure", "proxy", "read_timeout", "WARN"},
		"server force quit":             {"failure", "proxy", "server_quit", "WARN"},
		"what a later version may say":  {"failure", "unknown", "task_failed", "ERROR"},
		"no error of the known: really": {"failure", "unknown", "task_failed", "ERROR"},
	} {
		lr, _ := formattest.Record(t, config(), `<29>Nov 21 23:45:11 g3keymess[9]: `+message+`, server_name="m", pid=9, log_type="Task", task_id="91"`)
		a := lr.Attributes().AsRaw()
		errorType, _ := a["error.type"].(string)
		if got := [4]string{a["proxy.outcome"].(string), a["proxy.ended_by"].(string), errorType, lr.SeverityText()}; got != want || lr.EventName() != "proxy.session.end" {
			t.Errorf("%s: %s of %q, want %q", message, lr.EventName(), got, want)
		}
	}
}
