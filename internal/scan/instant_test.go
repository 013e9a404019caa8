// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package scan

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestInstant(t *testing.T) {
	want := time.Date(2026, 11, 20, 1, 2, 3, 0, time.UTC)
	for s, offset := range map[string]time.Duration{
		"2026-11-20T01:02:03Z":            0,
		"2026-11-20t01:02:03z":            0,
		"2026-11-20 01:02:03":             0,
		"2026-11-20T09:02:03+08:00":       0,
		"2026-11-20T09:02:03.5+0800":      500 * time.Millisecond,
		"2026-11-20T01:02:03.123456789Z":  123456789,
		"2026-11-20T01:02:03.1234567899Z": 123456789,
		"2026-11-20 01:02:03,25Z":         250 * time.Millisecond,
		"1795136523":                      0,
		"1795136523.75":                   750 * time.Millisecond,
		"1795136523004":                   4 * time.Millisecond,
		"1795136523004.5":                 4500 * time.Microsecond,
		"1795136523004005":                4005 * time.Microsecond,
		"1795136523004005006":             4005006,
		"1795136523004005006.9":           4005006,
	} {
		got, ok := Instant(s)
		if assert.True(t, ok, s) {
			assert.Equal(t, want.Add(offset), time.Unix(0, got).UTC(), s)
		}
	}
	for _, s := range []string{
		"", "-", "not a time", "2026-11-20", "2026-13-20T01:02:03Z", "2026-11-20T25:02:03Z", "2026-11-20T01:02:03Zx",
		"0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "-1795136523", "1795136523x", "1795136523.", "12345678901234567890", "99999999999",
	} {
		_, ok := Instant(s)
		assert.False(t, ok, s)
	}
}
