// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package stanzaop

import (
	"encoding/hex"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/stanza/entry"

	"github.com/proxylog/proxylog/internal/sources"
)

// TestTime: a line's own time is the entry's, and where it has none the entry keeps what it came with, or gets the time at
// which it was read, which is now where the receiver does not say it.
func TestTime(t *testing.T) {
	const timed = "haproxy: {timezone: UTC}"
	const timeless = "format: squid, squid: {logformat: ['logformat x %>a %rm %ru %>Hs']}"
	before, now := observed.Add(-time.Minute), observed.Add(time.Hour)
	for name, c := range map[string]struct {
		config, line    string
		came, read, end time.Time
	}{
		"its own":           {timed, good, before, observed, time.Date(2026, 11, 21, 23, 43, 15, 427e6, time.UTC)},
		"the entry's":       {timeless, "192.0.2.7 GET http://a/ 200", before, observed, before},
		"when it was read":  {timeless, "192.0.2.7 GET http://a/ 200", time.Time{}, observed, observed},
		"when it came here": {timeless, "192.0.2.7 GET http://a/ 200", time.Time{}, time.Time{}, now},
	} {
		op, out, _ := build(t, c.config)
		op.(*Parser).now = func() time.Time { return now }
		e := entryOf(c.line)
		e.Timestamp, e.ObservedTimestamp = c.came, c.read
		require.NoError(t, op.Process(t.Context(), e), name)
		require.Len(t, out.entries, 1)
		assert.Equal(t, c.end, out.entries[0].Timestamp.UTC(), name)
	}
}

// TestTrace: what a line says of its trace is the entry's, unless a receiver or an operator has set one.
func TestTrace(t *testing.T) {
	const line = "[2026-11-20T01:02:03.000Z] GET 200 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	op, out, _ := build(t, `format: envoy, envoy: {format: ["[%START_TIME%] %REQ(:METHOD)% %RESPONSE_CODE% %REQ(TRACEPARENT)%\n"]}`)
	own := []byte("sixteen bytes ..")
	e := entryOf(line)
	e.TraceID = own
	require.NoError(t, op.Process(t.Context(), entryOf(line)))
	require.NoError(t, op.Process(t.Context(), e))
	require.Len(t, out.entries, 2)
	assert.Equal(t, "0af7651916cd43dd8448eb211c80319c", hex.EncodeToString(out.entries[0].TraceID))
	assert.Equal(t, "b7ad6b7169203331", hex.EncodeToString(out.entries[0].SpanID))
	assert.Equal(t, own, out.entries[1].TraceID)
	assert.Empty(t, out.entries[1].SpanID, "it is of another trace")
}

// TestMark: an entry that could not be read says why, whatever was noted on it before.
func TestMark(t *testing.T) {
	wrong := strings.Replace(good, "300000", strings.Repeat("9", 30), 1)
	bare := entryOf(wrong)
	bare.Attributes = nil
	op, out, _ := build(t, "format: haproxy, haproxy: {log_format: [tcplog]}")
	require.ErrorContains(t, op.Process(t.Context(), bare), " in %B")
	require.Len(t, out.entries, 1)
	assert.Equal(t, "%B", out.entries[0].Attributes["proxylog.error.field"])
	marked := entryOf(bad)
	marked.Attributes["proxylog.error.field"] = "%B"
	op, out, _ = build(t, "")
	require.EqualError(t, op.Process(t.Context(), marked), "the line cannot be read: unrecognized at byte 0")
	require.Len(t, out.entries, 1)
	assert.NotContains(t, out.entries[0].Attributes, "proxylog.error.field")
}

// TestStreams: lines are of one stream where the resource is the same and the file's path, or else its name.
func TestStreams(t *testing.T) {
	of := func(resource map[string]any, attributes map[string]any) sources.Stream {
		return streamOf(&entry.Entry{Resource: resource, Attributes: attributes})
	}
	pod := map[string]any{"k8s.pod.name": "a", "zone": "b", "replica": int64(1)}
	assert.Equal(t, of(pod, nil), of(maps.Clone(pod), nil), "in any order")
	for _, other := range []map[string]any{
		nil,
		{"k8s.pod.name": "a"},
		{"k8s.pod.name": "b", "zone": "a", "replica": int64(1)},
		{"k8s.pod.name": "a", "zone": "b", "replica": int64(2)},
		{"k8s.pod.namea": "", "zone": "b", "replica": int64(1)},
	} {
		assert.NotEqual(t, of(pod, nil), of(other, nil), other)
	}
	file := map[string]any{"log.file.path": "/var/log/a.log", "log.file.name": "a.log"}
	assert.Equal(t, "/var/log/a.log", of(nil, file).File)
	delete(file, "log.file.path")
	assert.Equal(t, "a.log", of(nil, file).File)
}
