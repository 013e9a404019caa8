// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package scan

import (
	"net/netip"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestHostPort(t *testing.T) {
	for in, want := range map[string]struct {
		host string
		port int64
	}{
		"127.0.0.1:80":       {"127.0.0.1", 80},
		"127.0.0.1":          {"127.0.0.1", 0},
		"[::1]:8443":         {"::1", 8443},
		"[::1]":              {"::1", 0},
		"::1":                {"::1", 0},
		"2001:db8::1:80":     {"2001:db8::1:80", 0}, // no brackets: all of it may be the address
		"example.com:443":    {"example.com", 443},
		"example.com":        {"example.com", 0},
		"example.com:99999":  {"example.com:99999", 0},
		"10.253.168.4:0":     {"10.253.168.4", 0},
		"[fe80::1%eth0]:443": {"fe80::1%eth0", 443},
		"[127.0.0.1]:8080":   {"127.0.0.1", 8080},
		"":                   {"", 0},
		":80":                {"", 80},
		"host with space:18": {"host with space", 18},
	} {
		if host, port := HostPort(in); host != want.host || port != want.port {
			t.Errorf("HostPort(%q) = %q, %d, want %q, %d", in, host, port, want.host, want.port)
		}
	}
}

func TestFamily(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		if rapid.Bool().Draw(t, "v4") {
			a := netip.AddrFrom4([4]byte(rapid.SliceOfN(rapid.Byte(), 4, 4).Draw(t, "a")))
			if got := Family(a.String()); got != "ipv4" {
				t.Fatalf("Family(%s) = %q", a, got)
			}
			return
		}
		a := netip.AddrFrom16([16]byte(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "a")))
		if got := Family(a.String()); got != "ipv6" {
			t.Fatalf("Family(%s) = %q", a, got)
		}
	})
	for _, s := range []string{"", "unix", "example.com", "1.2.3", "a.b.c.d", "-", "dead.beef", "localhost", "10.0.0-1.5", "10.0.0/1.5"} {
		if got := Family(s); got != "" {
			t.Errorf("Family(%q) = %q, want none", s, got)
		}
	}
}

func TestHex(t *testing.T) {
	for c := range 256 {
		want, err := strconv.ParseUint(string([]byte{byte(c)}), 16, 8)
		if err != nil {
			want = 16
		}
		if got := Hex(byte(c)); got != byte(want) {
			t.Errorf("Hex(%#x) = %d, want %d", c, got, want)
		}
	}
}

func TestIntAgainstStrconv(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringMatching(`-?[0-9]{1,22}`).Draw(t, "s")
		want, err := strconv.ParseInt(s, 10, 64)
		got, ok := Whole(s)
		if ok != (err == nil) && s != "-9223372036854775808" { // the one value whose digits alone do not fit
			t.Fatalf("Whole(%q) ok = %v, strconv says %v", s, ok, err)
		}
		if ok && got != want {
			t.Fatalf("Whole(%q) = %d", s, got)
		}
	})
}

func TestMonth(t *testing.T) {
	for m := time.January; m <= time.December; m++ {
		date := "21/" + m.String()[:3] + "/2026:01:02:03"
		want := time.Date(2026, m, 21, 1, 2, 3, 0, time.UTC).UnixNano()
		if e, ns := CommonDate(date, 0, len(date)); e != len(date) || ns != want || Month(date, 3, len(date)) != int64(m) {
			t.Errorf("%s: %d, %d", date, e, ns)
		}
	}
}

func TestTimesAgainstTheLibrary(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ns := rapid.Int64Range(0, 4e18).Draw(t, "ns")
		off := rapid.IntRange(-14*4, 14*4).Draw(t, "quarters") * 900
		at := time.Unix(0, ns).In(time.FixedZone("", off))

		s := at.Format(time.RFC3339Nano)
		if e, got, zoned := RFC3339(s, 0, len(s)); e != len(s) || got != ns || !zoned {
			t.Fatalf("RFC3339(%q) = %d, %d, %v, want %d", s, e, got, zoned, ns)
		}
		utc := at.UTC().Truncate(time.Millisecond)
		s = utc.Format("02/Jan/2006:15:04:05.000")
		if e, got := CommonDate(s, 0, len(s)); e != len(s) || got != utc.UnixNano() {
			t.Fatalf("CommonDate(%q) = %d, %d, want %d", s, e, got, utc.UnixNano())
		}
		s = at.Format("-0700")
		if e, got := Offset(s, 0, len(s)); e != len(s) || got != int64(off)*1e9 {
			t.Fatalf("Offset(%q) = %d, %d, want %d s", s, e, got, off)
		}
	})
}

// shown is the first instant at which a clock of the zone shows what wall does in UTC, found by trying all; a time that the
// clock never shows is read with the offset of the day before.
func shown(wall time.Time, loc *time.Location) time.Time {
	const quarter = 15 * time.Minute // no zone has set its clock by less since 1970
	for at := wall.Add(-16 * time.Hour); at.Before(wall.Add(16 * time.Hour)); at = at.Add(quarter) {
		if at.In(loc).Format(time.DateTime) == wall.Format(time.DateTime) {
			return at
		}
	}
	_, off := wall.AddDate(0, 0, -1).In(loc).Zone()
	return wall.Add(-time.Duration(off) * time.Second)
}

// TestZoneAgainstTheLibrary holds Instant against the library's clocks. Not against time.Date, which does not say which of
// two instants it chooses.
func TestZoneAgainstTheLibrary(t *testing.T) {
	changes := []time.Time{
		time.Date(1998, 10, 25, 2, 0, 0, 0, time.UTC), time.Date(2011, 3, 13, 2, 0, 0, 0, time.UTC),
		time.Date(2026, 3, 29, 2, 0, 0, 0, time.UTC), time.Date(2026, 11, 1, 1, 0, 0, 0, time.UTC), time.Date(2026, 4, 5, 1, 30, 0, 0, time.UTC),
	}
	for _, name := range []string{"America/New_York", "Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "Asia/Kathmandu"} {
		loc, err := time.LoadLocation(name)
		if err != nil {
			t.Skipf("no tz database: %v", err)
		}
		rapid.Check(t, func(t *rapid.T) {
			z := NewZone(loc)
			for range 5 {
				wall := time.Unix(rapid.Int64Range(9e8, 2e9).Draw(t, "s"), 0).UTC()
				if rapid.IntRange(0, 3).Draw(t, "set") == 0 {
					// In the hours in which clocks are set.
					wall = rapid.SampledFrom(changes).Draw(t, "change").Add(time.Duration(rapid.IntRange(-120, 240).Draw(t, "minutes")) * time.Minute)
				}
				want := shown(wall, loc)
				if got := z.Instant(wall.UnixNano()); got != want.UnixNano() {
					t.Fatalf("%s in %s is %s, want %s", wall.Format(time.DateTime), name, time.Unix(0, got).UTC(), want.UTC())
				}
			}
		})
	}
}

func TestDuration(t *testing.T) {
	for in, want := range map[string]time.Duration{
		"30.656µs": 30656, "30.656μs": 30656, "30.656us": 30656, "1.093ms": 1093000, "7261.004s": 7261004 * time.Millisecond,
		"12ns": 12, "5m": 5 * time.Minute, "1.5h": 90 * time.Minute, "136.854µs": 136854,
	} {
		if got, ok := Duration(in); !ok || got != int64(want) {
			t.Errorf("Duration(%q) = %d, %v, want %d", in, got, ok, want)
		}
	}
	for _, in := range []string{"", "s", "1", "1h2m", "-1s", "1.s.", "99999999999999999999s", "9223372036854775807h", "1 s"} {
		if got, ok := Duration(in); ok {
			t.Errorf("Duration(%q) = %d, want none", in, got)
		}
	}
}

func FuzzTimes(f *testing.F) {
	f.Add("2026-11-21T23:36:50.850793+00:00")
	f.Add("21/Nov/2026:23:43:14.491 +0000")
	f.Fuzz(func(t *testing.T, s string) {
		for i := range len(s) + 1 {
			if e, _, _ := RFC3339(s, i, len(s)); e > len(s) {
				t.Fatal("beyond the end")
			}
			if e, _ := CommonDate(s, i, len(s)); e > len(s) {
				t.Fatal("beyond the end")
			}
			Offset(s, i, len(s))
			Duration(s[i:])
			HostPort(s[i:])
		}
	})
}
