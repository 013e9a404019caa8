// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package proxylogreceiver

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/proxylog/proxylog/internal/attr"
)

func write(t *testing.T, path, text string) {
	t.Helper()
	require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
}

func reason(t *testing.T, r plog.LogRecord) string {
	t.Helper()
	v, _ := r.Attributes().Get(attr.ProxylogErrorType)
	return v.AsString()
}

// TestLines reads a file in which every kind of bad line stands between good ones: each costs itself alone.
func TestLines(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.log")
	huge := strings.Repeat("0123456789", 1<<20) // 10 MB
	write(t, path, "first\n"+
		"\n"+
		"  \t \n"+
		"with CR\r\n"+
		"\r\n"+
		"  indented, blank at the end \n"+
		huge+"\n"+
		"binary \x00\xff\xfe\x80\n"+
		"after\n"+
		"no end of line")
	s := newSink()
	h := start(t, fileConfig(path), s, nil)
	s.await(t, 7)
	h.stop(t)

	require.Equal(t, []string{
		"first", "with CR", "  indented, blank at the end ", huge[:1<<20], "binary \x00\xff\xfe\x80", "after", "no end of line",
	}, s.lines())
	records := s.all()
	assert.Equal(t, "oversize", reason(t, records[3]))
	assert.Equal(t, pcommon.ValueTypeBytes, records[4].Body().Type(), "what is no text is kept as bytes")
	assert.Equal(t, map[string]int64{"rejected": 6, "oversize": 1, "empty": 3}, h.lines(t))
	assert.Equal(t, map[string]int64{"unrecognized": 6, "oversize": 1}, h.sum(t, "otelcol_receiver_proxylog_rejects", "reason"))
	for _, r := range records {
		name, ok := r.Attributes().Get(attr.LogFileName)
		require.True(t, ok)
		assert.Equal(t, "a.log", name.Str())
		_, ok = r.Attributes().Get(attr.LogFilePath)
		assert.False(t, ok, "not asked for")
	}
}

// TestNearMiss counts lines that another dialect reads than the configured one, and only of the first rejected ones.
func TestNearMiss(t *testing.T) {
	const tcplog = "192.0.2.7:47846 [21/Nov/2026:23:43:14.491] fnt back/s1 1/3/80 512 -- 16/1/0/0/0 0/0\n"
	path := filepath.Join(t.TempDir(), "a.log")
	write(t, path, strings.Repeat(tcplog, 20))
	cfg := fileConfig(path)
	cfg.Decode.Format, cfg.Decode.Formats.HAProxy.LogFormat = "haproxy", []string{"httplog"}
	s := newSink()
	h := start(t, cfg, s, nil)
	s.await(t, 20)
	h.stop(t)
	assert.Equal(t, map[string]int64{"rejected": 20}, h.lines(t))
	assert.Equal(t, map[string]int64{"tcplog": 16}, h.sum(t, "otelcol_receiver_proxylog_near_misses", "dialect"))
	assert.Equal(t, map[string]int64{"haproxy": 16}, h.sum(t, "otelcol_receiver_proxylog_near_misses", "format"))
}

// TestLineLimit holds lines around max_line_bytes, with every end: up to the limit they are whole, above they are cut
// and counted once, and nothing of their rest becomes a line.
func TestLineLimit(t *testing.T) {
	const limit = 600
	for _, n := range []int{limit - 1, limit, limit + 1, limit + 2, limit + 3, limit + 4, 2 * limit, 2*limit + 3, 2*limit + 4, 20000} {
		for _, end := range []string{"\n", "\r\n"} {
			t.Run(fmt.Sprintf("%d%q", n, end), func(t *testing.T) {
				path := filepath.Join(t.TempDir(), "a.log")
				line := strings.Repeat("é", n)[:n-n%2] + strings.Repeat("x", n%2)
				write(t, path, "before"+end+line+end+end+"after"+end)
				cfg := fileConfig(path)
				cfg.MaxLineBytes = limit
				s := newSink()
				h := start(t, cfg, s, nil)
				s.await(t, 3)
				h.stop(t)
				got := s.lines()
				require.Len(t, got, 3)
				assert.Equal(t, "before", got[0])
				assert.Equal(t, "after", got[2])
				want := map[string]int64{"rejected": 2, "oversize": 1, "empty": 1}
				if n <= limit {
					assert.Equal(t, line, got[1])
					want = map[string]int64{"rejected": 3, "empty": 1}
				} else {
					assert.Equal(t, line[:limit], got[1])
					assert.True(t, utf8.ValidString(got[1]))
				}
				assert.Equal(t, want, h.lines(t))
			})
		}
	}
}

// TestCutAcrossPolls writes an over-long line piece by piece, with a rename and a restart in between: it is one record,
// and what follows it is read.
func TestCutAcrossPolls(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.log")
	m, s := newMemory(), newSink()
	cfg := func() *Config {
		cfg := fileConfig(filepath.Join(dir, "a.log*"))
		cfg.MaxLineBytes = 1000
		return cfg
	}
	add := func(path, text string) {
		f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
		require.NoError(t, err)
		_, err = f.WriteString(text)
		require.NoError(t, err)
		require.NoError(t, f.Close())
		time.Sleep(150 * time.Millisecond) // longer than force_flush_period, so that rests are flushed
	}
	h := start(t, cfg(), s, m)
	add(path, "first\n"+strings.Repeat("a", 2500))
	add(path, strings.Repeat("b", 2500))
	require.NoError(t, os.Rename(path, path+".1"))
	add(path+".1", strings.Repeat("c", 700))
	h.stop(t)
	h = start(t, cfg(), s, m)
	add(path+".1", strings.Repeat("d", 3000))
	add(path+".1", "e\nlast\n")
	s.await(t, 3)
	h.stop(t)
	require.Equal(t, []string{"first", strings.Repeat("a", 1000), "last"}, s.lines())
}

// TestPartialLine delivers a last line without an end after force_flush_period, and its continuation as a line of its
// own, whatever happens in between.
func TestPartialLine(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.log")
	write(t, path, "whole\nhal")
	m, s := newMemory(), newSink()
	h := start(t, fileConfig(path), s, m)
	s.await(t, 2)
	h.stop(t)
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	require.NoError(t, err)
	_, err = f.WriteString("ved\nnext\n")
	require.NoError(t, err)
	require.NoError(t, f.Close())
	h = start(t, fileConfig(path), s, m)
	s.await(t, 4)
	h.stop(t)
	require.Equal(t, []string{"whole", "hal", "ved", "next"}, s.lines())
}

// TestPartialLineGrows is the same without a restart: what is no piece of a line that was cut has no rest to be left out.
func TestPartialLineGrows(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.log")
	write(t, path, "whole\nhal")
	s := newSink()
	h := start(t, fileConfig(path), s, nil)
	s.await(t, 2)
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	require.NoError(t, err)
	_, err = f.WriteString("ved\nnext\n")
	require.NoError(t, err)
	require.NoError(t, f.Close())
	s.await(t, 4)
	h.stop(t)
	require.Equal(t, []string{"whole", "hal", "ved", "next"}, s.lines())
}

// TestTruncated reads a file that was truncated in place from its beginning, although it is shorter than before and begins
// as it did.
func TestTruncated(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.log")
	var lines []string
	for i := range 200 { // more than the fileconsumer knows a file by
		lines = append(lines, fmt.Sprintf("line %d", i))
	}
	text := strings.Join(lines, "\n") + "\n"
	write(t, path, text+"tail\n")
	s := newSink()
	h := start(t, fileConfig(path), s, nil)
	s.await(t, 201)
	write(t, path, text)
	s.await(t, 401)
	h.stop(t)
	require.Equal(t, append(append(lines, "tail"), lines...), s.lines())
}

// TestCompressed leaves out what rotation has compressed, whenever it appears; packed_test.go has what is read.
func TestCompressed(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "a.log"), "one\n")
	write(t, filepath.Join(dir, "a.log.2.gz"), "\x1f\x8b\x08 packed\n")
	s := newSink()
	h := start(t, fileConfig(filepath.Join(dir, "a.log*")), s, nil)
	write(t, filepath.Join(dir, "a.log.1.xz"), "\xfd7zXZ packed\n")
	s.await(t, 1)
	write(t, filepath.Join(dir, "a.log.3"), "two\n")
	s.await(t, 2)
	h.stop(t)
	assert.Equal(t, []string{"one", "two"}, s.lines())
	assert.Equal(t, 1, h.logs.FilterMessageSnippet("file::include matches compressed files; they are left out").Len())
}

// TestPatterns includes and excludes names with blanks, brackets and letters of any script, and leaves the user's settings
// as they are.
func TestPatterns(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "my logs", "журнал")
	require.NoError(t, os.MkdirAll(dir, 0o755))
	for _, name := range []string{"a b.log", "прокси.log", "日志 1.log", "a b.log.bak", "not this one.log", "e\u0301.log"} {
		write(t, filepath.Join(dir, name), name+"\n")
	}
	cfg := fileConfig(filepath.Join(dir, "*.log*"))
	exclude := append(make([]string, 0, 8), filepath.Join(dir, "not this *"), filepath.Join(dir, "*.bak"))
	cfg.File.Get().Consumer.Exclude = exclude
	s := newSink()
	h := start(t, cfg, s, nil)
	s.await(t, 4)
	write(t, filepath.Join(dir, "not this either.log"), "x\n")
	write(t, filepath.Join(dir, "нов ый.log"), "new\n")
	s.await(t, 5)
	h.stop(t)
	assert.ElementsMatch(t, []string{"a b.log", "прокси.log", "日志 1.log", "e\u0301.log", "new"}, s.lines())
	assert.Equal(t, make([]string, 6), exclude[2:cap(exclude)], "nothing is written behind them")
}

// TestAttributes adds what the user asks for about the file.
func TestAttributes(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "real.log"), "a line\n")
	require.NoError(t, os.Symlink("real.log", filepath.Join(dir, "link.log")))
	cfg := fileConfig(filepath.Join(dir, "link.log"))
	c := &cfg.File.Get().Consumer
	c.IncludeFileName, c.IncludeFilePath, c.IncludeFileNameResolved = false, true, true
	s := newSink()
	h := start(t, cfg, s, nil)
	s.await(t, 1)
	h.stop(t)
	got := s.all()[0].Attributes().AsRaw()
	assert.Equal(t, filepath.Join(dir, "link.log"), got[attr.LogFilePath])
	assert.Equal(t, "real.log", got["log.file.name_resolved"])
	assert.NotContains(t, got, attr.LogFileName)
}
