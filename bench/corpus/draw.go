// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package corpus

import (
	"strconv"
	"time"
)

// stamp draws the time of the line in a layout of package time.
func stamp(layout string) draw {
	return func(s *state, _ string, buf []byte) []byte { return s.now.AppendFormat(buf, layout) }
}

// earlier draws a time shortly before that of the line.
func earlier(layout string) draw {
	return func(s *state, _ string, buf []byte) []byte {
		return s.now.Add(-time.Duration(s.rng.Int64N(int64(time.Minute)))).AppendFormat(buf, layout)
	}
}

// unixNano draws the time of the line in nanoseconds since 1970.
func unixNano(s *state, _ string, buf []byte) []byte {
	return strconv.AppendInt(buf, s.now.UnixNano(), 10)
}

// unixMillis draws the time of the line in seconds since 1970 with three digits.
func unixMillis(s *state, _ string, buf []byte) []byte {
	ms := s.now.UnixMilli()
	buf = append(strconv.AppendInt(buf, ms/1000, 10), '.')
	for unit := int64(100); unit > 0; unit /= 10 {
		buf = append(buf, byte('0'+ms/unit%10))
	}
	return buf
}

// near draws a number of about the size that was captured.
func near(s *state, was string, buf []byte) []byte {
	n, err := strconv.ParseInt(was, 10, 64)
	if err != nil || n < 0 {
		return append(buf, was...)
	}
	return strconv.AppendInt(buf, n/2+s.rng.Int64N(n+1), 10)
}

// port draws a client's port.
func port(s *state, _ string, buf []byte) []byte {
	return strconv.AppendInt(buf, 32768+s.rng.Int64N(28232), 10)
}

// address draws one of 2^17 clients, from the network for benchmarks (RFC 2544).
func address(s *state, _ string, buf []byte) []byte {
	n := s.rng.IntN(1 << 17)
	buf = strconv.AppendInt(append(buf, "198."...), int64(18+n>>16), 10)
	buf = strconv.AppendInt(append(buf, '.'), int64(n>>8&255), 10)
	return strconv.AppendInt(append(buf, '.'), int64(n&255), 10)
}

// digits draws as many digits as were captured, the first not zero.
func digits(s *state, was string, buf []byte) []byte {
	for i := range len(was) {
		d := byte('0' + s.rng.IntN(10))
		if i == 0 && d == '0' {
			d = '1'
		}
		buf = append(buf, d)
	}
	return buf
}

// hex draws as many hexadecimal digits as were captured; what is none stays, as the hyphens of a UUID.
func hex(s *state, was string, buf []byte) []byte {
	for i := range len(was) {
		c := was[i]
		if c >= '0' && c <= '9' || c >= 'a' && c <= 'f' {
			c = "0123456789abcdef"[s.rng.IntN(16)]
		}
		buf = append(buf, c)
	}
	return buf
}
