// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package envoy_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/proxylog/proxylog/internal/format/formattest"
)

// TestSameKeys: the key of a nested object is not the one of the same name around it, also in the first line.
func TestSameKeys(t *testing.T) {
	cfg := config(`{"host":"%UPSTREAM_HOST%","method":"%REQ(:METHOD)%","path":"%REQ(:PATH)%","to":{"host":"%METADATA(ROUTE:a.b:c)%","path":"%REQ(:AUTHORITY)%","time":"%START_TIME%"}}`)
	r := one(t, cfg, `{"host":"192.0.2.1:80","method":"GET","path":"/x","to":{"host":"rou te","path":"lab.example","time":"2026-11-22T15:45:39.164Z"}}`)
	for key, want := range map[string]any{
		"proxy.upstream.address": "192.0.2.1", "url.path": "/x", "envoy.to.host": "rou te", "server.address": "lab.example",
		"proxy.start_time": "2026-11-22T15:45:39.164000000Z",
	} {
		assert.Equal(t, want, r.Attributes[key], key)
	}
}

// TestFewKeys: with omit_empty_values a line of the directive's may have but one key, and that one need not mean anything
// to us; one with a key that the directive does not have is not among them.
func TestFewKeys(t *testing.T) {
	cfg := config(`{"json_format":{"odd":"%RESP(X-ODD)%","at":"%START_TIME(%Y-%m-%dT%H:%M:%S.%3fZ)%","again":"%START_TIME(%b %e %H:%M:%S %Y)%","to":{"host":"%UPSTREAM_HOST_NAME%"},
		"list":["%REQ(A)%","lit"],"path":"%REQ(:PATH)%","method":"%REQ(:METHOD)%"},"omit_empty_values":true}`)
	r := one(t, cfg, `{"again":"Nov 22 15:45:39 2026","at":"2026-11-22T15:45:39.164Z"}`)
	assert.Equal(t, "2026-11-22T15:45:39.164000000Z", r.Attributes["proxy.start_time"])
	r = one(t, cfg, `{"list":["lit"],"odd":"x","to":{"host":"h"}}`)
	assert.Contains(t, r.Attributes["envoy.to"], `"h"`)
	r = one(t, cfg, `{"list":["lit"],"to":{"host":"h"}}`)
	assert.Contains(t, r.Attributes["envoy.to"], `"h"`)
	for _, line := range []string{`{"other":"x","odd":"y"}`, `{}`} {
		got := formattest.Explain(t, cfg, []byte(line))
		require.NotNil(t, got[0].Error, line)
		assert.Equal(t, "unrecognized", got[0].Error.Reason, line)
	}
}

// TestManyConstants: keys of the directive that mean nothing to us do not speak against it, however many there are.
func TestManyConstants(t *testing.T) {
	cfg := config(`{"a":"x","b":1,"c":"y","d":"%UPSTREAM_TLS_VERSION%","e":"%UPSTREAM_TLS_CIPHER%","m":"%REQ(:METHOD)%","t":"%START_TIME%"}`)
	r := one(t, cfg, `{"a":"x","b":1,"c":"y","d":null,"e":null,"m":"GET","t":"2026-11-22T15:45:39.164Z"}`)
	assert.Equal(t, "GET", r.Attributes["http.request.method"])
}

// TestNothingFirst: with omit_empty_values a text whose first value is missing begins with what stands behind it, a blank
// mostly.
func TestNothingFirst(t *testing.T) {
	cfg := config(`{"text_format_source":{"inline_string":"%REQUESTED_SERVER_NAME(SNI_FIRST)% %DOWNSTREAM_REMOTE_PORT% \"%PATH(NQ:PATH)%\" %UPSTREAM_REMOTE_PORT% \"%RESP(:STATUS)%\" %REQ(:SCHEME)%\n"},"omit_empty_values":true}`)
	r := one(t, cfg, ` 50792 ""  "400" `)
	assert.Equal(t, []any{int64(50792), int64(400)}, []any{r.Attributes["client.port"], r.Attributes["http.response.status_code"]})
	assert.NotContains(t, r.Attributes, "envoy.requested_server_name")
	r = one(t, cfg, `lab.example 50792 "/x" 80 "200" https`)
	assert.Equal(t, []any{"lab.example", int64(80)}, []any{r.Attributes["envoy.requested_server_name"], r.Attributes["proxy.upstream.port"]})
}

// TestNothingLast: of the blanks at the end of a line as many are the format's as it ends in, and the one before a value
// that is missing is none of them.
func TestNothingLast(t *testing.T) {
	cfg := config(`{"text_format":"%START_TIME% \"%BYTES_SENT%\" %QUERY_PARAM(a)% \n","omit_empty_values":true}`)
	for line, want := range map[string]any{
		`2026-11-23T03:28:51.531Z "7"  `:  nil,
		`2026-11-23T03:28:51.531Z "7" x `: "x",
		`2026-11-23T03:28:51.531Z "7" x`:  "x", // somebody has taken the blank off
	} {
		r := one(t, cfg, line)
		assert.Equal(t, []any{int64(7), want}, []any{r.Attributes["proxy.client.bytes_received"], r.Attributes["envoy.query_param.a"]}, line)
	}
}

// TestTypedFilterState: a string of the filter state has quotes of its own in a text, unless it is asked for plain. The lines
// are Envoy 1.40's, but for the value that a length cuts.
func TestTypedFilterState(t *testing.T) {
	for line, want := range map[string]string{
		`2026-11-23T03:28:41.530Z ""st \"curl/8\""" x`: `st "curl/8"`,
		`2026-11-23T03:28:41.530Z "{"a":"b c"}" x`:     `{"a":"b c"}`,
		`2026-11-23T03:28:41.530Z "12" x`:              `12`,
		`2026-11-23T03:28:41.530Z ""st \"cur" x`:       `st "cur`,
	} {
		r := one(t, config(`%START_TIME% "%FILTER_STATE(my.key)%" x`), line)
		assert.Equal(t, want, r.Attributes["envoy.filter_state.my.key"], line)
	}
	r := one(t, config(`%START_TIME% "%FILTER_STATE(my.key:PLAIN)%" x`), `2026-11-23T03:28:41.530Z ""plain"" x`)
	assert.Equal(t, `"plain"`, r.Attributes["envoy.filter_state.my.key.plain"])
	r = one(t, config(`{"start":"%START_TIME%","request":"%FILTER_STATE(my.key)% / %REQ(:METHOD)%"}`),
		`{"request":"\"st \\\"100% sure\\\"\" / GET","start":"2026-11-23T03:28:41.530Z"}`)
	assert.Equal(t, []any{`st "100% sure"`, "GET"}, []any{r.Attributes["envoy.filter_state.my.key"], r.Attributes["http.request.method"]})
}

// TestEmptyFirst: a header that was sent without a value is printed as nothing, also at the beginning of a line, and so are
// custom flags where there are none.
func TestEmptyFirst(t *testing.T) {
	cfg := config(`%REQ(USER-AGENT)% %DOWNSTREAM_WIRE_BYTES_RECEIVED% %REQ(:METHOD)%`)
	r := one(t, cfg, ` 119 GET`)
	assert.Equal(t, []any{int64(119), "GET"}, []any{r.Attributes["envoy.downstream.wire_bytes_received"], r.Attributes["http.request.method"]})
	r = one(t, config(`%CUSTOM_FLAGS% %RESPONSE_CODE% "%REQ(:METHOD)%"`), ` 204 "GET"`)
	assert.Equal(t, []any{int64(204), "GET"}, []any{r.Attributes["http.response.status_code"], r.Attributes["http.request.method"]})
	r = one(t, cfg, `- 119 GET`)
	assert.NotContains(t, r.Attributes, "user_agent.original")
	r = one(t, cfg, `curl/8 (x) 119 GET`)
	assert.Equal(t, "curl/8 (x)", r.Attributes["user_agent.original"])
}

// TestTimeIsNoHeader: the time with which a line begins is not the one that docker logs -t puts before it, although what
// follows could be a line without one.
func TestTimeIsNoHeader(t *testing.T) {
	r := one(t, config(`%START_TIME% %REQ(:AUTHORITY)% %FILTER_CHAIN_NAME% "%RESPONSE_DURATION%"`), `2026-11-22T18:55:30.493Z - chain tcp one "-"`)
	assert.Equal(t, []any{"2026-11-22T18:55:30.493000000Z", "chain tcp one"}, []any{r.Attributes["proxy.start_time"], r.Attributes["envoy.filter_chain_name"]})
	assert.NotContains(t, r.Attributes, "server.address")
}

// TestBraceFirst: a text may begin with a brace and be nothing like JSON.
func TestBraceFirst(t *testing.T) {
	for format, line := range map[string]string{
		`{%PROTOCOL%} %REQ(:METHOD)% %RESPONSE_CODE%`:                 `{HTTP/2} GET 204`,
		`{"k0":"%REQ(:METHOD)%" "k1":%PROTOCOL%} %RESPONSE_CODE% end`: `{"k0":"GET" "k1":HTTP/2} 204 end`,
	} {
		r := one(t, config(format), line)
		assert.Equal(t, []any{"GET", "2", int64(204)}, []any{r.Attributes["http.request.method"], r.Attributes["network.protocol.version"], r.Attributes["http.response.status_code"]}, format)
	}
}

// TestTimeWithExponent: a time that went through a floating point number costs no line.
func TestTimeWithExponent(t *testing.T) {
	r := one(t, config(), `{"start_time":"2022-11-23T00:58:52.092Z","time_unix_nano":1.669165132092378e+18,"duration":"420","method":"GET","bytes_sent":"5","response_flags":"-",`+
		`"resource":{"cluster_name":"wl.ns-a","log_name":"x","node_name":"n","zone_name":"z"}}`)
	assert.Equal(t, "2022-11-23T00:58:52.092378000Z", r.Attributes["proxy.start_time"])
}

// TestTypeOfOTLP: a record of an OTLP logger that tells its type is what that says, also where its labels make it look like
// one of GDC's.
func TestTypeOfOTLP(t *testing.T) {
	r := one(t, config(), `{"access_log_type":"TcpPeriodic","stream_id":"a84bace9","start_time":"2026-11-22T18:33:08.234Z","duration":"998","bytes_sent":"5","response_flags":"-",`+
		`"downstream_remote_address":"127.0.0.1:52396","resource":{"cluster_name":"wl.ns-a","log_name":"x","node_name":"n","zone_name":"z"}}`)
	assert.Equal(t, []any{"proxy.session.progress", "a84bace9", "TcpPeriodic"}, []any{r.Event, r.Attributes["proxy.session.id"], r.Attributes["envoy.access_log_type"]})
}

// TestUDPWithoutType reads what the UDP proxy tells of its sessions where neither a type nor the common counters are
// logged: transport, cluster and bytes. The counters have the attributes where both are there.
func TestUDPWithoutType(t *testing.T) {
	const text = `%START_TIME% %DYNAMIC_METADATA(udp.proxy.session:bytes_received)% %DYNAMIC_METADATA(udp.proxy.session:bytes_sent)% ` +
		`%DYNAMIC_METADATA(udp.proxy.session:datagrams_sent)% %DYNAMIC_METADATA(udp.proxy.session:cluster_name)%`
	r := one(t, config(text), "2026-11-22T18:33:08.234Z 1014 2028 2 udpo")
	assert.Equal(t, "proxy.session.end", r.Event)
	for key, want := range map[string]any{
		"network.transport": "udp", "proxy.client.bytes_sent": int64(1014), "proxy.client.bytes_received": int64(2028), "proxy.upstream.name": "udpo",
	} {
		assert.Equal(t, want, r.Attributes[key], key)
	}
	r = one(t, config(text), "2026-11-22T18:33:08.234Z - - - -")
	assert.Equal(t, "tcp", r.Attributes["network.transport"])
	assert.NotContains(t, r.Attributes, "proxy.client.bytes_sent")

	r = one(t, config(`{"t":"%START_TIME%","a":"%DYNAMIC_METADATA(udp.proxy.session:bytes_sent)%","b":"%BYTES_SENT%","c":"%DYNAMIC_METADATA(udp.proxy.session:cluster_name)%","d":"%UPSTREAM_CLUSTER%"}`),
		`{"a":5,"b":7,"c":"udpo","d":null,"t":"2026-11-22T18:33:08.234Z"}`)
	assert.Equal(t, []any{int64(7), int64(5), "udpo", "udp"},
		[]any{r.Attributes["proxy.client.bytes_received"], r.Attributes["envoy.a"], r.Attributes["proxy.upstream.name"], r.Attributes["network.transport"]})
}

// TestLongFlags: the long names of flags say what the short ones do, where they are the only ones (Envoy's documentation
// of RESPONSE_FLAGS and RESPONSE_FLAGS_LONG).
func TestLongFlags(t *testing.T) {
	const pairs = "UH NoHealthyUpstream|UF UpstreamConnectionFailure|UO UpstreamOverflow|NR NoRouteFound|URX UpstreamRetryLimitExceeded|NC NoClusterFound|" +
		"DT DurationTimeout|DC DownstreamConnectionTermination|LH FailedLocalHealthCheck|UT UpstreamRequestTimeout|LR LocalReset|UR UpstreamRemoteReset|" +
		"UC UpstreamConnectionTermination|DI DelayInjected|FI FaultInjected|RL RateLimited|UAEX UnauthorizedExternalService|RLSE RateLimitServiceError|" +
		"IH InvalidEnvoyRequestHeaders|SI StreamIdleTimeout|DPE DownstreamProtocolError|UPE UpstreamProtocolError|UMSDR UpstreamMaxStreamDurationReached|" +
		"RFCF ResponseFromCacheFilter|NFCF NoFilterConfigFound|OM OverloadManagerTerminated|DF DnsResolutionFailed|DO DropOverload|" +
		"UDO UnconditionalDropOverload|DR DownstreamRemoteReset|URX,UF UpstreamConnectionFailure,UpstreamRetryLimitExceeded|- -|X_CUSTOM X_CUSTOM"
	for _, pair := range strings.Split(pairs, "|") {
		short, long, _ := strings.Cut(pair, " ")
		for _, rest := range []string{" 0 - -", " 200 GET -", " 503 GET via_upstream"} {
			want := one(t, config("%RESPONSE_FLAGS% %RESPONSE_CODE% %REQ(:METHOD)% %RESPONSE_CODE_DETAILS%"), short+rest)
			got := one(t, config("%RESPONSE_FLAGS_LONG% %RESPONSE_CODE% %REQ(:METHOD)% %RESPONSE_CODE_DETAILS%"), long+rest)
			assert.Equal(t, []any{want.Event, want.Severity}, []any{got.Event, got.Severity}, pair)
			for _, key := range []string{"proxy.outcome", "proxy.ended_by", "error.type"} {
				assert.Equal(t, want.Attributes[key], got.Attributes[key], "%s: %s of %s", pair, key, rest)
			}
		}
	}
}

// TestOnlyPeer: where only the peer's address is logged it is the client's.
func TestOnlyPeer(t *testing.T) {
	for format, line := range map[string]string{
		"%START_TIME% %DOWNSTREAM_DIRECT_REMOTE_ADDRESS%":                                              "2026-11-22T18:55:30.493Z [2001:db8::1]:4711",
		"%START_TIME% %DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT%|%DOWNSTREAM_DIRECT_REMOTE_PORT%": "2026-11-22T18:55:30.493Z 2001:db8::1|4711",
	} {
		r := one(t, config(format), line)
		for key, want := range map[string]any{
			"client.address": "2001:db8::1", "client.port": int64(4711), "network.type": "ipv6",
			"network.peer.address": "2001:db8::1", "network.peer.port": int64(4711),
		} {
			assert.Equal(t, want, r.Attributes[key], "%s: %s", format, key)
		}
	}
	r := one(t, config("%START_TIME% %DOWNSTREAM_REMOTE_ADDRESS% %DOWNSTREAM_DIRECT_REMOTE_ADDRESS%"), "2026-11-22T18:55:30.493Z 203.0.113.9:0 192.0.2.1:5")
	assert.Equal(t, []any{"203.0.113.9", nil, "192.0.2.1", int64(5)},
		[]any{r.Attributes["client.address"], r.Attributes["client.port"], r.Attributes["network.peer.address"], r.Attributes["network.peer.port"]})
}

// TestManyOthers: a map most of whose commands have no attribute of their own, as printed by Envoy 1.40.
func TestManyOthers(t *testing.T) {
	cfg := config(`{"json_format": {"time": "%DOWNSTREAM_LOCAL_ADDRESS%", "method": "%FILTER_STATE(s):3%", "start_time3": "%UPSTREAM_PEER_CERT_V_END%",
		"flags": "%CUSTOM_FLAGS%", "k.x": "100%%", "status": "%REQ(:SCHEME)%"}}`)
	r := one(t, cfg, `{"flags":"","k.x":"100%","method":"- -","start_time3":null,"status":"http","time":"127.0.0.1:12020"}`)
	for key, want := range map[string]any{"network.local.address": "127.0.0.1", "url.scheme": "http", "envoy.method": "- -"} {
		assert.Equal(t, want, r.Attributes[key], key)
	}
}

// TestAlternativeBesideOwn: a header that stands in for another one does not take the attribute of its own command.
func TestAlternativeBesideOwn(t *testing.T) {
	for format, line := range map[string]string{
		"%REQ(x-odd?user-agent)% | %REQ(USER-AGENT)% | %BYTES_SENT%":                     "odd | ua | 5",
		"%REQ(USER-AGENT)% | %REQ(x-odd?user-agent)% | %BYTES_SENT%":                     "ua | odd | 5",
		`{"a":"%REQ(X-ODD?USER-AGENT)%","b":"%REQ(USER-AGENT)%","bytes":"%BYTES_SENT%"}`: `{"a":"odd","b":"ua","bytes":5}`,
	} {
		r := one(t, config(format), line)
		assert.Equal(t, "ua", r.Attributes["user_agent.original"], format)
		assert.Equal(t, []any{"odd"}, r.Attributes["http.request.header.x-odd"], format)
	}
	r := one(t, config("%REQ(x-odd?user-agent)% | %BYTES_SENT%"), "ua | 5")
	assert.Equal(t, "ua", r.Attributes["user_agent.original"])
}

// TestOffsetBesideColon: what stands behind a zone's offset is not taken for its seconds, as printed by Envoy 1.40.
func TestOffsetBesideColon(t *testing.T) {
	for format, line := range map[string]string{
		"%START_TIME(%d/%b/%Y:%H:%M:%S %z)%:%DOWNSTREAM_DIRECT_REMOTE_PORT%'":  "22/Nov/2026:22:05:06 +0000:43514'",
		"%START_TIME(%d/%b/%Y:%H:%M:%S %Ez)%:%DOWNSTREAM_DIRECT_REMOTE_PORT%'": "22/Nov/2026:22:05:06 +00:00:43514'",
	} {
		r := one(t, config(format), line)
		assert.Equal(t, "2026-11-22T22:05:06.000000000Z", r.Attributes["proxy.start_time"], format)
		assert.Equal(t, int64(43514), r.Attributes["network.peer.port"], format)
	}
}
