// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package scan

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestCalendar holds a Calendar and Instant equal, over times of few dates with little things different.
func TestCalendar(t *testing.T) {
	var c Calendar
	rnd := rand.New(rand.NewPCG(1, 2))
	pick := func(list ...string) string { return list[rnd.IntN(len(list))] }
	read := 0
	for range 200000 {
		s := pick("2026-11-20", "2026-11-20", "2026-11-21", "2024-02-29", "1969-12-31", "2262-01-01", "2026-13-01") + pick("T", "T", "T", " ", "t") +
			pick("00", "23", "09", "24", "1:", "/0") + pick(":", ":", ":", "-") + pick("00", "59", "60", "5x", "\xff0") + ":" + pick("00", "07", "59", "60", "61", "0", ":0") +
			pick("", "", ".5", ".123", ".123456789123", ".", ",5") + pick("Z", "Z", "Z", "z", "+01:00", "-0130", "", "Zx")
		if rnd.IntN(10) == 0 {
			s = pick("", "1795132860", "1795132860123", "17951328601234567890", "2026", "-")
		}
		want, ok := Instant(s)
		got, is := c.Instant(s)
		require.Equal(t, ok, is, s)
		require.Equal(t, want, got, s)
		if ok {
			read++
		}
	}
	require.Greater(t, read, 10000)
}

func BenchmarkCalendar(b *testing.B) {
	var c Calendar
	for b.Loop() {
		if _, ok := c.Instant("2026-11-20T12:34:56.789Z"); !ok {
			b.Fatal()
		}
	}
}

func BenchmarkInstant(b *testing.B) {
	for b.Loop() {
		if _, ok := Instant("2026-11-20T12:34:56.789Z"); !ok {
			b.Fatal()
		}
	}
}
