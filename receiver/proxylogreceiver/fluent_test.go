// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package proxylogreceiver

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"io"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/stanza/operator/helper"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/consumer/consumererror"
	"go.opentelemetry.io/collector/receiver/receivertest"

	"github.com/proxylog/proxylog/internal/format/formattest"
	"github.com/proxylog/proxylog/internal/msgpack"
)

// fluentConfig listens on some port of this machine.
func fluentConfig() *Config {
	cfg := createDefaultConfig().(*Config)
	cfg.Fluent.GetOrInsertDefault().Endpoint = "127.0.0.1:0"
	return cfg
}

// forward is a message in Forward mode, with the name of a chunk unless that is empty.
func forward(chunk, tag string, lines ...string) string {
	b := msgpack.AppendArray(nil, 2)
	if chunk != "" {
		b = msgpack.AppendArray(nil, 3)
	}
	b = msgpack.AppendArray(msgpack.AppendStr(b, tag), len(lines))
	for _, l := range lines {
		b = append(msgpack.AppendArray(b, 2), "\xce\x6a\xcb\x12\x35"...)
		b = msgpack.AppendStr(msgpack.AppendStr(msgpack.AppendMap(b, 1), "log"), l)
	}
	if chunk != "" {
		b = msgpack.AppendStr(msgpack.AppendStr(msgpack.AppendMap(b, 1), "chunk"), chunk)
	}
	return string(b)
}

// single is a message in Message mode.
func single(line string) string {
	b := append(msgpack.AppendStr(msgpack.AppendArray(nil, 3), "tag"), "\xce\x6a\xcb\x12\x35"...)
	return string(msgpack.AppendStr(msgpack.AppendStr(msgpack.AppendMap(b, 1), "log"), line))
}

// acked wants the acknowledgement of a chunk, and nothing else.
func acked(t *testing.T, conn net.Conn, chunk string) {
	t.Helper()
	want := string(msgpack.AppendStr(msgpack.AppendStr(msgpack.AppendMap(nil, 1), "ack"), chunk))
	got := make([]byte, len(want))
	require.NoError(t, conn.SetReadDeadline(time.Now().Add(soon)))
	_, err := io.ReadFull(conn, got)
	require.NoError(t, err)
	require.Equal(t, want, string(got))
}

// silent wants nothing to come for a moment.
func silent(t *testing.T, conn net.Conn) {
	t.Helper()
	require.NoError(t, conn.SetReadDeadline(time.Now().Add(50*time.Millisecond)))
	n, err := conn.Read(make([]byte, 1))
	var timeout net.Error
	require.ErrorAs(t, err, &timeout)
	assert.True(t, timeout.Timeout())
	assert.Zero(t, n)
}

// TestFluentCaptures sends what g3proxy has sent, in pieces of several sizes, and compares records and times with an
// independent decoder's. Nothing is sent back.
func TestFluentCaptures(t *testing.T) {
	type decoded struct {
		File   string
		Time   struct{ Sec, Nsec int64 }
		Record map[string]any
	}
	for name, dir := range map[string]string{"bundled": "", "corpus": "g3proxy/fluentd"} {
		t.Run(name, func(t *testing.T) {
			files := []string{formattest.Testdata("g3proxy/ok/fluentd.msgpack"), formattest.Testdata("g3proxy/ok/fluentd-task.msgpack")}
			oracles := []string{formattest.Testdata("g3proxy/ok/fluentd.expected.jsonl"), formattest.Testdata("g3proxy/ok/fluentd-task.expected.jsonl")}
			if dir != "" {
				oracles = []string{formattest.Corpus(t, dir+"/decoded-fluentd.jsonl")}
				var err error
				files, err = filepath.Glob(filepath.Join(formattest.Corpus(t, dir), "*.msgpack"))
				require.NoError(t, err)
				require.Greater(t, len(files), 30)
			}
			var want []string
			for _, oracle := range oracles {
				for l := range strings.Lines(string(formattest.Read(t, oracle))) {
					var d decoded
					require.NoError(t, json.Unmarshal([]byte(l), &d))
					body, err := json.Marshal([]any{d.Time.Sec*1e9 + d.Time.Nsec, d.Record})
					require.NoError(t, err)
					want = append(want, string(body))
				}
			}
			s := newSink()
			h := start(t, fluentConfig(), s, nil)
			for i, f := range files {
				conn := dial(t, "tcp", h.address(t))
				for rest := formattest.Read(t, f); len(rest) > 0; {
					n := min(len(rest), 1+i*997)
					send(t, conn, string(rest[:n]))
					rest = rest[n:]
					if i%2 == 0 && len(rest) < 3000 {
						time.Sleep(time.Millisecond) // so that the pieces come by themselves
					}
				}
				if i == 0 {
					silent(t, conn)
				}
				require.NoError(t, conn.Close())
			}
			s.await(t, len(want))
			h.stop(t)
			var got []string
			for _, r := range s.all() {
				var record map[string]any
				require.NoError(t, json.Unmarshal([]byte(bodyText(r.Body())), &record))
				text, err := json.Marshal([]any{int64(r.Timestamp()), record})
				require.NoError(t, err)
				got = append(got, string(text))
			}
			slices.Sort(want)
			slices.Sort(got)
			assert.Equal(t, want, got)
			assert.Equal(t, map[string]int64{"parsed": int64(len(want))}, h.lines(t))
		})
	}
}

// TestFluentLines reads lines that another program has put into records, whatever the other inputs' envelope is, and
// gives the same records as a file.
func TestFluentLines(t *testing.T) {
	text := string(formattest.Read(t, formattest.Testdata("g3proxy/ok/rfc5424.log")))
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	path := filepath.Join(t.TempDir(), "a.log")
	write(t, path, text)
	files := newSink()
	h := start(t, fileConfig(path), files, nil)
	files.await(t, len(lines))
	h.stop(t)
	want := recordTexts(t, files)
	for _, envelope := range []string{"auto", "none"} {
		s := newSink()
		cfg := fluentConfig()
		cfg.Decode.Envelope = envelope
		h = start(t, cfg, s, nil)
		conn := dial(t, "tcp", h.address(t))
		send(t, conn, forward("c1", "syslog.local", lines...))
		acked(t, conn, "c1")
		h.stop(t)
		assert.Equal(t, want, recordTexts(t, s))
	}
}

// TestAcknowledgement comes when the next consumer has accepted all of a chunk, in one call, and once.
func TestAcknowledgement(t *testing.T) {
	var busy atomic.Bool
	busy.Store(true)
	var sizes []int
	s := newSink()
	s.decide = func(_ context.Context, bodies []string) error {
		if busy.Load() {
			return errBusy
		}
		sizes = append(sizes, len(bodies))
		return nil
	}
	h := start(t, fluentConfig(), s, nil)
	conn := dial(t, "tcp", h.address(t))
	send(t, conn, single("not acknowledged")+forward("one", "a", slices.Repeat([]string{"x"}, 1000)...))
	require.Eventually(t, func() bool { return s.refusals() > 1 }, soon, time.Millisecond)
	silent(t, conn)
	busy.Store(false)
	acked(t, conn, "one")
	send(t, conn, forward("two", "a"))
	acked(t, conn, "two")
	send(t, conn, "\xc0"+forward("", "a", "y"))
	s.await(t, 1002)
	silent(t, conn)
	h.stop(t)
	assert.Equal(t, []int{1, 1000, 1}, sizes)
	assert.Equal(t, map[string]int64{"rejected": 1002}, h.lines(t))
}

// TestFluentPermanentRefusal acknowledges what is refused for good, since it would be again, and counts it.
func TestFluentPermanentRefusal(t *testing.T) {
	s := newSink()
	s.decide = func(context.Context, []string) error { return consumererror.NewPermanent(errBusy) }
	h := start(t, fluentConfig(), s, nil)
	conn := dial(t, "tcp", h.address(t))
	send(t, conn, forward("one", "a", "x", "y"))
	acked(t, conn, "one")
	h.stop(t)
	assert.Equal(t, map[string]int64{"refused": 2}, h.lines(t))
}

// TestFluentBackPressure stops reading a connection while its records are refused, and loses none.
func TestFluentBackPressure(t *testing.T) {
	s, busy := newBusySink()
	h := start(t, fluentConfig(), s, nil)
	conn := dial(t, "tcp", h.address(t))
	const n = 20000
	message := single(strings.Repeat("x", 1000))
	sent := make(chan error, 1)
	go func() {
		_, err := conn.Write(bytes.Repeat([]byte(message), n))
		sent <- err
	}()
	select {
	case err := <-sent:
		t.Fatalf("20 MB were taken although nothing was accepted (%v)", err)
	case <-time.After(300 * time.Millisecond):
	}
	busy.Store(false)
	require.NoError(t, <-sent)
	s.await(t, n)
	h.stop(t)
	assert.Equal(t, n, s.len())
}

// TestFluentBadData costs the entry that is bad, and the connection where nobody can say what follows.
func TestFluentBadData(t *testing.T) {
	s := newSink()
	cfg := fluentConfig()
	cfg.MaxLineBytes = 600
	cfg.Fluent.Get().MaxMessageBytes = 64 << 10
	h := start(t, cfg, s, nil)
	conn := dial(t, "tcp", h.address(t))
	long := single(strings.Repeat("x", 700))
	send(t, conn, single("a")+"\x93\xa3tag\x01\x02"+long+single("b"))
	s.await(t, 4)
	closed := func(data string) {
		conn := dial(t, "tcp", h.address(t))
		send(t, conn, data)
		require.NoError(t, conn.SetReadDeadline(time.Now().Add(soon)))
		_, err := conn.Read(make([]byte, 1))
		require.Error(t, err)
		var timeout net.Error
		assert.False(t, asTimeout(err, &timeout), "the connection stays open")
	}
	closed("\xc1 no message")
	closed("GET / HTTP/1.1\r\n\r\n")
	closed(strings.Repeat("\x91", 100) + "\x01")
	closed(single(strings.Repeat("x", 65<<10)))
	half := dial(t, "tcp", h.address(t))
	send(t, half, single("cut off")[:12])
	require.NoError(t, half.Close())
	chunk := dial(t, "tcp", h.address(t))
	send(t, chunk, forward("c", "tag", "will come again")[:20])
	require.NoError(t, chunk.Close())
	s.await(t, 9)
	h.stop(t)
	assert.Equal(t, 1, s.count("a"))
	assert.Equal(t, 1, s.count("b"))
	assert.Equal(t, 1, s.count("\x93\xa3tag\x01\x02"))
	assert.Equal(t, 1, s.count(long[:600]))
	assert.Equal(t, 1, s.count("\xc1 no message"))
	assert.Equal(t, 1, s.count("GET / HTTP/1.1"))
	assert.Equal(t, 1, s.count(single("cut off")[:12]))
	assert.Equal(t, map[string]int64{"rejected": 7, "oversize": 2}, h.lines(t))
	assert.Positive(t, h.logs.FilterMessageSnippet("a connection is closed").Len())
}

func asTimeout(err error, timeout *net.Error) bool {
	e, ok := err.(net.Error) //nolint:errorlint // it comes from the connection as it is
	*timeout = e
	return ok && e.Timeout()
}

// TestFluentLongMessages counts a message that is too long once, keeps its beginning, and acknowledges it only where what
// follows can be told from it. Nothing of it is read as a record, and the records around it are.
func TestFluentLongMessages(t *testing.T) {
	entry := forward("", "tag", strings.Repeat("x", 1000))[len("\x92\xa3tag\x91"):]
	entries := strings.Repeat(entry, 70) // more than 64 KiB
	packed := func(entries, option string) string {
		head := string(msgpack.AppendStr([]byte{0x93}, "tag"))
		return head + string(msgpack.AppendStr(nil, entries)) + option
	}
	var gz bytes.Buffer
	w := gzip.NewWriter(&gz)
	_, err := w.Write([]byte(entries))
	require.NoError(t, err)
	require.NoError(t, w.Close())
	zipped := packed(gz.String(), "\x82\xa5chunk\xa1c\xaacompressed\xa4gzip")
	require.Less(t, len(zipped), 2000)
	zst, err := zstd.NewWriter(nil)
	require.NoError(t, err)
	zstded := packed(string(zst.EncodeAll([]byte(entries), nil)), "\x82\xa5chunk\xa1c\xaacompressed\xa4zstd")
	many := slices.Repeat([]string{strings.Repeat("x", 1000)}, 70)
	for name, c := range map[string]struct {
		message string
		acked   bool
		limit   int64 // of a line, in bytes
	}{
		"message":                       {single(strings.Repeat("x", 70_000)), false, 1000},
		"forward":                       {forward("", "tag", many...), false, 1000},
		"forward with a chunk":          {forward("c", "tag", many...), false, 1000},
		"packed":                        {packed(entries, "\x80"), false, 1000},
		"packed, lines longer than it":  {packed(entries, "\x80"), false, 1 << 20},
		"message, lines longer than it": {single(strings.Repeat("x", 70_000)), false, 1 << 20},
		"too long once it is unpacked":  {zipped, true, 2000},
		"likewise, zstd":                {zstded, true, 2000},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSink()
			cfg := fluentConfig()
			cfg.MaxLineBytes = helper.ByteSize(c.limit)
			cfg.Fluent.Get().MaxMessageBytes = 64 << 10
			h := start(t, cfg, s, nil)
			conn := dial(t, "tcp", h.address(t))
			send(t, conn, single("before"))
			s.await(t, 1)
			_, _ = conn.Write([]byte(c.message)) // the connection may be closed before its end
			if c.acked {
				acked(t, conn, "c")
				send(t, conn, single("behind"))
				s.await(t, 3)
			} else {
				require.NoError(t, conn.SetReadDeadline(time.Now().Add(soon)))
				n, err := conn.Read(make([]byte, 1))
				require.Error(t, err)
				assert.Zero(t, n, "it is acknowledged")
				var timeout net.Error
				assert.False(t, asTimeout(err, &timeout), "the connection stays open")
				s.await(t, 2)
			}
			h.stop(t)
			long := s.all()[1]
			assert.Equal(t, "oversize", reason(t, long))
			body := s.lines()[1]
			assert.Equal(t, c.message[:min(len(c.message), 100)], body[:min(len(body), 100)])
			assert.LessOrEqual(t, len(body), int(min(c.limit, 64<<10)))
			assert.Equal(t, int64(1), h.lines(t)["oversize"])
			assert.Equal(t, int64(s.len()-1), h.lines(t)["rejected"])
		})
	}
}

// TestFluentShutdown delivers what was read and does not come again, and does not acknowledge what is refused.
func TestFluentShutdown(t *testing.T) {
	s := newSink()
	s.decide = func(_ context.Context, bodies []string) error {
		if slices.Contains(bodies, "refused") {
			return errBusy
		}
		return nil
	}
	h := start(t, fluentConfig(), s, nil)
	plain, chunked := dial(t, "tcp", h.address(t)), dial(t, "tcp", h.address(t))
	send(t, chunked, forward("c", "tag", "refused"))
	send(t, plain, single("first"))
	s.await(t, 1)
	third := single("third")[:15]
	send(t, plain, single("second")+third)
	s.await(t, 2) // so that all of it was read, since it comes in one piece
	require.Eventually(t, func() bool { return s.refusals() > 0 }, soon, time.Millisecond)
	require.NoError(t, h.Shutdown(shortly()))
	got, err := io.ReadAll(chunked)
	require.NoError(t, err)
	assert.Empty(t, got)
	assert.Equal(t, []string{"first", "second", third}, s.lines())
	assert.Equal(t, map[string]int64{"rejected": 3}, h.lines(t), "what comes again is not counted")
}

// TestFluentMaxConnections turns away who is too many.
func TestFluentMaxConnections(t *testing.T) {
	s := newSink()
	cfg := fluentConfig()
	cfg.Fluent.Get().MaxConnections = 1
	h := start(t, cfg, s, nil)
	send(t, dial(t, "tcp", h.address(t)), single("a"))
	s.await(t, 1)
	_, err := dial(t, "tcp", h.address(t)).Read(make([]byte, 1))
	require.ErrorIs(t, err, io.EOF)
	h.stop(t)
	assert.Equal(t, 1, h.logs.FilterMessageSnippet("max_connections").Len())
}

// forwarder sends each line in a chunk of its own, until it is acknowledged.
type forwarder struct{ *contract }

func (f forwarder) Generate() []receivertest.UniqueIDAttrVal {
	return f.generate("line-%06d", func(line string) {
		conn := dial(f.t, "tcp", f.address())
		defer conn.Close()
		send(f.t, conn, forward(line, "tag", line))
		acked(f.t, conn, line)
	})
}

func TestConsumeContractFluent(t *testing.T) {
	c := newContract(t, 200)
	c.check(fluentConfig(), forwarder{c})
}
