// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package edgeone_test

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/proxylog/proxylog/internal/explain"
	"github.com/proxylog/proxylog/internal/format/edgeone"
	"github.com/proxylog/proxylog/internal/format/formattest"
)

// tally is what became of a capture: records by event, and rejects by reason.
type tally map[string]int

func (n tally) add(t *testing.T, entries []explain.Entry) {
	t.Helper()
	for _, e := range entries {
		if e.Error != nil {
			n[e.Error.Reason]++
			continue
		}
		n[strings.TrimPrefix(e.Record.Event, "proxy.session.")]++
		et, _ := e.Record.Attributes["error.type"].(string)
		assert.Equal(t, e.Record.Attributes["proxy.outcome"] == "failure", et != "")
		assert.True(t, et == "" || slices.Contains(edgeone.ErrorTypes(), et), et)
	}
}

// gunzip undoes the compression of a package or a push.
func gunzip(t *testing.T, raw []byte) string {
	t.Helper()
	r, err := gzip.NewReader(bytes.NewReader(raw))
	require.NoError(t, err)
	out, err := io.ReadAll(r)
	require.NoError(t, err)
	return string(out)
}

// TestCounts reads every capture, the bodies of the pushes as the payloads that they are; the numbers are those of an
// independent reading.
func TestCounts(t *testing.T) {
	for sample, c := range map[string]struct {
		entries, clean tally
		packages       int
		pushed         int
	}{
		"main":                 {tally{"end": 404, "progress": 2306}, tally{"end": 388, "progress": 2190}, 2578, 2798},
		"small":                {tally{"end": 10, "progress": 14}, tally{"end": 12, "progress": 13}, 25, 24},
		"jsonl_ms":             {tally{"end": 119, "progress": 548}, tally{"end": 116, "progress": 537}, 653, 669},
		"oldver_no_session_id": {tally{"end": 116, "progress": 661}, tally{"end": 115, "progress": 638}, 753, 792},
		"sampled":              {tally{"end": 98, "progress": 472}, tally{"end": 144, "progress": 765}, 909, 570},
		"perfect":              {tally{"end": 150, "progress": 191}, tally{"end": 150, "progress": 191}, 341, 341},
	} {
		t.Run(sample, func(t *testing.T) {
			dir := formattest.Corpus(t, "edgeone/samples/"+sample)
			for _, name := range []string{"auto", "edgeone"} {
				cfg := config()
				cfg.Format = name
				for file, want := range map[string]tally{"entries.jsonl": c.entries, "entries.csv": c.entries, "entries.clean.jsonl": c.clean} {
					got := tally{}
					got.add(t, read(t, cfg, formattest.Lines(t, filepath.Join(dir, file))...))
					assert.Equal(t, want, got, file)
				}
				got := tally{}
				packages, err := filepath.Glob(filepath.Join(dir, "offline", "*.gz"))
				require.NoError(t, err)
				for _, file := range packages {
					got.add(t, read(t, cfg, strings.Split(strings.TrimSpace(gunzip(t, formattest.Read(t, file))), "\n")...))
				}
				assert.Equal(t, c.packages, got["end"]+got["progress"])
				assert.LessOrEqual(t, len(got), 2, got)

				got = tally{}
				for _, line := range formattest.Lines(t, filepath.Join(dir, "push.jsonl")) {
					var push struct {
						Body    string            `json:"body_b64"`
						Headers map[string]string `json:"headers"`
					}
					require.NoError(t, json.Unmarshal([]byte(line), &push))
					body, err := base64.StdEncoding.DecodeString(push.Body)
					require.NoError(t, err)
					text := string(body)
					if push.Headers["Content-Encoding"] == "gzip" {
						text = gunzip(t, body)
					}
					got.add(t, read(t, cfg, strings.Split(strings.TrimSpace(text), "\n")...))
				}
				assert.Equal(t, c.pushed, got["end"]+got["progress"])
				assert.LessOrEqual(t, len(got), 2, got)
			}
		})
	}
	got := tally{}
	got.add(t, read(t, config(), formattest.Lines(t, formattest.Corpus(t, "edgeone/samples/small/entries.dirty.jsonl"))...))
	assert.Equal(t, 26, got["end"]+got["progress"])
	assert.Equal(t, 1, got["truncated"])
}

// TestDocumentation wants what a user may meet in the documentation.
func TestDocumentation(t *testing.T) {
	doc := string(formattest.Read(t, "../../../docs/formats/edgeone.md"))
	assert.Len(t, edgeone.ErrorTypes(), 3)
	for _, s := range slices.Concat(edgeone.ErrorTypes(), []string{"l4_json", "l4_csv", "connectivity_test", "foreign"}) {
		assert.Contains(t, doc, "`"+s+"`")
	}
}
