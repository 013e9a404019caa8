// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package envoy_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/proxylog/proxylog/internal/format/formattest"
)

// mixedMap is a JSON map with values of several commands, constants, a list and a nested map.
const mixedMap = `{"json_format":{"b":true,"list":["%REQ(:METHOD)%",1,"%DURATION%"],"n":"%REQ(X-NONE)% %BYTES_SENT%","nest":{"x":{"y":"%RESPONSE_CODE%"}},"nul":null,"num":1.5,"pct":"100%%",` +
	`"q":"a\"%REQ(X-Q)%\"é/%REQ(USER-AGENT)%\t.","req":"%REQ(:METHOD)% %REQ(:PATH)% %PROTOCOL%","tr":"%REQ(USER-AGENT):3%/"}`

// TestMixedValues reads what Envoy 1.40 has printed by mixedMap of a request with the headers X-Q: a"b\c and a User-Agent of
// the bytes ua\xe9\xff"x, with omit_empty_values and without.
func TestMixedValues(t *testing.T) {
	const q = `"q":"a\"a\"b\\c\"é/ua\u00e9\u00ff\u0022x\t.","req":"GET /d?x HTTP/1.1","tr":"ua\u00e9/"}`
	for format, line := range map[string]string{
		mixedMap + "}":                          `{"b":true,"list":["GET",1,0],"n":"- 2","nest":{"x":{"y":200}},"nul":null,"num":1.5,"pct":"100%",` + q,
		mixedMap + `,"omit_empty_values":true}`: `{"b":true,"list":["GET",1,0],"n":" 2","nest":{"x":{"y":200}},"num":1.5,"pct":"100%",` + q,
	} {
		got := formattest.Explain(t, config(format), []byte(line))
		require.Len(t, got, 1)
		require.Nil(t, got[0].Error, "%+v", got[0].Error)
		a := got[0].Record.Attributes
		for key, v := range map[string]any{
			"http.request.header.x-q": []any{`a"b\c`}, "user_agent.original": "uaéÿ\"x", "http.request.method": "GET", "url.path": "/d", "url.query": "x",
			"network.protocol.version": "1.1", "http.response.status_code": int64(200), "proxy.client.bytes_received": int64(2),
			"envoy.b": true, "envoy.list": `["GET",1,0]`, "envoy.num": 1.5, "envoy.pct": "100%",
		} {
			assert.Equal(t, v, a[key], key)
		}
		assert.NotContains(t, a, "http.request.header.x-none")
		assert.NotContains(t, a, "envoy.nul")
		assert.Equal(t, "uaé", rawOf(got[0], "%REQ(USER-AGENT):3%"))
	}
	// What is made in another way is kept whole.
	r := one(t, config(mixedMap+"}"), `{"nest":{"x":{"y":200}},"n":"7","req":"GET","q":7,"tr":"x/"}`)
	for key, v := range map[string]any{"envoy.n": "7", "envoy.req": "GET", "envoy.q": int64(7), "http.response.status_code": int64(200)} {
		assert.Equal(t, v, r.Attributes[key], key)
	}
}

// TestOmittedText reads what Envoy 1.40 has printed by a text with omit_empty_values, in which nothing stands for nothing.
func TestOmittedText(t *testing.T) {
	const format = `[%START_TIME%] "%REQ(X-NONE)%" %REQ(:METHOD)% %RESPONSE_FLAGS% %UPSTREAM_TRANSPORT_FAILURE_REASON% %CONNECTION_TERMINATION_DETAILS% %ROUTE_NAME%|` +
		`%GRPC_STATUS_NUMBER%|%RESPONSE_CODE%|%UPSTREAM_HOST%|%ROUNDTRIP_DURATION%`
	with := one(t, config(format), `[2026-11-22T05:53:44.268Z] "-" GET - - - -|-|200|-|-`)

	without := one(t, config(`{"text_format":`+marshal(t, format)+`,"omit_empty_values":true}`), `[2026-11-22T05:53:44.268Z] "" GET -   ||200||`)
	with.Body, without.Body = nil, nil
	assert.Equal(t, with, without)
	assert.Equal(t, int64(200), with.Attributes["http.response.status_code"])
	assert.NotContains(t, with.Attributes, "envoy.response_flags")
}
