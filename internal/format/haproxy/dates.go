// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package haproxy

import (
	"strings"

	"github.com/proxylog/proxylog/internal/directive"
	"github.com/proxylog/proxylog/internal/field"
	"github.com/proxylog/proxylog/internal/scan"
)

// Dates of expressions: date, accept_date and request_date are seconds since 1970, or milliseconds or microseconds where
// the argument says so; ltime, utime and their kin print them by a layout of strftime, in local time or in GMT (the
// manual's sections 7.3.1 and 7.3.2).

// epoch is the code of a fetch of a date.
func epoch(c call) code {
	role, unit := roleLogDate, c.argument(1)
	switch c.name {
	case "accept_date":
		role, unit = roleAcceptDate, c.argument(0)
	case "request_date":
		role, unit = roleRequestDate, c.argument(0)
	}
	if c.name == "date" && c.argument(0) != "" && c.argument(0) != "0" {
		role = 0 // another time than that of the line
	}
	scale := int64(1e9)
	switch unit {
	case "ms":
		scale = 1e6
	case "us":
		scale = 1e3
	}
	return code{field: field.Field{Role: role}, text: plain, shape: directive.Shape{
		Kind: directive.KindFunc, Set: decimals, Expect: "a time since 1970",
		Func: func(line string, i, end int) (int, int64) {
			e, n := scan.Uint(line, i, end)
			if e < 0 || n > (1<<63-1)/scale {
				return -1, 0
			}
			return e, n * scale
		},
	}}
}

// formatted is the code of a date that a converter prints by its layout; false for other converters. A layout that
// cannot be read back leaves a text.
func formatted(c code, conv call) (code, bool) {
	fraction := 0
	switch conv.name {
	case "ltime", "utime":
	case "ms_ltime", "ms_utime":
		fraction = 3
	case "us_ltime", "us_utime":
		fraction = 6
	default:
		return c, false
	}
	layout := conv.arguments()[0]
	if offset := conv.argument(1); offset != "" && offset != "0" {
		c.field.Role = 0 // so many seconds are added to the time: it is another one
	}
	c.text, c.field.Conv = raw, field.Str
	read, err := dateReader(layout, fraction)
	if err != nil {
		c.shape, c.field.Role = freeText, 0
		return c, true
	}
	c.shape = directive.Shape{Kind: directive.KindFunc, Func: read, Expect: "a date as " + layout}
	c.text, c.field.Conv = plain, field.None
	return c, true
}

// dateReader reads times by a layout. %N is the fraction of the second, of so many digits.
func dateReader(layout string, digits int) (directive.Func, error) {
	head, tail, fractional := strings.Cut(layout, "%N")
	if !fractional {
		l, err := scan.NewLayout(layout)
		if err != nil {
			return nil, err
		}
		return l.Read, nil
	}
	l, err := scan.NewLayout(head)
	if err != nil {
		return nil, err
	}
	before, after, zoned := strings.Cut(tail, "%z")
	if strings.Contains(before+after, "%") {
		return nil, &syntaxError{0, "what follows %N cannot be read back"}
	}
	return func(line string, i, end int) (int, int64) {
		e, ns := l.Read(line, i, end)
		if e < 0 || e+digits > end {
			return -1, 0
		}
		n := scan.Digits(line, e, end, digits)
		if n < 0 {
			return -1, 0
		}
		for k := digits; k < 9; k++ {
			n *= 10
		}
		if e += digits; !strings.HasPrefix(line[e:end], before) {
			return -1, 0
		}
		e += len(before)
		if zoned {
			var off int64
			if e, off = scan.Offset(line, e, end); e < 0 {
				return -1, 0
			}
			ns -= off
		}
		if !strings.HasPrefix(line[e:end], after) {
			return -1, 0
		}
		return e + len(after), ns + n
	}, nil
}

// isLocal reports whether what a code prints is a clock time of HAProxy's zone and not an instant.
func isLocal(code string) bool {
	if code == "%t" || code == "%tr" {
		return true
	}
	_, layout, ok := strings.Cut(code, "ltime(")
	return ok && !strings.Contains(layout, "%z") && !strings.Contains(layout, "%s")
}
