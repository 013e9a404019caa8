// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package decode_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/proxylog/proxylog/internal/attr"
	"github.com/proxylog/proxylog/internal/decode"
	"github.com/proxylog/proxylog/internal/explain"
	"github.com/proxylog/proxylog/internal/format"
	"github.com/proxylog/proxylog/internal/format/formattest"
)

// pretty prints the objects of lines over several lines each.
func pretty(t *testing.T, lines []string) []string {
	t.Helper()
	var out []string
	for _, l := range lines {
		var b bytes.Buffer
		require.NoError(t, json.Indent(&b, []byte(l), "", "  "))
		out = append(out, b.String())
	}
	return out
}

// decodeText reads a text line by line, to its end.
func decodeText(t *testing.T, cfg decode.Config, text string) (records []*explain.Record, parsed, rejected int64) {
	t.Helper()
	d := formattest.Decoder(t, cfg)
	src, b := d.NewSource(t.Name()), d.NewBatch()
	for _, line := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		src.Decode(b, decode.Line{Text: line, Observed: formattest.Observed})
	}
	src.Flush(b, formattest.Observed)
	logs, stats := b.Take()
	for i := range stats.Parsed {
		parsed += stats.Parsed[i]
		rejected += stats.Rejected[i]
	}
	return explain.Records(logs), parsed, rejected
}

// TestPretty wants of objects that are printed over several lines the records of the objects in one line each, and the
// objects as their bodies.
func TestPretty(t *testing.T) {
	for _, c := range []struct{ file, format string }{
		{"edgeone/ok/entries.log", "edgeone"}, {"envoy/ok/gdc.log", "envoy"}, {"envoy/ok/typed.log", "envoy"},
	} {
		lines := formattest.Lines(t, formattest.Testdata(c.file))[:20]
		for _, name := range []string{"auto", c.format} {
			for way, text := range map[string]string{
				"alone":    strings.Join(pretty(t, lines), "\n"),
				"array":    pretty(t, []string{"[" + strings.Join(lines, ",") + "]"})[0],
				"together": "[" + strings.Join(pretty(t, lines), ", ") + "]",
				"crlf":     strings.ReplaceAll(strings.Join(pretty(t, lines), "\n\n"), "\n", "\r\n"),
			} {
				if c.format == "envoy" && way == "array" {
					continue // its bracket is no line of Envoy's
				}
				t.Run(c.file+"/"+name+"/"+way, func(t *testing.T) {
					cfg := decode.NewConfig()
					cfg.Format = name
					want, _, rejected := decodeText(t, cfg, strings.Join(lines, "\n"))
					require.Zero(t, rejected)
					got, _, rejected := decodeText(t, cfg, text)
					require.Zero(t, rejected)
					require.Len(t, got, len(lines))
					for i := range got {
						assert.JSONEq(t, lines[i], got[i].Body.(string))
						got[i].Body = want[i].Body
						// Blanks inside a nested object are kept.
						delete(got[i].Attributes, "gdc.body")
						delete(want[i].Attributes, "gdc.body")
						assert.Equal(t, want[i], got[i])
					}
				})
			}
		}
	}
}

// TestPrettyTest wants of EdgeOne's connectivity test, in a file, one event.
func TestPrettyTest(t *testing.T) {
	raw := string(formattest.Read(t, formattest.Corpus(t, "edgeone/samples/small/connectivity_test.json")))
	for _, name := range []string{"auto", "edgeone"} {
		cfg := decode.NewConfig()
		cfg.Format = name
		records, parsed, rejected := decodeText(t, cfg, raw)
		require.Len(t, records, 1)
		assert.Equal(t, []int64{1, 0}, []int64{parsed, rejected})
		assert.Equal(t, "proxy.event", records[0].Event)
		assert.Equal(t, strings.TrimSpace(raw), records[0].Body)
	}
}

// TestPrettyBroken wants of an object whose end never comes one reject with all that has come of it, and the lines behind
// it read as ever.
func TestPrettyBroken(t *testing.T) {
	entry := formattest.Lines(t, formattest.Testdata("edgeone/ok/entries.log"))[0]
	const part = "{\n  \"SessionID\": \"1\",\n  \"SentBytes\":"
	records, parsed, rejected := decodeText(t, decode.NewConfig(), entry+"\n"+part+"\n"+`{`+"\n"+`}x`+"\n"+entry+"\n"+part)
	assert.Equal(t, int64(2), parsed)
	assert.Equal(t, int64(2), rejected)
	var rejects []any
	for _, r := range records {
		if reason := r.Attributes[attr.ProxylogErrorType]; reason != nil {
			rejects = append(rejects, reason, r.Body)
		}
	}
	// The first one is joined with what follows, as the grammar allows.
	require.Len(t, rejects, 4)
	assert.Equal(t, []any{format.Truncated.String(), part}, rejects[2:])
	require.Len(t, records, 4)
}

// TestPrettyRewind reads the last lines of an object again, as after a refusal.
func TestPrettyRewind(t *testing.T) {
	entry := pretty(t, formattest.Lines(t, formattest.Testdata("edgeone/ok/entries.log"))[:1])[0]
	lines := strings.Split(entry, "\n")
	d := formattest.Decoder(t, decode.NewConfig())
	src, b := d.NewSource(t.Name()), d.NewBatch()
	read := func(lines []string) plog.Logs {
		for _, l := range lines {
			src.Decode(b, decode.Line{Text: l, Observed: formattest.Observed})
		}
		logs, _ := b.Take()
		return logs
	}
	require.Zero(t, read(lines[:5]).LogRecordCount())
	src.Mark()
	for range 2 {
		logs := read(lines[5:])
		require.Equal(t, 1, logs.LogRecordCount())
		assert.Equal(t, entry, explain.Records(logs)[0].Body)
		src.Rewind()
	}
}

// TestAnotherFormatAfterEntries: a line of Envoy's default format begins with a bracket, as an array does. Behind lines of
// EdgeOne it is one record all the same.
func TestAnotherFormatAfterEntries(t *testing.T) {
	entry := formattest.Lines(t, formattest.Testdata("edgeone/ok/entries.log"))[0]
	line := formattest.Lines(t, formattest.Testdata("envoy/ok/default.log"))[0]
	records, parsed, rejected := decodeText(t, decode.NewConfig(), entry+"\n"+line)
	assert.Equal(t, []int64{2, 0}, []int64{parsed, rejected})
	require.Len(t, records, 2)
	assert.Equal(t, line, records[1].Body)
}
