// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package decode_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/proxylog/proxylog/internal/decode"
)

// FuzzSource reads the lines of one source, one after the other, as every format and as auto: what a source and a batch
// remember of a line must not harm the next one. Nothing panics, each line is counted once, a line read again after a
// refusal gives the same, and no record changes when others are written after it, although they share values.
func FuzzSource(f *testing.F) {
	changes := []func(*decode.Config){
		nil,
		func(c *decode.Config) { c.Format = "edgeone" },
		func(c *decode.Config) { c.Format = "envoy" },
		func(c *decode.Config) { c.Format = "g3proxy" },
		func(c *decode.Config) { c.Format, c.Formats.HAProxy.LogFormat = "haproxy", []string{"tcplog"} },
		func(c *decode.Config) {
			c.Format, c.Formats.Squid.Logformat = "squid", []string{"icap_squid", "combined"}
		},
		func(c *decode.Config) { c.Format, c.Envelope, c.Body = "haproxy", "none", "summary" },
	}
	var decoders []*decode.Decoder
	for _, change := range changes {
		cfg := decode.NewConfig()
		if change != nil {
			change(&cfg)
		}
		set := decode.Settings{Location: time.UTC, MaxLineBytes: 4000, NearMiss: func(string, string) {}}
		d, err := decode.New(cfg, set)
		if err != nil {
			f.Fatal(err)
		}
		decoders = append(decoders, d)
	}
	for i, text := range bundled(f) {
		f.Add(text, uint8(i))
	}
	f.Fuzz(func(t *testing.T, text string, which uint8) {
		lines := strings.Split(text, "\n")
		if len(lines) > maxFuzzLines {
			return
		}
		d := decoders[int(which)%len(decoders)]
		src, b := d.NewSource("s"), d.NewBatch()
		half := len(lines) / 2
		first, _ := readAll(src, b, lines[:half])
		kept := printed(t, first)
		src.Mark()
		_, once := readAll(src, b, lines[half:])
		src.Rewind()
		_, twice := readAll(src, b, lines[half:])
		if once != twice {
			t.Errorf("%d lines are counted, %d when they are read again", once, twice)
		}
		src.Flush(b, at("").Observed)
		if got := printed(t, first); got != kept {
			t.Errorf("records have changed:\n%s\nwere\n%s", got, kept)
		}
	})
}

// maxFuzzLines keeps a run short.
const maxFuzzLines = 60

// readAll reads the lines and returns their records, and how many lines were counted.
func readAll(src *decode.Source, b *decode.Batch, lines []string) (logs plog.Logs, counted int64) {
	for _, l := range lines {
		src.Decode(b, at(l))
	}
	logs, stats := b.Take()
	for f := range decode.NumFormats {
		counted += stats.Parsed[f] + stats.Rejected[f] + stats.Empty[f] + stats.Oversize[f]
	}
	return logs, counted
}

// printed is all that records hold, as bytes.
func printed(t *testing.T, logs plog.Logs) string {
	t.Helper()
	raw, err := (&plog.ProtoMarshaler{}).MarshalLogs(logs)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// bundled are the beginnings of the bundled logs.
func bundled(f *testing.F) (texts []string) {
	f.Helper()
	err := filepath.WalkDir("../../testdata", func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		raw, err := os.ReadFile(path)
		texts = append(texts, string(raw[:min(len(raw), 2000)]))
		return err
	})
	if err != nil {
		f.Fatal(err)
	}
	return texts
}
