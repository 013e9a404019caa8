// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package envelope

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestKnownDate wants times to be read as a Parser reads them that remembers no date, whatever was read before and when.
func TestKnownDate(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	midnight := time.Date(2026, 12, 31, 23, 59, 59, 0, time.UTC)
	// Around New Year, where clocks are set, before and after a leap day, and years later.
	moments := []time.Time{
		midnight, midnight.AddDate(0, 0, 1), midnight.AddDate(0, 0, -300), midnight.AddDate(0, 0, 364), midnight.AddDate(3, 0, 0),
		time.Date(2026, 10, 25, 0, 30, 0, 0, time.UTC), time.Date(2026, 10, 25, 1, 30, 0, 0, time.UTC), time.Date(2024, 2, 29, 1, 0, 0, 0, time.UTC),
		time.Date(2027, 2, 28, 12, 0, 0, 0, time.UTC), time.Date(2028, 2, 28, 12, 0, 0, 0, time.UTC),
	}
	dates := []string{"Dec 31 ", "Jan  1 ", "Jan 1 ", "Jan 01 ", "Oct 25 ", "Feb 29 ", "Feb 28 ", "Feb 30 ", "Dec 31 2026 ", "Oct 25 2026 ", "Dec 3100"}
	clocks := []string{"00:00:00", "02:30:00", "02:30:01", "02:59:59", "12:00:00", "23:59:60", "24:00:00", "1:00:00 "}
	rapid.Check(t, func(t *rapid.T) {
		loc := rapid.SampledFrom([]*time.Location{time.UTC, berlin}).Draw(t, "zone")
		knows, forgets := NewParser(loc), NewParser(loc)
		for range 40 {
			line := rapid.SampledFrom(dates).Draw(t, "date") + rapid.SampledFrom(clocks).Draw(t, "clock") +
				rapid.SampledFrom([]string{" h t[1]: x", ".25 h t[1]: x", ".251 INFO x", "", ".", "x"}).Draw(t, "rest")
			at := rapid.SampledFrom(moments).Draw(t, "moment").Add(time.Duration(rapid.Int64Range(-48, 48).Draw(t, "hours")) * time.Hour).UnixNano()
			forgets.date = knownDate{}
			if got, want := header(&knows, line, at), header(&forgets, line, at); got != want {
				t.Fatalf("%q read at %d:\n got %+v\nwant %+v", line, at, got, want)
			}
		}
	})
}
