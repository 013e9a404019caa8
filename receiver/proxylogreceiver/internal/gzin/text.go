// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package gzin

import (
	"bufio"
	"bytes"
	"errors"

	"github.com/proxylog/proxylog/internal/line"
)

// lineEnd is the longest end of a line, CR LF.
const lineEnd = 2

// next reads a line, without its end, and reports whether it was cut. Its error is the one that the text ended in; then
// rest is the line that has no end.
func (s *scan) next() (text string, cut bool, err error) {
	part, err := s.text.ReadSlice('\n')
	switch {
	case err == nil:
		s.take(part)
		text, cut = s.trim(part)
		return text, cut, nil
	case errors.Is(err, bufio.ErrBufferFull):
		return s.nextLong(part)
	}
	s.rest = part
	return "", false, err
}

// nextLong reads a line that is longer than the buffer, of which part is the beginning. The lines before it are settled
// first: from here on the checksum is ahead of them.
func (s *scan) nextLong(part []byte) (text string, cut bool, err error) {
	if err := s.settle(false); err != nil {
		return "", false, err
	}
	s.part = true
	limit := s.r.set.MaxLine + lineEnd
	var kept []byte
	for err = bufio.ErrBufferFull; ; part, err = s.text.ReadSlice('\n') {
		s.take(part)
		kept = append(kept, part[:min(len(part), limit-len(kept))]...)
		switch {
		case err == nil:
			s.part = false
			text, cut = s.trim(kept)
			return text, cut, nil
		case !errors.Is(err, bufio.ErrBufferFull):
			s.rest = kept
			return "", false, err
		case s.r.set.Sink.Stopped():
			return "", false, errStop
		}
	}
}

// trim makes a text of a line, of which kept is all or, where it is longer than a line and its end may be, a beginning.
func (s *scan) trim(kept []byte) (text string, cut bool) {
	kept = bytes.TrimSuffix(bytes.TrimSuffix(kept, []byte("\n")), []byte("\r"))
	return line.Cut(string(kept), s.r.set.MaxLine)
}
