// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package filein

import (
	"bytes"
	"os"
	"slices"
	"strings"
	"time"
	"unsafe"

	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/stanza/fileconsumer/attrs"
	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/stanza/operator/helper"

	"github.com/proxylog/proxylog/internal/attr"
	"github.com/proxylog/proxylog/internal/decode"
	"github.com/proxylog/proxylog/internal/line"
	"github.com/proxylog/proxylog/internal/record"
	"github.com/proxylog/proxylog/receiver/proxylogreceiver/internal/deliver"
)

// lineEnd is the longest end of a line, CR LF.
const lineEnd = 2

// pieceSize is the length, in bytes, of the pieces in which a line comes that is longer than maxLine. A line of maxLine
// bytes comes whole, with its end.
func pieceSize(maxLine int) helper.ByteSize { return helper.ByteSize(maxLine + lineEnd) }

// stream is what is remembered of a file from one batch to the next. One goroutine has it at a time.
type stream struct {
	path     string
	source   *decode.Source
	constant []record.KV
	items    []deliver.Item // reused
	turn     uint64         // the poll in which the last batch was settled
	next     int64          // the offset behind the last line that was settled
	rest     bool           // at next stands the rest of a line whose beginning was cut and delivered
}

// take finds or makes the stream of the file with these attributes. It belongs to the caller until it is put back.
func (in *Input) take(attributes map[string]any) *stream {
	path, _ := attributes[attrs.LogFilePath].(string)
	s, ok := in.streams.Take(path)
	if !ok {
		s = &stream{path: path}
	}
	if s.source == nil || len(attributes) > 2 {
		// More than name and path, such as the target of a symbolic link, may change under the same path.
		if constant := in.cfg.constant(attributes); s.source == nil || !slices.Equal(constant, s.constant) {
			s.constant = constant
			s.source = in.set.Decoder.NewSource(path, constant...)
		}
	}
	return s
}

// constant is what the user wants to be told about the file, for every record.
func (c *Config) constant(attributes map[string]any) []record.KV {
	var out []record.KV
	for key, v := range attributes {
		text, ok := v.(string)
		switch {
		case !ok || key == attrs.LogFilePath && !c.Consumer.IncludeFilePath:
			continue
		case key == attrs.LogFilePath:
			key = attr.LogFilePath
		case key == attrs.LogFileName:
			key = attr.LogFileName
		}
		out = append(out, record.KV{Key: key, Str: text})
	}
	slices.SortFunc(out, func(a, b record.KV) int { return strings.Compare(a.Key, b.Key) })
	return out
}

// lines makes items of the fileconsumer's tokens and leaves out the rest of lines that were cut. The second result is
// whether the last token was a piece of such a line and more of it follows.
//
// The texts are the tokens' own bytes, not copies: the fileconsumer makes each token anew for its callback
// (encoding.Decoder.Bytes) and never writes to it again. TestTokensStay fails when that changes.
func (s *stream) lines(tokens [][]byte, offsets []int64, maxLine int, now time.Time) ([]deliver.Item, bool) {
	rest := s.rest
	if offsets[0] != s.next {
		// The file goes by this name only now, was truncated, or the receiver was restarted.
		rest = isRest(s.path, offsets[0], tokens[0], int(pieceSize(maxLine)))
	}
	items := s.items[:0]
	for i, token := range tokens {
		// A line's end is not in the token but between the offsets. Without one, the token is a piece of a line that
		// is too long, or the beginning of one that nothing was added to for force_flush_period.
		ended := offsets[i+1]-offsets[i] > int64(len(token))
		if rest {
			rest = !ended
			continue
		}
		rest = !ended && len(token) >= int(pieceSize(maxLine))
		text, cut := line.Cut(unsafe.String(unsafe.SliceData(token), len(token)), maxLine)
		items = append(items, deliver.Item{Source: s.source, Line: decode.Line{Text: text, Cut: cut, Observed: now}})
	}
	s.items = items
	return items, rest
}

// isRest reports whether at the offset of a file stands the rest of a line that was cut: then the piece bytes before it
// hold no end of line. It looks at the file of that path, and makes sure that it is the file of which first was read.
func isRest(path string, offset int64, first []byte, piece int) bool {
	if offset < int64(piece) {
		return false
	}
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	buf := make([]byte, 1)
	if _, err := f.ReadAt(buf, offset-1); err != nil || buf[0] == '\n' {
		return false
	}
	buf = make([]byte, piece)
	if _, err := f.ReadAt(buf, offset-int64(piece)); err != nil || bytes.IndexByte(buf, '\n') >= 0 {
		return false
	}
	buf = buf[:min(len(first), len(buf))]
	if _, err := f.ReadAt(buf, offset); err != nil {
		return false
	}
	return bytes.Equal(buf, first[:len(buf)])
}
