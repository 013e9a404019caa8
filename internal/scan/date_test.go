// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package scan_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/proxylog/proxylog/internal/scan"
)

// plainClock is what Clock says, read byte by byte.
func plainClock(s string, i, end int) int64 {
	if i+8 > end || s[i+2] != ':' || s[i+5] != ':' {
		return -1
	}
	h, m, sec := scan.Digits(s, i, end, 2), scan.Digits(s, i+3, end, 2), scan.Digits(s, i+6, end, 2)
	if h < 0 || h > 23 || m < 0 || m > 59 || sec < 0 || sec > 60 {
		return -1
	}
	return (h*3600 + m*60 + sec) * int64(time.Second)
}

func plainFraction(s string, i, end int) (int, int64) {
	var n int64
	unit := int64(time.Second) / 10
	from := i
	for ; i < end && s[i] >= '0' && s[i] <= '9'; i++ {
		n += int64(s[i]-'0') * unit
		unit /= 10
	}
	if i == from {
		return -1, 0
	}
	return i, n
}

func plainDate(y, mon, d int64) (int64, bool) {
	if y < 0 || mon < 1 || d < 1 {
		return 0, false
	}
	// A date that the calendar does not have is moved to one that it has.
	at := time.Date(int(y), time.Month(mon), int(d), 0, 0, 0, 0, time.UTC)
	// UnixNano can tell the years from 1678 to 2261, and parts of the two around them.
	return at.UnixNano(), y >= 1678 && y <= 2261 && at.Month() == time.Month(mon) && at.Day() == int(d)
}

func plainCommonDate(s string, i, end int) (int, int64) {
	if i+20 > end || s[i+2] != '/' || s[i+6] != '/' || s[i+11] != ':' {
		return -1, 0
	}
	mon := int64(strings.Index("JanFebMarAprMayJunJulAugSepOctNovDec", s[i+3:i+6]))
	if mon%3 != 0 {
		return -1, 0
	}
	ns, ok := plainDate(scan.Digits(s, i+7, end, 4), mon/3+1, scan.Digits(s, i, end, 2))
	c := plainClock(s, i+12, end)
	if !ok || c < 0 {
		return -1, 0
	}
	ns += c
	if i += 20; i+1 < end && s[i] == '.' {
		e, f := plainFraction(s, i+1, end)
		if e < 0 {
			return -1, 0
		}
		i, ns = e, ns+f
	}
	return i, ns
}

// plainISO is the date and clock of RFC3339.
func plainISO(s string, i, end int) (int64, bool) {
	if i+19 > end || s[i+4] != '-' || s[i+7] != '-' || strings.IndexByte("T t", s[i+10]) < 0 {
		return 0, false
	}
	ns, ok := plainDate(scan.Digits(s, i, end, 4), scan.Digits(s, i+5, end, 2), scan.Digits(s, i+8, end, 2))
	c := plainClock(s, i+11, end)
	if !ok || c < 0 {
		return 0, false
	}
	return ns + c, true
}

// variants calls fn with the text and with each of its bytes replaced by each other one, within other text and at the
// line's end.
func variants(text string, fn func(s string, i, end int)) {
	for at := -1; at < len(text); at++ {
		for c := range 256 {
			b := []byte("7" + text)
			if at >= 0 {
				b[1+at] = byte(c)
			} else if c > 0 {
				break
			}
			for _, behind := range []string{"", "5", "] 99999999"} {
				fn(string(b)+behind, 1, len(b))
			}
		}
	}
}

// TestDatesBytewise holds the readers of dates to plain ones that look at one byte after the other.
func TestDatesBytewise(t *testing.T) {
	for _, text := range []string{"21/Nov/2026:23:43:14", "29/Feb/2024:00:00:60.5", "29/Feb/1900:00:00:00", "30/Jun/1999:19:59:09.123456789012", "01/Jan/1678:00:00:00", "31/Dec/2261:23:59:60.999999999"} {
		variants(text, func(s string, i, end int) {
			e, ns := scan.CommonDate(s, i, end)
			if want, wantNs := plainCommonDate(s, i, end); e != want || ns != wantNs {
				t.Fatalf("%q: %d %d, want %d %d", s[i:end], e, ns, want, wantNs)
			}
		})
	}
	for _, text := range []string{"2026-11-22T08:44:07", "1972-02-29t23:59:60", "2000-02-29T00:00:00", "1678-01-01T00:00:00", "2261-12-31T23:59:60"} {
		variants(text, func(s string, i, end int) {
			e, ns, _ := scan.RFC3339(s, i, end)
			want, ok := plainISO(s, i, end)
			if !ok {
				want = 0
			}
			if (e >= 0) != ok || ns != want {
				t.Fatalf("%q: %d %d, want %d %v", s[i:end], e, ns, want, ok)
			}
		})
	}
	variants("23:43:14", func(s string, i, end int) {
		if got, want := scan.Clock(s, i, end), plainClock(s, i, end); got != want {
			t.Fatalf("%q: %d, want %d", s[i:end], got, want)
		}
	})
	for n := range 14 {
		variants("123456789012345"[:n], func(s string, i, end int) {
			e, ns := scan.Fraction(s, i, end)
			if want, wantNs := plainFraction(s, i, end); e != want || ns != wantNs {
				t.Fatalf("%q: %d %d, want %d %d", s[i:end], e, ns, want, wantNs)
			}
		})
	}
}

// TestUintBytewise holds Uint to the standard library.
func TestUintBytewise(t *testing.T) {
	for n := range 22 {
		variants("912345678901234567890123"[:n], func(s string, i, end int) {
			digits := len(s[i:end]) - len(strings.TrimLeft(s[i:end], "0123456789"))
			want, err := strconv.ParseInt(s[i:i+digits], 10, 64)
			e, got := scan.Uint(s, i, end)
			if (e >= 0) != (err == nil) || err == nil && (e != i+digits || got != want) {
				t.Fatalf("%q: %d %d, want %d %v", s[i:end], e, got, want, err)
			}
		})
	}
}

// TestHostPortBytewise holds HostPort and Family, which look for digits first, to the words of their comments.
func TestHostPortBytewise(t *testing.T) {
	for _, c := range []struct {
		text, host string
		port       int64
	}{
		{"h:", "h:", 0},
		{":80", "", 80},
		{"h:65535", "h", 65535},
		{"h:65536", "h:65536", 0},
		{"h:00080", "h", 80},
		{"h:000080", "h:000080", 0},
		{"[::1]:80", "::1", 80},
		{"::1", "::1", 0},
		{"::1:80", "::1:80", 0},
		{"[::1]", "::1", 0},
		{"80", "80", 0},
		{"", "", 0},
		{":", ":", 0},
		{"h:8a", "h:8a", 0},
	} {
		if host, port := scan.HostPort(c.text); host != c.host || port != c.port {
			t.Errorf("%q: %q %d, want %q %d", c.text, host, port, c.host, c.port)
		}
	}
	for text, want := range map[string]string{
		"127.0.0.1": "ipv4", "1.2.3": "", "1234": "", "": "", "...": "ipv4", "::1": "ipv6", "fe80::1%eth0": "ipv6", "1.2.3.a": "",
		"::ffff:1.2.3.4": "ipv6", "a.b.c.d": "", "1:2": "",
	} {
		if got := scan.Family(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
