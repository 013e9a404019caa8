// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package proxylogreceiver

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/proxylog/proxylog/internal/attr"
)

// reference splits a text as the receiver has to: what stands between line feeds, empty lines left out, a CR before
// the line feed taken off, and no more of a line than the limit.
func reference(text string, limit int) []string {
	var out []string
	for l := range strings.SplitSeq(text, "\n") {
		l = strings.TrimSuffix(l, "\r")
		if strings.TrimSpace(l) == "" {
			continue
		}
		out = append(out, l[:min(len(l), limit)])
	}
	return out
}

// TestManyFiles reads 300 files of random lines, of lengths around the limit and far above, and refuses at random.
func TestManyFiles(t *testing.T) {
	const limit = 512
	rnd := rand.New(rand.NewPCG(99, 0))
	dir := t.TempDir()
	want := make(map[string][]string)
	total := 0
	lengths := []int{0, 1, 2, 80, limit - 1, limit, limit + 1, limit + 2, limit + 3, 2 * limit, 2*limit + 4, 20000}
	for i := range 300 {
		var b strings.Builder
		fmt.Fprintf(&b, "file %d\n", i) // files with the same beginning are taken for one
		for range rnd.IntN(30) {
			b.WriteString(strings.Repeat(string(rune('a'+rnd.IntN(26))), lengths[rnd.IntN(len(lengths))]))
			b.WriteString([]string{"\n", "\r\n", "\n\n", " \n"}[rnd.IntN(4)])
		}
		b.WriteString("the end")
		name := fmt.Sprintf("%03d.log", i)
		write(t, filepath.Join(dir, name), b.String())
		want[name] = reference(b.String(), limit)
		total += len(want[name])
	}
	cfg := fileConfig(filepath.Join(dir, "*.log"))
	cfg.MaxLineBytes = limit
	// With one format all lines have one scope; records of a batch are in order within a scope.
	cfg.Decode.Format = "g3proxy"
	s := newSink()
	s.decide = refuseEvery(3)
	m := newMemory()
	h := start(t, cfg, s, m)
	s.await(t, total/2)
	h.stop(t)
	h = start(t, cfg, s, m)
	s.await(t, total)
	h.stop(t)

	got := make(map[string][]string)
	for _, r := range s.all() {
		name, _ := r.Attributes().Get(attr.LogFileName)
		got[name.Str()] = append(got[name.Str()], bodyText(r.Body()))
	}
	for name := range want {
		assert.Equal(t, want[name], got[name], name)
	}
}

// BenchmarkFile reads a file to its end, plain and packed with gzip; the lines are HAProxy's, or of no format.
func BenchmarkFile(b *testing.B) {
	const n = 100_000
	for name, text := range map[string]string{
		"tcplog":  `<134>Nov 21 23:36:50 haproxy[1234]: 10.0.0.7:41234 [21/Nov/2026:23:36:50.123] tcp_in be/srv1 1/2/345 6789 -- 10/5/3/2/0 0/0`,
		"unknown": `a line of about the same length that no format knows, so that only reading and delivering remains: 0123456789 0123456789`,
	} {
		all := []byte(strings.Repeat(text+"\n", n))
		for file, content := range map[string][]byte{"a.log": all, "a.log.gz": gzipped(b, string(all))} {
			b.Run(name+"/"+file, func(b *testing.B) {
				path := filepath.Join(b.TempDir(), file)
				require.NoError(b, os.WriteFile(path, content, 0o644))
				b.SetBytes(int64(len(all)))
				b.ReportAllocs()
				for b.Loop() {
					readAll(b, path, n)
				}
			})
		}
	}
}
