// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package g3proxy

import (
	"strings"

	"github.com/proxylog/proxylog/internal/format"
)

// sdID begins the structured data of g3proxy and of its sister daemons; an enterprise number follows.
const sdID = "[g3proxy@"

// findSD is where g3proxy's own element begins in the structured data, which relays may have added to, or -1.
func findSD(in *format.Input) int {
	h := &in.Header
	if h.SDEnd <= h.SDStart {
		return -1
	}
	if k := strings.Index(in.Line[h.SDStart:h.SDEnd], sdID); k >= 0 {
		return h.SDStart + k
	}
	return -1
}

// structured reads the pairs in the structured data of RFC 5424, and the message behind it. i is where g3proxy's
// element begins. Every value has quotes, numbers too, and the escapes are Rust's rather than RFC 5424's
// (lib/g3-syslog, format/rfc5424.rs).
func (s *source) structured(in *format.Input, i int) *format.Error {
	s.begin(in, s.rfc5424, format.KindTraffic)
	line, h := in.Line, &in.Header
	// The number behind the name.
	for i += len(sdID); i < h.SDEnd && line[i] != ' '; i++ {
	}
	if i >= h.SDEnd {
		return s.cut(in, "", h.SDEnd, "pairs")
	}
	end, err := s.pairs(in, &s.inData, i, h.SDEnd)
	if err != nil {
		return err
	}
	if end == h.SDEnd {
		return s.cut(in, "", end, "a closing bracket")
	}
	if err := s.message(in, h.Start, trimmed(line, h.Start, h.End)); err != nil {
		return err
	}
	return s.require(in, format.MissingField)
}

// trimmed is the end of a text without the blanks at its end: g3proxy writes one behind the bracket even where no
// message follows.
func trimmed(line string, start, end int) int {
	for end > start && line[end-1] == ' ' {
		end--
	}
	return end
}
