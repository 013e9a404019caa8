// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package envelope

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// edits are a text, all its beginnings, and what one byte that is put in, changed or left out makes of it.
func edits(text string) (list []string) {
	const others = "0123459 :.,-+TZzaFJM\t"
	list = append(list, text)
	for i := range len(text) {
		list = append(list, text[:i], text[:i]+text[i+1:])
		for _, c := range others {
			list = append(list, text[:i]+string(c)+text[i+1:], text[:i]+string(c)+text[i:])
		}
	}
	return list
}

// number is a group of digits, 0 where there is none.
func number(t *testing.T, s string) int {
	t.Helper()
	if s == "" {
		return 0
	}
	n, err := strconv.Atoi(s)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// moment is a time in UTC, false where a part of it is out of its range, to which a leap second belongs, or where it cannot be
// told in nanoseconds since 1970.
func moment(year, mon, day int, clock, fraction string) (time.Time, bool) {
	date, ok := time.Parse("2006-1-2", fmt.Sprintf("%d-%d-%d", year, mon, day))
	var h, m, s int
	_, err := fmt.Sscanf(clock, "%02d:%02d:%02d", &h, &m, &s)
	ns, _ := strconv.Atoi((fraction + "000000000")[:9])
	at := date.Add(time.Duration(h)*time.Hour + time.Duration(m)*time.Minute + time.Duration(s)*time.Second + time.Duration(ns))
	return at, ok == nil && err == nil && h < 24 && m < 60 && s <= 60 && year > 1677 && year < 2262
}

// zone is the difference from UTC that ±hh, ±hhmm or ±hh:mm says.
func zone(t *testing.T, s string) time.Duration {
	t.Helper()
	if !strings.ContainsAny(s, "+-") {
		return 0
	}
	digits := strings.ReplaceAll(s[1:], ":", "") + "00"
	d := time.Duration(number(t, digits[:2]))*time.Hour + time.Duration(number(t, digits[2:4]))*time.Minute
	if s[0] == '-' {
		d = -d
	}
	return d
}

// month is the number of a month by its short name, 0 where there is none.
func month(name string) int {
	i := strings.Index("JanFebMarAprMayJunJulAugSepOctNovDec", name)
	if i%3 != 0 {
		return 0
	}
	return i/3 + 1
}

// TestTimesNearlyRight holds what is taken for a time, and where it ends, against a regular expression and the time package,
// over headers and all that one byte makes of them.
func TestTimesNearlyRight(t *testing.T) {
	const days, clock = `(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)`, `(\d\d:\d\d:\d\d)`
	type result struct {
		end     int
		at      int64
		precise bool
	}
	bsd := regexp.MustCompile(`^([A-Z][a-z][a-z]) +(\d\d?) (?:(\d{4}) )?` + clock + `(?:\.(\d+))? `)
	full := regexp.MustCompile(`^` + days + ` (\d{4})-(\d\d)-(\d\d)[ Tt]` + clock + `([.,]\d+)? (?:(?:UTC|GMT|([-+](?:[01]\d|2[0-3])(?::?[0-5]\d)?))|([\w.()/][\w./()-]*)) `)
	ctime := regexp.MustCompile(`^` + days + ` ([A-Z][a-z][a-z]) ( \d|\d\d) ` + clock + ` (\d{4}) (?:(kern|user|mail|daemon|auth|syslog|lpr|news|uucp|` +
		`cron|authpriv|ftp|ntp|security|console|clock|local[0-7])\.(emerg|alert|crit|err|warn|notice|info|debug) )?`)
	for _, c := range []struct {
		lines []string
		read  func(line string) result
		want  func(line string) result
	}{
		{
			[]string{"Nov 21 23:43:19 host", "Nov  2 23:43:19 host", "Feb 29 2024 23:59:60.25 host", "Dec 31 00:00:00.123456789 h", "Jan 1 00:00:00 ", "May 31 1970 01:01:01 h", "Nov           1 2024 01:01:01 h"},
			func(line string) (r result) {
				p := NewParser(time.UTC)
				var h Header
				if end, ok := p.bsdTime(line, 0, observed.UnixNano(), &h); ok {
					r = result{end: end, at: h.Time}
				}
				return r
			},
			func(line string) (r result) {
				m := bsd.FindStringSubmatch(line)
				if m == nil {
					return r
				}
				mon, day, year := month(m[1]), number(t, m[2]), number(t, m[3])
				if m[3] != "" {
					if at, ok := moment(year, mon, day, m[4], m[5]); ok && year >= 1970 {
						r = result{end: len(m[0]), at: at.UnixNano()}
					}
					return r
				}
				for year = observed.Year() + 1; year > observed.Year()-8; year-- {
					at, ok := moment(year, mon, day, m[4], "")
					if ok && !at.After(observed.AddDate(0, 0, 1)) {
						at, _ = moment(year, mon, day, m[4], m[5])
						return result{end: len(m[0]), at: at.UnixNano()}
					}
				}
				return r
			},
		},
		{
			[]string{
				"Sun 2026-11-22 20:45:43 UTC host", "Wed 2026-11-22 20:45:43.123456 CET host", "Sat 2026-11-22T20:45:43,5 GMT x",
				"Sun 2026-11-22 20:45:43 +05 x", "Mon 2026-11-22 20:45:43.1 -0330 x", "Tue 2026-11-22 20:45:43.25 +12:45 x", "Sun 2026-11-22 20:45:43+01:00 CET",
				"Sun Nov 22 20:45:43 2026 daemon.info host", "Thu Nov  2 20:45:43 2026 host", "Fri Feb 29 23:59:60 2024 local7.emerg x", "Wed Jul  4 20:45:43 1970 ",
			},
			func(line string) (r result) {
				p := NewParser(time.UTC)
				h := Header{Priority: -1}
				if end := p.dayTime(line, 0, &h); end > 0 {
					r = result{end, h.Time, h.Precise}
				}
				return r
			},
			func(line string) (r result) {
				if m := full.FindStringSubmatch(line); m != nil {
					at, ok := moment(number(t, m[1]), number(t, m[2]), number(t, m[3]), m[4], strings.TrimLeft(m[5], ".,"))
					if !ok {
						return r
					}
					return result{len(m[0]), at.Add(-zone(t, m[6])).UnixNano(), m[5] != "" && m[7] == ""}
				}
				if m := ctime.FindStringSubmatch(line); m != nil {
					if at, ok := moment(number(t, m[4]), month(m[1]), number(t, strings.TrimSpace(m[2])), m[3], ""); ok && at.Year() >= 1970 {
						return result{end: len(m[0]), at: at.UnixNano()}
					}
				}
				return r
			},
		},
	} {
		for _, sample := range c.lines {
			found := 0
			for _, line := range edits(sample) {
				got, want := c.read(line), c.want(line)
				if got != want {
					t.Errorf("%q: got %+v, want %+v", line, got, want)
				}
				if want.end > 0 {
					found++
				}
			}
			t.Logf("%q: %d are headers", sample, found)
		}
	}
}

// TestCRINearlyRight holds what is taken for a line of a container's against a regular expression.
func TestCRINearlyRight(t *testing.T) {
	want := regexp.MustCompile(`^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d:\d\d:\d\d)([.,]\d+)?([Zz]|[-+](?:[01]\d|2[0-3]):?[0-5]\d) std(?:out|err) (F|P)(?::[^ ]*)?(?: (.*))?$`)
	for _, sample := range []string{
		stamp + " stdout F a b", stamp + " stderr P:x a", "2026-11-21T23:45:02Z stdout F", "2026-11-21T23:45:02+0130 stdout F  a",
		"2026-11-21T23:45:02.1234567890123-10:00 stderr F a",
	} {
		for _, line := range edits(sample) {
			got := take(NewWrapper(ModeCRI, 0), line)
			m := want.FindStringSubmatch(line)
			ok, at := m != nil, time.Time{}
			if ok {
				at, ok = moment(number(t, m[1]), number(t, m[2]), number(t, m[3]), m[4], strings.TrimLeft(m[5], ".,"))
			}
			switch {
			case ok != (got.Result != Plain):
				t.Errorf("%q: got %+v, want %q", line, got, m)
			case got.Result == Unwrapped && (got.Time != at.Add(-zone(t, m[6])).UnixNano() || got.Text != m[8]):
				t.Errorf("%q: got %+v, want %q at %v", line, got, m, at)
			}
		}
	}
}
