// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package proxylogencodingextension

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/open-telemetry/opentelemetry-collector-contrib/extension/encoding"

	"github.com/proxylog/proxylog/internal/decode"
	"github.com/proxylog/proxylog/internal/line"
)

// lineEnd is the longest end of a line, CR LF.
const lineEnd = 2

// stream reads the lines of one stream. It is not safe for concurrent use.
type stream struct {
	*codec
	*reader
	from *bufio.Reader
	set  encoding.DecoderOptions
	// read is how far the stream was read. safe is the last place up to which everything is in a batch that was
	// returned, so that reading on from there leaves nothing out.
	read, safe int64
	// err ends the stream once what was read before it was returned.
	err error
	buf []byte // reused
}

func newStream(c *codec, from io.Reader, set encoding.DecoderOptions) (*stream, error) {
	s := &stream{codec: c, reader: c.newReader(), from: bufio.NewReaderSize(from, 64<<10), set: set, read: set.Offset, safe: set.Offset}
	if set.Offset < 0 || set.FlushBytes < 0 || set.FlushItems < 0 {
		return nil, fmt.Errorf("offset %d, flush bytes %d and flush items %d must not be negative", set.Offset, set.FlushBytes, set.FlushItems)
	}
	if n, err := io.CopyN(io.Discard, s.from, set.Offset); err != nil {
		return nil, fmt.Errorf("the stream ends at byte %d, before offset %d: %w", n, set.Offset, err)
	}
	return s, nil
}

// Offset implements encoding.LogsDecoder: the byte behind the last line that is in a batch returned by DecodeLogs. It is
// before a line whose pieces are not all read.
func (s *stream) Offset() int64 { return s.safe }

// DecodeLogs implements encoding.LogsDecoder: the next batch, and io.EOF behind the last one. An error of the stream
// comes after the batch of the lines before it; a line that it has cut is in none.
func (s *stream) DecodeLogs() (plog.Logs, error) {
	if s.err != nil {
		return plog.Logs{}, s.err
	}
	begin, safe := s.read, s.safe
	for s.err == nil {
		// A batch ends between lines that belong together only where their end does not come for long.
		over := s.read - begin
		if s.source.Holds() {
			over -= int64(s.maxLine)
		}
		if n := int64(s.batch.Len()); n > 0 && (s.set.FlushBytes > 0 && over >= s.set.FlushBytes ||
			s.set.FlushItems > 0 && n >= s.set.FlushItems && (!s.source.Holds() || over > 0)) {
			break
		}
		text, cut, err := s.next()
		if err != nil {
			s.err = err
			if !errors.Is(err, io.EOF) {
				s.err = fmt.Errorf("after byte %d: %w", s.read, err)
				break
			}
		}
		if err == nil || text != "" || cut {
			s.source.Decode(s.batch, decode.Line{Text: text, Cut: cut, Observed: s.now()})
		}
		if err != nil {
			s.source.Flush(s.batch, s.now())
		}
		if !s.source.Holds() {
			safe = s.read
		}
	}
	s.safe = safe
	logs, stats := s.batch.Take()
	s.readings.Add(context.Background(), &stats)
	if logs.LogRecordCount() == 0 && s.err != nil {
		return plog.Logs{}, s.err
	}
	return logs, nil
}

// next reads a line, without its end; cut says that only its beginning is returned. With io.EOF comes what stands behind
// the last end of line, if anything; with any other error, nothing.
func (s *stream) next() (text string, cut bool, err error) {
	s.buf = s.buf[:0]
	var length int64
	for {
		piece, err := s.from.ReadSlice('\n')
		length += int64(len(piece))
		// What is longer is counted and forgotten: no line takes more memory than it may.
		s.buf = append(s.buf, piece[:min(len(piece), s.maxLine+lineEnd-len(s.buf))]...)
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return "", false, err
		}
		s.read += length
		content := length
		if err == nil {
			content--
		}
		whole := s.buf[:min(content, int64(len(s.buf)))]
		if int64(len(whole)) == content {
			whole = bytes.TrimSuffix(whole, []byte{'\r'})
		}
		text, cut = line.Cut(string(whole), s.maxLine)
		return text, cut, err
	}
}
