// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package session

import "time"

// timeLayout is the form of times in attributes: UTC and nine digits, so that they sort as text.
const timeLayout = "2006-01-02T15:04:05.000000000Z"

// FormatTime writes nanoseconds since 1970 as RFC 3339 in UTC with nine fractional digits.
func FormatTime(ns int64) string { return time.Unix(0, ns).UTC().Format(timeLayout) }

// parseTime reads what FormatTime writes, and nothing else, so that the two undo each other.
func parseTime(s string) (int64, bool) {
	if len(s) != len(timeLayout) || s[4] != '-' || s[7] != '-' || s[10] != 'T' || s[13] != ':' || s[16] != ':' || s[19] != '.' || s[29] != 'Z' {
		return 0, false
	}
	year, a := digits(s[0:4])
	month, b := digits(s[5:7])
	day, c := digits(s[8:10])
	hour, d := digits(s[11:13])
	minute, e := digits(s[14:16])
	sec, f := digits(s[17:19])
	ns, g := digits(s[20:29])
	if !a || !b || !c || !d || !e || !f || !g {
		return 0, false
	}
	// 1678 to 2261 fit into 64 bits of nanoseconds.
	if year < 1678 || year > 2261 || month < 1 || month > 12 || day < 1 || day > daysIn(year, month) || hour > 23 || minute > 59 || sec > 59 {
		return 0, false
	}
	return (days(year, month, day)*86400+int64(hour*3600+minute*60+sec))*1e9 + int64(ns), true
}

func digits(s string) (n int, ok bool) {
	for i := range len(s) {
		c := s[i] - '0'
		if c > 9 {
			return 0, false
		}
		n = n*10 + int(c)
	}
	return n, true
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
