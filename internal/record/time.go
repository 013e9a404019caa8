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
// close in time, so the part down to the minute is kept from one call to the next.
type rfc3339 struct {
	minute int64
	buf    [30]byte
	// text is where the times are kept: a few dozen share one piece of memory.
	text strings.Builder
}

// timesPerPiece is how many times share one piece of memory, about 1 kB.
const timesPerPiece = 34

func (c *rfc3339) format(ns int64) string {
	sec, frac := ns/1e9, ns%1e9
	if frac < 0 {
		sec, frac = sec-1, frac+1e9
	}
	minute, s := sec/60, sec%60
	if s < 0 {
		minute, s = minute-1, s+60
	}
	if minute != c.minute || c.buf[0] == 0 {
		time.Unix(minute*60, 0).UTC().AppendFormat(c.buf[:0], "2006-01-02T15:04:05.000000000Z")
		c.minute = minute
	}
	c.buf[17], c.buf[18] = byte('0'+s/10), byte('0'+s%10)
	for i := 28; i > 19; i-- {
		c.buf[i] = byte('0' + frac%10)
		frac /= 10
	}
	if c.text.Cap()-c.text.Len() < len(c.buf) {
		c.text = strings.Builder{}
		c.text.Grow(timesPerPiece * len(c.buf))
	}
	from := c.text.Len()
	c.text.Write(c.buf[:])
	return c.text.String()[from:]
}

// sessionTraceID makes a trace id of a session id, so that exporters which route by trace id keep a session together.
func sessionTraceID(id string) pcommon.TraceID {
	sum := sha256.Sum256([]byte(id))
	return pcommon.TraceID(sum[:16])
}
