// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package proxylogreceiver

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/processor"
	"go.opentelemetry.io/collector/processor/processortest"
	"go.opentelemetry.io/collector/receiver/receivertest"

	"github.com/proxylog/proxylog/internal/attr"
	"github.com/proxylog/proxylog/internal/format/formattest"
	"github.com/proxylog/proxylog/processor/sessionstitchprocessor"
)

// gzipped compresses a text.
func gzipped(t testing.TB, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := w.Write([]byte(text))
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return b.Bytes()
}

// place puts a file in its place at once.
func place(t *testing.T, path string, content []byte) {
	t.Helper()
	require.NoError(t, os.WriteFile(path+".part", content, 0o644))
	require.NoError(t, os.Rename(path+".part", path))
}

// TestGzip reads gzip files that a pattern names, beside plain files, each with its own name, and reads them on after a
// restart.
func TestGzip(t *testing.T) {
	dir := t.TempDir()
	m, s := newMemory(), newSink()
	write(t, filepath.Join(dir, "a.log"), "plain\n")
	place(t, filepath.Join(dir, "b.log.gz"), gzipped(t, "packed\nlast"))
	place(t, filepath.Join(dir, "left.out.gz"), gzipped(t, "nothing\n"))
	cfg := func() *Config {
		cfg := fileConfig(filepath.Join(dir, "*.log"), filepath.Join(dir, "*.gz"))
		cfg.File.Get().Consumer.Exclude = []string{filepath.Join(dir, "left*")}
		return cfg
	}
	h := start(t, cfg(), s, m)
	s.await(t, 3)
	assert.Zero(t, h.logs.FilterMessageSnippet("left out").Len())
	assert.Zero(t, h.logs.FilterMessageSnippet("matches no file").Len())
	h.stop(t)
	assert.Equal(t, map[string]int64{"rejected": 3}, h.lines(t))

	place(t, filepath.Join(dir, "b.log.gz"), gzipped(t, "packed\nlast\nmore\n"))
	h = start(t, cfg(), s, m)
	s.await(t, 4)
	time.Sleep(50 * time.Millisecond) // for what must not come again
	h.stop(t)
	names := make(map[string]string)
	for _, r := range s.all() {
		v, _ := r.Attributes().Get(attr.LogFileName)
		names[bodyText(r.Body())] = v.Str()
	}
	assert.Equal(t, map[string]string{"plain": "a.log", "packed": "b.log.gz", "last": "b.log.gz", "more": "b.log.gz"}, names)
	assert.Len(t, s.lines(), 4)
}

// TestGzipHangingConsumer saves no position after a Shutdown that could not wait.
func TestGzipHangingConsumer(t *testing.T) {
	dir := t.TempDir()
	place(t, filepath.Join(dir, "a.gz"), gzipped(t, "one\ntwo\n"))
	m, s := newMemory(), newSink()
	hangs, release := make(chan struct{}), make(chan struct{})
	s.decide = func(context.Context, []string) error {
		close(hangs)
		<-release
		return nil
	}
	h := start(t, fileConfig(filepath.Join(dir, "*.gz")), s, m)
	<-hangs
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	require.ErrorIs(t, h.Shutdown(ctx), context.DeadlineExceeded)
	left := m.copy()
	close(release)
	s.await(t, 2)
	assert.Equal(t, left.data, m.copy().data)

	again := newSink()
	h = start(t, fileConfig(filepath.Join(dir, "*.gz")), again, left)
	again.await(t, 2)
	h.stop(t)
}

// packer generates lines into a gzip file, a member each.
type packer struct {
	writer
	gz *gzip.Writer
}

func (p *packer) Start() {
	p.runs++
	f, err := os.Create(filepath.Join(p.dir, fmt.Sprintf("run%d.gz", p.runs)))
	require.NoError(p.t, err)
	p.file, p.gz = f, gzip.NewWriter(f)
}

func (p *packer) Generate() []receivertest.UniqueIDAttrVal {
	time.Sleep(time.Millisecond) // so that there are many batches
	return p.generate("line-%06d of no format", func(line string) {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.gz.Reset(p.file)
		_, err := p.gz.Write([]byte(line + "\n"))
		require.NoError(p.t, err)
		require.NoError(p.t, p.gz.Close())
	})
}

func TestConsumeContractGzip(t *testing.T) {
	dir := t.TempDir()
	c := newContract(t, 500)
	c.check(fileConfig(filepath.Join(dir, "*.gz")), &packer{writer: writer{contract: c, dir: dir}})
}

// sessions is a session_stitch that releases everything when it is shut down.
func sessions(t *testing.T) (processor.Logs, *consumertest.LogsSink) {
	t.Helper()
	f := sessionstitchprocessor.NewFactory()
	cfg := f.CreateDefaultConfig()
	const never = "8760h"
	require.NoError(t, confmap.NewFromStringMap(map[string]any{
		"idle_timeout": never, "end_linger": never, "late_window": never, "max_lifetime": "0s",
	}).Unmarshal(cfg))
	out := new(consumertest.LogsSink)
	p, err := f.CreateLogs(t.Context(), processortest.NewNopSettings(component.MustNewType("session_stitch")), cfg, out)
	require.NoError(t, err)
	require.NoError(t, p.Start(t.Context(), componenttest.NewNopHost()))
	return p, out
}

// truth is what a session's truth file says of it.
type truth struct {
	ID        string `json:"session_id"`
	Open      bool   `json:"open_at_end"`
	Generated int64  `json:"entries_generated"`
	Sent      int64  `json:"client_to_edge_bytes"`
	Received  int64  `json:"edge_to_client_bytes"`
}

func truths(t *testing.T, path string) map[string]truth {
	t.Helper()
	f, err := os.Open(path)
	require.NoError(t, err)
	defer f.Close()
	out := make(map[string]truth)
	dec := json.NewDecoder(bufio.NewReader(f))
	for {
		var tr truth
		err := dec.Decode(&tr)
		if err == io.EOF {
			return out
		}
		require.NoError(t, err)
		if tr.Generated > 0 { // a session that wrote nothing yet cannot be seen
			out[tr.ID] = tr
		}
	}
}

// tally is the sum of a session's outputs; those without a name are one.
func tally(t *testing.T, sink *consumertest.LogsSink) map[string]truth {
	t.Helper()
	out := make(map[string]truth)
	for _, l := range sink.AllLogs() {
		formattest.Each(l, func(r plog.LogRecord) {
			number := func(key string) int64 { v, _ := r.Attributes().Get(key); return v.Int() }
			id, ok := r.Attributes().Get(attr.ProxySessionID)
			if !ok {
				id = pcommon.NewValueStr("")
			}
			complete, _ := r.Attributes().Get(attr.ProxySessionComplete)
			tr := out[id.Str()]
			tr.ID, tr.Open = id.Str(), !complete.Bool()
			tr.Generated += number(attr.ProxySessionParts)
			tr.Sent += number(attr.ProxyClientBytesSent)
			tr.Received += number(attr.ProxyClientBytesReceived)
			out[id.Str()] = tr
		})
	}
	return out
}

// sum is what all sessions have together.
func sum(sessions map[string]truth) truth {
	var all truth
	for _, s := range sessions {
		all.Generated += s.Generated
		all.Sent += s.Sent
		all.Received += s.Received
	}
	return all
}

// TestEdgeOnePackages downloads EdgeOne's hourly packages as their service gives them, growing in steps and again and
// again, while batches are refused and the receiver is stopped and killed, beside a plain file with the entries that
// were pushed, with their retries: the sessions' totals are the true ones, each entry counted once. Packages hold every
// entry that the edge wrote (entries.clean.jsonl), also those whose push was lost.
func TestEdgeOnePackages(t *testing.T) {
	for _, sample := range []string{"main", "perfect", "sampled", "jsonl_ms", "small", "oldver_no_session_id"} {
		t.Run(sample, func(t *testing.T) {
			folder := formattest.Corpus(t, "edgeone/samples/"+sample)
			packages, err := filepath.Glob(filepath.Join(folder, "offline", "*.gz"))
			require.NoError(t, err)
			require.NotEmpty(t, packages)
			dir := t.TempDir()
			cfg := func() *Config {
				cfg := fileConfig(filepath.Join(dir, "*.jsonl"), filepath.Join(dir, "*.gz"))
				cfg.Decode.Format = "edgeone"
				return cfg
			}
			pushed, err := os.ReadFile(filepath.Join(folder, "entries.jsonl"))
			require.NoError(t, err)
			write(t, filepath.Join(dir, "pushed.jsonl"), string(pushed))

			stitch, out := sessions(t)
			s := newSink()
			var calls atomic.Int64
			refusing := func(context.Context, []string) error {
				if calls.Add(1)%4 == 0 {
					return errBusy
				}
				return nil
			}
			s.decide = refusing
			next, err := consumer.NewLogs(func(ctx context.Context, logs plog.Logs) error {
				copied := plog.NewLogs()
				logs.CopyTo(copied)
				if err := s.ConsumeLogs(ctx, copied); err != nil {
					return err
				}
				return stitch.ConsumeLogs(ctx, logs)
			})
			require.NoError(t, err)

			var all []string
			texts := make([]string, len(packages))
			for i, p := range packages {
				texts[i] = ungzipped(t, p)
				all = append(all, strings.Split(strings.TrimSuffix(texts[i], "\n"), "\n")...)
			}
			clean, err := os.ReadFile(filepath.Join(folder, "entries.clean.jsonl"))
			require.NoError(t, err)
			assert.Equal(t, strings.Split(strings.TrimSuffix(string(clean), "\n"), "\n"), all, "what packages hold")

			m := newMemory()
			var left *memory
			for step := range 3 {
				h := start(t, cfg(), next, m)
				for i, p := range packages {
					part := texts[i]
					if step < 2 {
						part = part[:strings.LastIndexByte(part[:len(part)*(step+1)/3], '\n')+1]
					}
					place(t, filepath.Join(dir, filepath.Base(p)), gzipped(t, part))
				}
				time.Sleep(100 * time.Millisecond) // somewhere in the middle
				if step == 1 {
					left = m.copy()
				}
				h.stop(t)
			}
			// The last download is that of the service itself, in its own packing.
			for _, p := range packages {
				content, err := os.ReadFile(p)
				require.NoError(t, err)
				place(t, filepath.Join(dir, filepath.Base(p)), content)
			}
			pushes := make(map[string]int)
			for l := range strings.Lines(string(pushed)) {
				pushes[strings.TrimSuffix(l, "\n")]++
			}
			h := start(t, cfg(), next, m)
			require.Eventually(t, func() bool {
				return !slices.ContainsFunc(all, func(l string) bool { return s.count(l) <= pushes[l] })
			}, soon, 10*time.Millisecond)
			h.stop(t)
			for _, l := range all {
				require.Equal(t, pushes[l]+1, s.count(l), l)
			}
			assert.Equal(t, []string(nil), s.others(all, slices.Collect(maps.Keys(pushes))))

			// After a kill some are delivered once more, and change nothing.
			h = start(t, cfg(), next, left)
			time.Sleep(200 * time.Millisecond) // for what may come; more or less of it makes no difference
			h.stop(t)
			require.NoError(t, stitch.Shutdown(t.Context()))
			want := truths(t, filepath.Join(folder, "truth.jsonl"))
			got := tally(t, out)
			if sample == "oldver_no_session_id" {
				// Sessions have no names, so that only their sums can be compared.
				want, got = map[string]truth{"": sum(want)}, map[string]truth{"": sum(got)}
			}
			assert.Equal(t, want, got)
		})
	}
}

func ungzipped(t *testing.T, path string) string {
	t.Helper()
	f, err := os.Open(path)
	require.NoError(t, err)
	defer f.Close()
	r, err := gzip.NewReader(f)
	require.NoError(t, err)
	text, err := io.ReadAll(r)
	require.NoError(t, err)
	return string(text)
}
