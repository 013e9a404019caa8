// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package record

import (
	"crypto/sha256"
	"strings"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
)

// rfc3339 writes times as RFC 3339 in UTC with nine fractional digits, so that they sort as text. Lines of one log are
// close in time, so the date is kept from one call to the next.
type rfc3339 struct {
	day int64
	buf [30]byte
	// text is where the times are kept: a few dozen share one piece of memory.
	text strings.Builder
}

// timesPerPiece is how many times share one piece of memory, about 1 kB.
const timesPerPiece = 34

func (c *rfc3339) format(ns int64) string {
	const perDay = 86400
	sec, frac := ns/1e9, ns%1e9
	if frac < 0 {
		sec, frac = sec-1, frac+1e9
	}
	day, s := sec/perDay, sec%perDay
	if s < 0 {
		day, s = day-1, s+perDay
	}
	if day != c.day || c.buf[0] == 0 {
		time.Unix(day*perDay, 0).UTC().AppendFormat(c.buf[:0], "2006-01-02T15:04:05.000000000Z")
		c.day = day
	}
	two(&c.buf, 11, uint32(s)/3600)
	two(&c.buf, 14, uint32(s)/60%60)
	two(&c.buf, 17, uint32(s)%60)
	n := uint32(frac)
	for i := 28; i > 20; i -= 2 {
		two(&c.buf, i-1, n%100)
		n /= 100
	}
	c.buf[20] = byte('0' + n)
	if c.text.Cap()-c.text.Len() < len(c.buf) {
		c.text = strings.Builder{}
		c.text.Grow(timesPerPiece * len(c.buf))
	}
	from := c.text.Len()
	c.text.Write(c.buf[:])
	return c.text.String()[from:]
}

// two writes a number below 100 as two digits at i.
func two(buf *[30]byte, i int, n uint32) {
	buf[i], buf[i+1] = byte('0'+n/10), byte('0'+n%10)
}

// sessionTraceID makes a trace id of a session id, so that exporters which route by trace id keep a session together.
func sessionTraceID(id string) pcommon.TraceID {
	sum := sha256.Sum256([]byte(id))
	return pcommon.TraceID(sum[:16])
}
