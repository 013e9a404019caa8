// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package scan_test

import (
	"testing"
	"time"

	"github.com/proxylog/proxylog/internal/scan"
)

func TestLayout(t *testing.T) {
	for _, c := range []struct {
		layout, text string
		want         string // RFC 3339; a clock time as if in UTC
		instant      bool
	}{
		{"%Y-%m-%dT%H:%M:%S%z", "2026-11-21T23:49:10-0330", "2026-11-22T03:19:10Z", true},
		{"%F %T", "2026-02-28 00:00:59", "2026-02-28T00:00:59Z", false},
		{"%d/%b/%Y:%H:%M:%S %z", "01/Jan/2027:00:00:00 +0100", "2026-12-31T23:00:00Z", true},
		{"%a, %e %h %y %R%%", "Sun,  1 Mar 26 12:30%", "2026-03-01T12:30:00Z", false},
		{"%D %T", "12/31/69 23:59:60", "1970-01-01T00:00:00Z", false},
		{"@%s;", "@1795304950;", "2026-11-21T23:49:10Z", true},
		{"%c", "Sat Nov 21 23:49:10 2026", "2026-11-21T23:49:10Z", false},
		{"%A, %B %d %Y %r", "Saturday, November 21 2026 12:49:10 AM", "2026-11-21T00:49:10Z", false},
		{"%x %l:%M%p %Z %u", "11/21/26  1:09pm NST 6", "2026-11-21T13:09:00Z", false},
		{"%F%t%k%n%M", "2026-11-21\t 7\n30", "2026-11-21T07:30:00Z", false},
		{"%Y%m%d%H%M%S", "20261121234910", "2026-11-21T23:49:10Z", false},
		{"%y%j%H%M%S", "26325234910", "2026-11-21T23:49:10Z", false},
		{"%j/%Y %R %z", "366/2028 00:30 +0100", "2028-12-30T23:30:00Z", true},
	} {
		l, err := scan.NewLayout(c.layout)
		if err != nil {
			t.Errorf("%s: %v", c.layout, err)
			continue
		}
		e, ns := l.Read(c.text, 0, len(c.text))
		if got := time.Unix(0, ns).UTC().Format(time.RFC3339); e != len(c.text) || got != c.want || l.Instant != c.instant {
			t.Errorf("%s: %q is read up to byte %d as %s, instant %v; want %s, %v", c.layout, c.text, e, got, l.Instant, c.want, c.instant)
		}
		if text := l.Example(); len(text) < 2 {
			t.Errorf("%s: the example is %q", c.layout, text)
		} else if e, _ := l.Read(text, 0, len(text)); e != len(text) {
			t.Errorf("%s: of the example %q it reads up to byte %d", c.layout, text, e)
		}
		for n := range len(c.text) {
			if e, _ := l.Read(c.text, 0, n); e > n {
				t.Errorf("%s: read up to byte %d of %q", c.layout, e, c.text[:n])
			}
		}
	}
	for _, layout := range []string{"%H:%M:%S", "%F", "%F %I:%M", "%F %H:%M %G", "%z", "", "%"} {
		if _, err := scan.NewLayout(layout); err == nil {
			t.Errorf("%q is accepted", layout)
		}
	}
	if l, err := scan.NewLayout("%Y-%j %R"); err != nil {
		t.Error(err)
	} else {
		for _, text := range []string{"2026-000 00:00", "2026-366 00:00", "2028-367 00:00"} {
			if e, _ := l.Read(text, 0, len(text)); e >= 0 {
				t.Errorf("%q is read", text)
			}
		}
	}
	l, err := scan.NewLayout("%F %T")
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"2026-13-01 00:00:00", "2026-02-30 00:00:00", "2026-02-29 00:00:00", "2100-02-29 00:00:00", "2026-02-01 24:00:00", "2026-02-01 00:60:00", "2026-02-01 00:00:61", "2026-02-01", "2026-02-01x00:00:00", "20x6-02-01 00:00:00", "9999-02-01 00:00:00"} {
		if e, _ := l.Read(text, 0, len(text)); e >= 0 {
			t.Errorf("%q is read", text)
		}
	}
}

// TestPartialLayout reads dates, times of day and zones that stand alone.
func TestPartialLayout(t *testing.T) {
	for _, c := range []struct {
		layout, text      string
		want              time.Duration
		date, clock, zone bool
	}{
		{layout: "%d/%m/%y", text: "02/01/70", want: 24 * time.Hour, date: true},
		{layout: "%H:%M:%S", text: "02:03:04", want: 2*time.Hour + 3*time.Minute + 4*time.Second, clock: true},
		{layout: "%I.%M %p", text: "12.00 pm", want: 12 * time.Hour, clock: true},
		{layout: "%T%z", text: "02:00:00-0330", want: 5*time.Hour + 30*time.Minute, clock: true, zone: true},
		{layout: "%z", text: "-0330", want: -3*time.Hour - 30*time.Minute, zone: true},
	} {
		l, err := scan.NewPartialLayout(c.layout)
		if err != nil {
			t.Errorf("%s: %v", c.layout, err)
			continue
		}
		e, ns := l.Read(c.text, 0, len(c.text))
		if e != len(c.text) || time.Duration(ns) != c.want || l.Date != c.date || l.Clock != c.clock || l.Zone != c.zone {
			t.Errorf("%s: %q is read up to byte %d as %v, %+v", c.layout, c.text, e, time.Duration(ns), *l)
		}
	}
	for _, layout := range []string{"%S", "%M:%S", "%Y-%m", "%Y %d", "x%z", "%a", "", "%Q"} {
		if _, err := scan.NewPartialLayout(layout); err == nil {
			t.Errorf("%q is accepted", layout)
		}
	}
	l, err := scan.NewPartialLayout("%I:%M %p")
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"13:00 AM", "00:00 AM", "01:60 AM", "01:00 XM", "01:00 A", "25:00 PM"} {
		if e, _ := l.Read(text, 0, len(text)); e >= 0 {
			t.Errorf("%q is read", text)
		}
	}
}

func FuzzLayout(f *testing.F) {
	f.Add("%Y-%m-%dT%H:%M:%S%z", "2026-11-21T23:49:10+0000")
	f.Add("%s%b", "0")
	f.Add("%a %e %b %s %j %D %%", "Sat 21 Nov 1 001 11/21/26 %")
	f.Fuzz(func(t *testing.T, layout, text string) {
		l, err := scan.NewLayout(layout)
		if err != nil {
			return
		}
		if e, _ := l.Read(text, 0, len(text)); e > len(text) {
			t.Fatalf("read up to byte %d of %d", e, len(text))
		}
	})
}
