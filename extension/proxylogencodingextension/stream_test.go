// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package proxylogencodingextension

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/open-telemetry/opentelemetry-collector-contrib/extension/encoding"

	"github.com/proxylog/proxylog/internal/countertest"
)

var errBroken = errors.New("broken")

// drain reads a stream to its end: the records of each batch, the offsets behind them, and what ended it.
func drain(t testing.TB, c *codec, from io.Reader, options ...encoding.DecoderOption) (batches [][]string, offsets []int64, err error) {
	t.Helper()
	s, err := c.NewLogsDecoder(from, options...)
	require.NoError(t, err)
	for {
		logs, err := s.DecodeLogs()
		if err != nil {
			_, again := s.DecodeLogs()
			assert.Equal(t, err, again)
			return batches, offsets, err
		}
		batches = append(batches, strings.SplitAfter(text(t, logs), "\n"))
		offsets = append(offsets, s.Offset())
	}
}

func flat(batches [][]string) (out []string) {
	for _, b := range batches {
		for _, s := range b {
			if s != "" {
				out = append(out, s)
			}
		}
	}
	return out
}

// drawLines are lines of one format, so that a batch has them in their order; some of them in pieces.
func drawLines(t *rapid.T) string {
	var out strings.Builder
	for i := range rapid.IntRange(0, 30).Draw(t, "lines") {
		line := strings.Replace(good, "300000", fmt.Sprint(i), 1)
		switch rapid.IntRange(0, 6).Draw(t, "kind") {
		case 0:
			out.WriteString("2026-11-21T23:43:15.414000000Z stdout P " + line[:50] + "\n")
			out.WriteString("2026-11-21T23:43:15.414000000Z stdout F " + line[50:] + "\n")
		case 1:
			out.WriteString("\n")
		case 2:
			out.WriteString(line + "\r\n")
		default:
			out.WriteString(line + "\n")
		}
	}
	s := out.String()
	if rapid.Bool().Draw(t, "no end") {
		s = strings.TrimSuffix(s, "\n")
	}
	return s
}

// TestStream: in whatever pieces the stream comes and batches are asked for, the records are those of the whole; and from
// the offset behind any batch, exactly the records of the later ones are read.
func TestStream(t *testing.T) {
	c, _ := start(t, "")
	rapid.Check(t, func(rt *rapid.T) {
		in := drawLines(rt)
		whole, _, err := drain(t, c, strings.NewReader(in), encoding.WithFlushBytes(0), encoding.WithFlushItems(0))
		require.ErrorIs(rt, err, io.EOF)
		require.LessOrEqual(rt, len(whole), 1)
		want := flat(whole)
		for _, s := range want {
			require.Contains(rt, s, "proxylog.haproxy.tcplog")
		}
		set := []encoding.DecoderOption{
			encoding.WithFlushBytes(rapid.Int64Range(0, 2000).Draw(rt, "flush bytes")),
			encoding.WithFlushItems(rapid.Int64Range(0, 10).Draw(rt, "flush items")),
		}
		var from io.Reader = strings.NewReader(in)
		switch rapid.IntRange(0, 3).Draw(rt, "reader") {
		case 1:
			from = iotest.OneByteReader(from)
		case 2:
			from = iotest.DataErrReader(from)
		case 3:
			from = iotest.HalfReader(from)
		}
		batches, offsets, err := drain(t, c, from, set...)
		require.ErrorIs(rt, err, io.EOF)
		require.Equal(rt, want, flat(batches))
		for i, offset := range offsets {
			rest, _, err := drain(t, c, strings.NewReader(in), append(set, encoding.WithOffset(offset))...)
			require.ErrorIs(rt, err, io.EOF)
			require.Equal(rt, flat(batches[i+1:]), flat(rest))
		}
		if len(offsets) > 0 {
			require.Equal(rt, strings.TrimRight(in, "\r\n"), strings.TrimRight(in[:offsets[len(offsets)-1]], "\r\n"))
		}
	})
}

// TestStreamBreaks: an error in the middle comes behind the lines before it, costs none, and from the offset the rest is
// read.
func TestStreamBreaks(t *testing.T) {
	c, _ := start(t, "")
	rapid.Check(t, func(rt *rapid.T) {
		in := drawLines(rt)
		at := rapid.IntRange(0, len(in)).Draw(rt, "breaks at")
		whole, _, _ := drain(t, c, strings.NewReader(in))
		s, err := c.NewLogsDecoder(io.MultiReader(strings.NewReader(in[:at]), iotest.ErrReader(errBroken)),
			encoding.WithFlushItems(rapid.Int64Range(0, 10).Draw(rt, "flush items")))
		require.NoError(rt, err)
		var before [][]string
		for err == nil {
			logs, more := s.DecodeLogs()
			if err = more; err == nil {
				before = append(before, strings.SplitAfter(text(t, logs), "\n"))
			}
		}
		require.ErrorIs(rt, err, errBroken)
		require.EqualError(rt, err, fmt.Sprintf("after byte %d: %v", strings.LastIndexByte(in[:at], '\n')+1, errBroken))
		after, _, err := drain(t, c, strings.NewReader(in), encoding.WithOffset(s.Offset()))
		require.ErrorIs(rt, err, io.EOF)
		require.Equal(rt, flat(whole), append(flat(before), flat(after)...))
	})
}

// TestFlush: a batch ends at the first line at which one of the two limits is reached.
func TestFlush(t *testing.T) {
	c, _ := start(t, "")
	in := strings.Repeat(good+"\n", 10)
	sizes := func(options ...encoding.DecoderOption) (out []int) {
		batches, _, err := drain(t, c, strings.NewReader(in), options...)
		require.ErrorIs(t, err, io.EOF)
		for _, b := range batches {
			out = append(out, len(flat([][]string{b})))
		}
		return out
	}
	assert.Equal(t, []int{10}, sizes())
	assert.Equal(t, []int{4, 4, 2}, sizes(encoding.WithFlushItems(4)))
	assert.Equal(t, []int{3, 3, 3, 1}, sizes(encoding.WithFlushBytes(int64(2*len(good)+3))))
	assert.Equal(t, []int{2, 2, 2, 2, 2}, sizes(encoding.WithFlushItems(2), encoding.WithFlushBytes(int64(2*len(good)+3))))
}

// TestFlushBetween: no batch is empty, and none ends between the pieces of a line that is whole soon.
func TestFlushBetween(t *testing.T) {
	c, _ := start(t, "")
	const head = "2026-11-21T23:43:15.414000000Z "
	for in, want := range map[string][][]string{
		"\n\n\n" + good + "\n\n": {{good}},
		head + "stdout P " + good[:50] + "\n" + head + "stderr F " + good + "\n" + head + "stdout F " + good[50:] + "\n" + good: {{good, good}, {good}},
	} {
		for _, option := range []encoding.DecoderOption{encoding.WithFlushItems(1), encoding.WithFlushBytes(1)} {
			s, err := c.NewLogsDecoder(strings.NewReader(in), option)
			require.NoError(t, err)
			var got [][]string
			logs, err := s.DecodeLogs()
			for ; err == nil; logs, err = s.DecodeLogs() {
				got = append(got, bodies(logs))
			}
			require.ErrorIs(t, err, io.EOF)
			assert.Equal(t, want, got)
		}
	}
}

// TestPieceAtTheEnd: what there is of a line is a record when the stream ends, and its offset behind it.
func TestPieceAtTheEnd(t *testing.T) {
	c, _ := start(t, "")
	in := good + "\n2026-11-21T23:43:15.414000000Z stdout P " + good[:50] + "\n"
	s, err := c.NewLogsDecoder(strings.NewReader(in))
	require.NoError(t, err)
	logs, err := s.DecodeLogs()
	require.NoError(t, err)
	require.Equal(t, 2, logs.LogRecordCount())
	assert.Contains(t, strings.Join(bodies(logs), "\n"), ": "+good[:50])
	assert.Equal(t, int64(len(in)), s.Offset())
}

// TestLineOfTheLimit: the end of a line does not count for its length.
func TestLineOfTheLimit(t *testing.T) {
	const limit = 512
	c, _ := start(t, fmt.Sprintf("max_line_bytes: %d", limit))
	for _, end := range []string{"", "\n", "\r\n"} {
		for more, oversize := range []bool{false, true} {
			s, err := c.NewLogsDecoder(strings.NewReader(strings.Repeat("x", limit+more) + end))
			require.NoError(t, err)
			logs, err := s.DecodeLogs()
			require.NoError(t, err)
			require.Equal(t, 1, logs.LogRecordCount())
			assert.Equal(t, oversize, strings.HasPrefix(bodies(logs)[0], "oversize: "), "%d more and %q", more, end)
		}
	}
}

// TestALongLineIsBounded: a line far beyond the limit is one record of its beginning, and takes no more memory.
func TestALongLineIsBounded(t *testing.T) {
	c, tel := start(t, "max_line_bytes: 512")
	const size = 8 << 20
	in := func() io.Reader {
		return io.MultiReader(strings.NewReader(good+"\n"), io.LimitReader(endless{}, size), strings.NewReader("\n"+good))
	}
	s, err := c.NewLogsDecoder(in(), encoding.WithFlushBytes(0))
	require.NoError(t, err)
	logs, err := s.DecodeLogs()
	require.NoError(t, err)
	assert.ElementsMatch(t, []string{good, good, "oversize: " + strings.Repeat("x", 512)}, bodies(logs))
	assert.Equal(t, int64(2*len(good)+2+size), s.Offset())
	assert.LessOrEqual(t, cap(s.(*stream).buf), 2048)
	assert.Equal(t, int64(1), countertest.By(t, tel, "otelcol_extension_proxylog_encoding_lines", "format", "outcome")["haproxy oversize"])
}

type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

// TestPiecesNeverEnd: where the rest of a line does not come, batches are returned all the same, and the offset stays
// before the line.
func TestPiecesNeverEnd(t *testing.T) {
	c, _ := start(t, "max_line_bytes: 512")
	const head = "2026-11-21T23:43:15.414000000Z "
	in := head + "stdout F " + good + "\n" + head + "stderr P begun\n" + strings.Repeat(head+"stdout F "+good+"\n", 100)
	s, err := c.NewLogsDecoder(strings.NewReader(in), encoding.WithFlushItems(1))
	require.NoError(t, err)
	first := int64(strings.IndexByte(in, '\n') + 1)
	for i := range 5 {
		logs, err := s.DecodeLogs()
		require.NoError(t, err)
		assert.Less(t, logs.LogRecordCount(), 20)
		assert.Equal(t, first, s.Offset(), "batch %d", i)
	}
}

func TestWrongOptions(t *testing.T) {
	c, _ := start(t, "")
	for _, option := range []encoding.DecoderOption{
		encoding.WithOffset(-1), encoding.WithFlushBytes(-1), encoding.WithFlushItems(-1), encoding.WithOffset(4),
	} {
		_, err := c.NewLogsDecoder(strings.NewReader("abc"), option)
		require.Error(t, err)
	}
	_, err := c.NewLogsDecoder(strings.NewReader("abc"), encoding.WithOffset(3))
	require.NoError(t, err)
}

// TestNoGunzip: what is packed is not unpacked here, and no panic.
func TestNoGunzip(t *testing.T) {
	c, _ := start(t, "")
	assert.Len(t, bodies(unmarshal(t, c, "\x1f\x8b\x08\x00\x00\x00\x00\x00")), 1)
}
