// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package sessionstitchprocessor

import (
	"context"
	"encoding/json"
	"expvar"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/sessiontest"
)

// shown is what a person sees of a processor.
func shown(t *testing.T, name string) (v inspection, ok bool) {
	t.Helper()
	w := httptest.NewRecorder()
	expvar.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/debug/vars", nil))
	var all struct {
		Stitch map[string]json.RawMessage `json:"session_stitch"`
	}
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &all))
	b, ok := all.Stitch[name]
	if ok {
		require.NoError(t, json.Unmarshal(b, &v))
		assert.NotContains(t, string(b), "198.51.100.7", "nothing of the lines")
	}
	return v, ok
}

// The oldest open sessions can be looked at while the processor runs: a bounded list, the oldest first.
func TestTheOldestSessionsAreShown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := start(t, &counting{}, func(*Config) {})
		name := p.id.String()
		for i := range 50 {
			ld, recs := sessiontest.NewLogs(nil)
			for part := range 1 + i%2 {
				sessiontest.EdgeOne(map[string]any{
					"SessionID": fmt.Sprint("session-", i), "ConnectTimeStamp": "2026-11-20T00:00:00Z", "ClientRealIP": "198.51.100.7",
					"LogTimeStamp": fmt.Sprintf("2026-11-20T00:0%d:00Z", part), "DisconnetReason": "-", "SentBytes": "1", "ReceivedBytes": "1",
				}, recs.AppendEmpty())
			}
			require.NoError(t, p.ConsumeLogs(context.Background(), ld))
			time.Sleep(time.Second)
		}
		v, ok := shown(t, name)
		require.True(t, ok)
		assert.EqualValues(t, 50, v.Open)
		assert.Positive(t, v.StateSize)
		require.Len(t, v.Oldest, inspected)
		for i, e := range v.Oldest {
			assert.Equal(t, "edgeone", e.Model)
			assert.Equal(t, fmt.Sprint("session-", i), e.ID)
			assert.Len(t, e.Key, 32)
			assert.EqualValues(t, 1+i%2, e.Parts)
			assert.InDelta(t, 50-i, e.Age, 0.01)
			assert.InDelta(t, 1800-50+i, *e.DueIn, 0.01)
			assert.False(t, e.Ended)
		}
		// One of the same name in another pipeline stands beside it.
		other := start(t, &counting{}, func(*Config) {})
		_, ok = shown(t, name+" #2")
		assert.True(t, ok)
		require.NoError(t, other.Shutdown(context.Background()))
		require.NoError(t, p.Shutdown(context.Background()))
		_, ok = shown(t, name)
		assert.False(t, ok, "it is gone with the processor")
	})
}
