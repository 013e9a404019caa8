// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package haproxy

import (
	"strings"

	"github.com/proxylog/proxylog/internal/directive"
	"github.com/proxylog/proxylog/internal/scan"
)

// scanAddress reads what %ci and its kin print: an IPv4 or IPv6 address without brackets, or "unix" for a UNIX socket.
func scanAddress(line string, i, end int) (int, int64) {
	from := i
	for i < end && addressBytes[line[i]] {
		i++
	}
	if text := line[from:i]; strings.IndexByte(text, '.') >= 0 || strings.IndexByte(text, ':') >= 0 {
		return i, 0
	}
	if strings.HasPrefix(line[from:end], "unix") {
		if i = from + len("unix"); i < end && line[i] == ':' {
			// The number of the listener, up to which scanAddressColon wants to see.
			for i++; i < end && line[i] >= '0' && line[i] <= '9'; i++ {
			}
		}
		return i, 0
	}
	return -1, 0
}

// scanAddressColon reads an address that a colon and a port follow: IPv6 addresses have no brackets, so it is the last
// colon of the run that ends the address.
func scanAddressColon(line string, i, end int) (int, int64) {
	colon := i
	for e := i; e < end && addressBytes[line[e]]; e++ {
		if line[e] == ':' {
			colon = e
		}
	}
	if colon > i {
		return colon, 0
	}
	e, _ := scanAddress(line, i, end)
	if e < 0 {
		return -1, 0
	}
	if k := strings.LastIndexByte(line[i:e], ':'); k > 0 {
		return i + k, 0
	}
	return -1, 0
}

// addressBytes are those of an address: HAProxy prints no names and no zones.
var addressBytes = directive.NewSet("0123456789abcdefABCDEF.:")

// scanDate reads a local date with milliseconds. Its number is the nanoseconds since 1970 that a clock in UTC would
// show; the zone is applied when the record is made.
func scanDate(line string, i, end int) (int, int64) {
	return scan.CommonDate(line, i, min(end, i+len("21/Nov/2026:23:43:14.491")))
}

// scanDateZone reads a date with its zone; its number is an instant.
func scanDateZone(line string, i, end int) (int, int64) {
	e, ns := scan.CommonDate(line, i, end)
	if e < 0 || e >= end || line[e] != ' ' {
		return -1, 0
	}
	e, off := scan.Offset(line, e+1, end)
	return e, ns - off
}

// The letters of a termination state, by position (the manual's section 8.5, and the characters that only the source
// has: cookie marks 6 and 7).
const (
	causes        = "-CScsPRIDUKL"
	phases        = "-RQCHDLT"
	clientCookies = "-NIDVEOU7"
	serverCookies = "-NIUPRD67"
)

// states are the bytes that may stand at each place of a termination state.
var states = [4]*directive.Set{
	directive.NewSet(causes), directive.NewSet(phases), directive.NewSet(clientCookies), directive.NewSet(serverCookies),
}

func scanState2(line string, i, end int) (int, int64) {
	if i+2 > end || !states[0][line[i]] || !states[1][line[i+1]] {
		return -1, 0
	}
	return i + 2, 0
}

func scanState4(line string, i, end int) (int, int64) {
	if e, _ := scanState2(line, i, end); e < 0 || i+4 > end || !states[2][line[i+2]] || !states[3][line[i+3]] {
		return -1, 0
	}
	return i + 4, 0
}

// scanMillis reads the three digits of %ms.
func scanMillis(line string, i, end int) (int, int64) {
	if i+3 > end {
		return -1, 0
	}
	if n := scan.Digits(line, i, end, 3); n >= 0 {
		return i + 3, n
	}
	return -1, 0
}

// scanQuery reads what %HQ prints right behind %HP: a question mark and what follows, <BADREQ>, or nothing.
func scanQuery(line string, i, end int) (int, int64) {
	if strings.HasPrefix(line[i:end], badRequest) {
		return i + len(badRequest), 0
	}
	if i >= end || line[i] != '?' {
		return i, 0
	}
	for i < end && words.Set[line[i]] {
		i++
	}
	return i, 0
}

// scanPath reads what %HP prints right before %HQ.
func scanPath(line string, i, end int) (int, int64) {
	if strings.HasPrefix(line[i:end], badRequest) {
		return i + len(badRequest), 0
	}
	for i < end && pathBytes[line[i]] {
		i++
	}
	return i, 0
}

// scanBraces reads captured headers: {a|b}, in which neither braces nor bars nor quotes stand raw.
func scanBraces(line string, i, end int) (int, int64) {
	if i >= end || line[i] != '{' {
		return -1, 0
	}
	e := strings.IndexByte(line[i:end], '}')
	if e < 0 {
		return -1, 0
	}
	return i + e + 1, 0
}

// hexDigits is a number as HAProxy's hex converter prints it.
var hexDigits = directive.Shape{
	Kind: directive.KindFunc, Func: scanHex, Width: 16, Expect: "sixteen hexadecimal digits", HasNull: true, Null: "-",
}

var decimals = directive.NewSet("0123456789")

var hexBytes = directive.NewSet("0123456789abcdefABCDEF")

func scanHex(line string, i, end int) (int, int64) {
	if end-i < 16 {
		return -1, 0
	}
	var n int64
	for _, c := range []byte(line[i : i+16]) {
		d := scan.Hex(c)
		if d > 15 {
			return -1, 0
		}
		n = n<<4 | int64(d)
	}
	return i + 16, n
}
