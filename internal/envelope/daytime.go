// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package envelope

import (
	"slices"
	"strings"

	"github.com/proxylog/proxylog/internal/scan"
)

// dayTime reads a header that begins with the day of the week, as journalctl -o short-full and OpenWrt's logread print it
// for people, and returns where the host or the tag begins; 0 where there is none.
func (p *Parser) dayTime(line string, i int, h *Header) int {
	if i+len("Sun Nov 22 ") > len(line) || line[i+3] != ' ' || !isDay(line[i:i+3]) {
		return 0
	}
	if line[i+4]-'0' <= 9 {
		return p.fullTime(line, i+4, h)
	}
	return p.ctime(line, i+4, h)
}

// isDay reports whether s is the short name of a day of the week.
func isDay(s string) bool {
	const days = "Mon Tue Wed Thu Fri Sat Sun"
	k := strings.Index(days, s)
	return k >= 0 && k%4 == 0
}

// fullTime reads "2026-11-22 20:45:43.123456 CET ", the fraction where there is one (systemd, format_timestamp_style in
// src/basic/time-util.c). Only UTC and a difference from it say what they are: other names of zones are those of the
// configured one.
func (p *Parser) fullTime(line string, i int, h *Header) int {
	e, ns, zoned := scan.RFC3339(line, i, len(line))
	if e < 0 || zoned || e >= len(line) || line[e] != ' ' {
		return 0
	}
	end := strings.IndexByte(line[e+1:], ' ')
	if end <= 0 {
		return 0
	}
	zone := line[e+1 : e+1+end]
	switch {
	case zone == "UTC" || zone == "GMT":
		h.Time, h.Precise = ns, fractional(line[i:e])
	case zone[0] == '+' || zone[0] == '-':
		if end == len("+05") {
			zone += "00"
		}
		n, off := scan.Offset(zone, 0, len(zone))
		if n != len(zone) {
			return 0
		}
		h.Time, h.Precise = ns-off, fractional(line[i:e])
	case isName(zone):
		h.Wall, h.Time = ns, p.zone.Instant(ns)
	default:
		return 0
	}
	return e + 1 + end + 1
}

// ctime reads "Nov 22 20:45:43 2026 daemon.info ", the facility and the level where they stand there (ctime(3); OpenWrt's
// ubox, log/logread.c).
func (p *Parser) ctime(line string, i int, h *Header) int {
	const length = len("Nov 22 20:45:43 2026 ")
	if i+length > len(line) || line[i+3] != ' ' || line[i+6] != ' ' || line[i+15] != ' ' || line[i+20] != ' ' {
		return 0
	}
	mon, clock, year := scan.Month(line, i, len(line)), scan.Clock(line, i+7, len(line)), scan.Digits(line, i+16, len(line), 4)
	e, d := scan.Uint(line, skipBlank(line, i+4), len(line))
	if mon == 0 || e != i+6 || clock < 0 || year < 1970 || !scan.ValidDate(year, mon, d) {
		return 0
	}
	h.Wall = scan.Days(year, mon, d)*dayNS + clock
	h.Time = p.zone.Instant(h.Wall)
	i += length
	if end := strings.IndexByte(line[i:], ' '); end > 0 {
		facility, severity, _ := strings.Cut(line[i:i+end], ".")
		f, s := slices.Index(facilities[:], facility), slices.Index(severities[:], severity)
		if f >= 0 && s >= 0 {
			h.Priority = int16(f*8 + s)
			i += end + 1
		}
	}
	return i
}

// The names of syslog's facilities and severities, by their numbers (facilitynames and prioritynames in <syslog.h>).
var (
	facilities = [...]string{
		"kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp",
		"ntp", "security", "console", "clock", "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7",
	}
	severities = [...]string{"emerg", "alert", "crit", "err", "warn", "notice", "info", "debug"}
)
