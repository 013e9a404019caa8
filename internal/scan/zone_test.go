// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package scan

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestZoneProperty holds a Zone against Go's own zones: each instant has a clock time, and one of the two instants of
// that clock time is the instant.
func TestZoneProperty(t *testing.T) {
	var zones []Zone
	var locations []*time.Location
	for _, name := range []string{"Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "America/St_Johns", "UTC"} {
		loc, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		locations, zones = append(locations, loc), append(zones, NewZone(loc))
	}
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, len(zones)-1).Draw(t, "zone")
		// Around the days on which clocks are set, in seconds.
		day := rapid.SampledFrom([]int64{1774746000, 1792890000, 1772953200, 1793512800, 1775318400, 1791043200, 1790000000}).Draw(t, "day")
		sec := day + rapid.Int64Range(-2*86400, 2*86400).Draw(t, "seconds")
		local := time.Unix(sec, 0).In(locations[n])
		_, off := local.Zone()
		wall := (sec + int64(off)) * 1e9
		z := &zones[n]
		first, again := z.Instant(wall), z.Again(wall)
		if first != sec*1e9 && again != sec*1e9 || first > again || again-first > 3600e9 {
			t.Fatalf("%s: %d and %d, want %d", local, first, again, sec*1e9)
		}
		if z.Latest(wall, sec*1e9) != sec*1e9 || z.Latest(wall, first-1) != first {
			t.Fatalf("%s: the latest is %d", local, z.Latest(wall, sec*1e9))
		}
	})
}

// TestStandard wants the offset of standard time in summer and in winter.
func TestStandard(t *testing.T) {
	for _, c := range []struct {
		zone, at string
		want     time.Duration
	}{
		{"Australia/Sydney", "2026-11-23T04:06:40Z", 10 * time.Hour},
		{"Australia/Sydney", "2026-06-23T04:06:40Z", 10 * time.Hour},
		{"America/St_Johns", "2026-07-01T00:00:00Z", -3*time.Hour - 30*time.Minute},
		{"Asia/Kolkata", "2026-07-01T00:00:00Z", 5*time.Hour + 30*time.Minute},
		{"UTC", "2026-07-01T00:00:00Z", 0},
	} {
		loc, err := time.LoadLocation(c.zone)
		if err != nil {
			t.Fatal(err)
		}
		at, err := time.Parse(time.RFC3339, c.at)
		if err != nil {
			t.Fatal(err)
		}
		z := NewZone(loc)
		if got := time.Duration(z.Standard(at.UnixNano())); got != c.want {
			t.Errorf("%s at %s: %v, want %v", c.zone, c.at, got, c.want)
		}
	}
	z := NewZone(nil)
	if z.Standard(0) != 0 {
		t.Error("no zone is not UTC")
	}
}
