// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package session

import "github.com/proxylog/proxylog/internal/scan"

// timeLayout is the form of times in attributes: UTC and nine digits, so that they sort as text.
const timeLayout = "2006-01-02T15:04:05.000000000Z"

// parseTime reads what record.FormatTime writes, and nothing else, so that the two undo each other.
func parseTime(s string) (int64, bool) {
	if len(s) != len(timeLayout) || s[4] != '-' || s[7] != '-' || s[10] != 'T' || s[13] != ':' || s[16] != ':' || s[19] != '.' || s[29] != 'Z' {
		return 0, false
	}
	year, month, day := two(s, 0)*100+two(s, 2), two(s, 5), two(s, 8)
	hour, minute, sec := two(s, 11), two(s, 14), two(s, 17)
	ns := ((two(s, 20)*100+two(s, 22))*100+two(s, 24))*100 + two(s, 26)
	last := int64(s[28]) - '0'
	if year|month|day|hour|minute|sec|ns|last|(9-last) < 0 {
		return 0, false
	}
	ns = ns*10 + last
	if !scan.ValidDate(year, month, day) || hour > 23 || minute > 59 || sec > 59 {
		return 0, false
	}
	return (scan.Days(year, month, day)*86400+hour*3600+minute*60+sec)*1e9 + ns, true
}

// noDigits is so far below zero that no sum of numbers gets it up again.
const noDigits = -1 << 40

// two is the number that two digits make, or noDigits.
func two(s string, i int) int64 {
	a, b := s[i]-'0', s[i+1]-'0'
	if a > 9 || b > 9 {
		return noDigits
	}
	return int64(a)*10 + int64(b)
}
