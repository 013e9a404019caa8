// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package session

import "github.com/proxylog/proxylog/internal/record"

// timeLayout is the form of times in attributes: UTC and nine digits, so that they sort as text.
const timeLayout = "2006-01-02T15:04:05.000000000Z"

// FormatTime writes nanoseconds since 1970 as RFC 3339 in UTC with nine fractional digits.
func FormatTime(ns int64) string { return record.FormatTime(ns) }

// parseTime reads what FormatTime writes, and nothing else, so that the two undo each other.
func parseTime(s string) (int64, bool) {
	if len(s) != len(timeLayout) || s[4] != '-' || s[7] != '-' || s[10] != 'T' || s[13] != ':' || s[16] != ':' || s[19] != '.' || s[29] != 'Z' {
		return 0, false
	}
	year, month, day := two(s, 0)*100+two(s, 2), two(s, 5), two(s, 8)
	hour, minute, sec := two(s, 11), two(s, 14), two(s, 17)
	ns := ((two(s, 20)*100+two(s, 22))*100+two(s, 24))*100 + two(s, 26)
	last := int(s[28]) - '0'
	if year|month|day|hour|minute|sec|ns|last|(9-last) < 0 {
		return 0, false
	}
	ns = ns*10 + last
	// 1678 to 2261 fit into 64 bits of nanoseconds.
	if year < 1678 || year > 2261 || month < 1 || month > 12 || day < 1 || day > daysIn(year, month) || hour > 23 || minute > 59 || sec > 59 {
		return 0, false
	}
	return (days(year, month, day)*86400+int64(hour*3600+minute*60+sec))*1e9 + int64(ns), true
}

// noDigits is so far below zero that no sum of numbers gets it up again.
const noDigits = -1 << 40

// two is the number that two digits make, or noDigits.
func two(s string, i int) int {
	a, b := s[i]-'0', s[i+1]-'0'
	if a > 9 || b > 9 {
		return noDigits
	}
	return int(a)*10 + int(b)
}

func daysIn(year, month int) int {
	switch month {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	}
	return 31
}

// days counts the days from 1970-01-01, with years that begin in March (Hinnant, "chrono-compatible low-level date
// algorithms").
func days(year, month, day int) int64 {
	if month <= 2 {
		year--
		month += 12
	}
	era := year / 400
	yoe := year - era*400
	doy := (153*(month-3)+2)/5 + day - 1
	doe := yoe*365 + yoe/4 - yoe/100 + doy
	return int64(era)*146097 + int64(doe) - 719468
}
