// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package httpin

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/receiver/receivertest"

	"github.com/proxylog/proxylog/internal/decode"
	"github.com/proxylog/proxylog/internal/heaptest"
	"github.com/proxylog/proxylog/receiver/proxylogreceiver/internal/deliver"
	"github.com/proxylog/proxylog/receiver/proxylogreceiver/internal/metadata"
)

// TestClientsKeepNoBodies wants a body to leave nothing in memory but what a short line of it is: neither the memory of
// its client nor the values that records share may keep it.
func TestClientsKeepNoBodies(t *testing.T) {
	d, err := decode.New(decode.NewConfig(), decode.Settings{})
	require.NoError(t, err)
	set := componenttest.NewNopTelemetrySettings()
	telemetry, err := metadata.NewTelemetryBuilder(set)
	require.NoError(t, err)
	next, err := consumer.NewLogs(func(context.Context, plog.Logs) error { return nil })
	require.NoError(t, err)
	sink, err := deliver.New(deliver.Settings{
		Receiver: receivertest.NewNopSettings(component.MustNewType("proxylog")), Decoder: d,
		Counters: deliver.NewCounters(telemetry, false), Next: next, Transport: "http",
	})
	require.NoError(t, err)
	in := New(NewConfig(), Settings{Telemetry: set, Decoder: d, Sink: sink, MaxLine: 1 << 20, EdgeOne: true})
	const clients, size = 40, 2 << 20
	// Half of the bodies end in a line that is one, the others in blanks.
	post := func(i int) {
		entry := fmt.Sprintf(`{"ServiceID":"sid-0odr1xesvzem%d","SessionID":"7351927343789653715","LogTimeStamp":"2026-11-20T00:07:44Z","k%d":"v"}`, i, i/4) + "\n"
		blanks := strings.Repeat(strings.Repeat(" ", 9999)+"\n", size/10000)
		body := entry + blanks
		if i%2 == 0 {
			body = blanks + entry
		}
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
		r.RemoteAddr = fmt.Sprintf("10.0.0.%d:1", i)
		w := httptest.NewRecorder()
		in.ServeHTTP(w, r)
		require.Equal(t, http.StatusOK, w.Code)
	}
	post(0)
	before := heaptest.InUse()
	for i := range clients {
		post(i)
	}
	assert.Less(t, heaptest.InUse(), before+clients*size/8)
	runtime.KeepAlive(in)
}
