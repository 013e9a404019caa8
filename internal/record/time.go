// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package record

import (
	"crypto/sha256"
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"
)

// rfc3339 writes times as RFC 3339 in UTC with nine fractional digits, so that they sort as text. The two dates written
// last are kept, since mostly they are the same: around midnight records have times of both days.
type rfc3339 struct {
	now, other dated
	// text is where the times are kept: a few dozen share one piece of memory.
	text strings.Builder
}

// dated is the text of a time, of which the date is that of day, counted from 1970-01-01; day counts once the text is set.
type dated struct {
	day  int64
	text [30]byte
}

// timesPerPiece is how many times share one piece of memory, about 1 kB.
const timesPerPiece = 34

func (c *rfc3339) format(ns int64) string {
	day, of := split(ns)
	if day != c.now.day || c.now.text[0] == 0 {
		if c.now, c.other = c.other, c.now; day != c.now.day || c.now.text[0] == 0 {
			c.now.date(day)
		}
	}
	buf := &c.now.text
	c.now.clock(of)
	if c.text.Cap()-c.text.Len() < len(buf) {
		c.text = strings.Builder{}
		c.text.Grow(timesPerPiece * len(buf))
	}
	from := c.text.Len()
	c.text.Write(buf[:])
	return c.text.String()[from:]
}

// FormatTime writes a time, given in nanoseconds since 1970, as RFC 3339 in UTC with nine fractional digits, as attributes
// have it.
func FormatTime(ns int64) string {
	var d dated
	day, of := split(ns)
	d.date(day)
	d.clock(of)
	return string(d.text[:])
}

// split is the day of a time, counted from 1970-01-01, and the nanoseconds of it that have passed.
func split(ns int64) (day, of int64) {
	const perDay = 86400e9
	if day, of = ns/perDay, ns%perDay; of < 0 {
		day, of = day-1, of+perDay
	}
	return day, of
}

// clock writes the time of day, in nanoseconds.
func (d *dated) clock(of int64) {
	s, n := uint32(of/1e9), uint32(of%1e9)
	two(&d.text, 11, s/3600)
	two(&d.text, 14, s/60%60)
	two(&d.text, 17, s%60)
	for i := 28; i > 20; i -= 2 {
		two(&d.text, i-1, n%100)
		n /= 100
	}
	d.text[20] = byte('0' + n)
}

// date writes the date of a day, counted from 1970-01-01, and what stands between the numbers. It is scan.Days the other
// way round: years begin in March, and 400 of them have 146097 days. A time in nanoseconds lies between 1677 and 2262.
func (d *dated) date(day int64) {
	copy(d.text[:], "0000-00-00T00:00:00.000000000Z")
	d.day = day
	n := uint32(day + 719468)
	era, n := n/146097, n%146097
	y := (n - n/1460 + n/36524 - n/146096) / 365
	n -= 365*y + y/4 - y/100
	m := (5*n + 2) / 153
	two(&d.text, 8, n-(153*m+2)/5+1)
	y += era * 400
	if m += 3; m > 12 {
		m, y = m-12, y+1
	}
	two(&d.text, 5, m)
	two(&d.text, 0, y/100)
	two(&d.text, 2, y%100)
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
