// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package proxylogreceiver

import (
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/proxylog/proxylog/internal/attr"
	"github.com/proxylog/proxylog/internal/format/formattest"
)

// TestSameRecords sends real captures through every input: whichever way a line comes, it gives the same record, and
// none is rejected.
func TestSameRecords(t *testing.T) {
	for _, capture := range []string{"g3proxy/ok/rfc3164.log", "g3proxy/ok/rfc5424.log", "g3proxy/ok/cee3164.log", "edgeone/ok/entries.log"} {
		t.Run(capture, func(t *testing.T) {
			text := string(formattest.Read(t, formattest.Testdata(capture)))
			lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
			path := filepath.Join(t.TempDir(), "a.log")
			write(t, path, text)

			results := make(map[string][]string)
			for name, cfg := range map[string]*Config{
				"file": fileConfig(path), "tcp": syslogConfig("tcp", "127.0.0.1:0"), "udp": syslogConfig("udp", "127.0.0.1:0"),
				"http": httpConfig(), "fluent": fluentConfig(),
			} {
				s := newSink()
				h := start(t, cfg, s, nil)
				switch name {
				case "http":
					assert.Equal(t, 200, h.post(t, "/", nil, []byte(text)).status)
				case "fluent":
					conn := dial(t, "tcp", h.address(t))
					send(t, conn, forward("chunk", "tag", lines...))
					acked(t, conn, "chunk")
				case "tcp":
					send(t, dial(t, name, h.address(t)), text)
				case "udp":
					conn := dial(t, name, h.address(t))
					for _, l := range lines {
						send(t, conn, l)
					}
				}
				s.await(t, len(lines))
				h.stop(t)
				assert.Equal(t, map[string]int64{"parsed": int64(len(lines))}, h.lines(t), name)
				results[name] = recordTexts(t, s)
			}
			assert.Len(t, results["file"], len(lines))
			for way, got := range results {
				assert.Equal(t, results["file"], got, way)
			}
		})
	}
}

// recordTexts is each record as text, without what tells when and from which file it was read, in a fixed order.
func recordTexts(t *testing.T, s *sink) []string {
	t.Helper()
	var out []string
	for _, r := range s.all() {
		r.Attributes().Remove(attr.LogFileName)
		text, err := json.Marshal([]any{r.Timestamp(), r.EventName(), r.SeverityText(), bodyText(r.Body()), r.Attributes().AsRaw()})
		require.NoError(t, err)
		out = append(out, string(text))
	}
	slices.Sort(out)
	return out
}
