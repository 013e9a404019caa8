// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

// Package scan reads the small things lines are made of, in place and without allocation: numbers, times, durations,
// addresses. Every function takes the line and a position and returns where the thing ends, or -1 where there is none.
package scan

import (
	"math/bits"
	"strings"
)

// Int reads an optional minus and up to 19 digits at i and returns the end and the value; a number that does not fit
// into 64 bits is not one.
func Int(s string, i, end int) (int, int64) {
	neg := i < end && s[i] == '-'
	if neg {
		i++
	}
	e, n := Uint(s, i, end)
	if neg {
		n = -n
	}
	return e, n
}

// Uint reads digits at i and returns the end and the value.
func Uint(s string, i, end int) (int, int64) {
	from := i
	var n int64
	for i < end {
		c := s[i] - '0'
		if c > 9 {
			break
		}
		n = n*10 + int64(c)
		i++
	}
	switch d := i - from; {
	case d == 0:
		return -1, 0
	case d <= 18 || d == 19 && n >= 0: // nineteen digits fit into 64 bits, but not all of them without the sign
		return i, n
	}
	return wideUint(s, from, i)
}

// wideUint reads a number of more than 18 digits with overflow checked; leading zeros do not count.
func wideUint(s string, from, end int) (int, int64) {
	var n int64
	for i := from; i < end; i++ {
		c := int64(s[i] - '0')
		if n > (1<<63-1-c)/10 {
			return -1, 0
		}
		n = n*10 + c
	}
	return end, n
}

// Whole reads all of s as a number with an optional minus.
func Whole(s string) (int64, bool) {
	e, n := Int(s, 0, len(s))
	return n, e == len(s) && e > 0
}

// Digits reads exactly n digits at i; -1 where there are fewer.
func Digits(s string, i, end, n int) int64 {
	if i+n > end {
		return -1
	}
	var v int64
	for ; n > 0; n-- {
		c := s[i] - '0'
		if c > 9 {
			return -1
		}
		v = v*10 + int64(c)
		i++
	}
	return v
}

// HostPort splits host:port at its last colon and removes the brackets of an IPv6 host. port is 0 where there is none
// that is a number up to 65535; then host is all of s, without brackets.
func HostPort(s string) (host string, port int64) {
	// Mostly there is one colon, among the last bytes, and digits behind it.
	if n := len(s); n > 8 && s[0] != '[' {
		const low = 0x7F * (^uint64(0) / 0xFF)
		tail := Eight(s, n-8)
		x := tail ^ ':'*(^uint64(0)/0xFF)
		// The highest bit of each byte that was a colon, exactly.
		if colons := ^(x&low + low | x | low); colons != 0 {
			after := 8 - bits.LeadingZeros64(colons)/8
			p, digits := Leading(tail >> (8 * after))
			if i := n - 9 + after; digits == 8-after && digits > 0 && digits <= 5 && p <= 65535 && strings.IndexByte(s[:i], ':') < 0 {
				return s[:i], int64(p)
			}
		}
	}
	return anyHostPort(s)
}

// anyHostPort is HostPort for an IPv6 address, and for what only looks as if there were a port.
func anyHostPort(s string) (host string, port int64) {
	host = s
	for i := len(s) - 1; i >= 0 && len(s)-i <= 6; i-- {
		if s[i] == ':' {
			// A bare IPv6 address has colons too, but then what stands before is an address with colons and no bracket.
			e, n := Uint(s, i+1, len(s))
			if e == len(s) && n <= 65535 && !bareIPv6(s, i) {
				host, port = s[:i], n
			}
			break
		}
		if s[i] < '0' || s[i] > '9' {
			break
		}
	}
	if len(host) > 1 && host[0] == '[' && host[len(host)-1] == ']' {
		host = host[1 : len(host)-1]
	}
	return host, port
}

// bareIPv6 reports whether the colon at i belongs to an IPv6 address without brackets.
func bareIPv6(s string, i int) bool {
	if s[0] == '[' {
		return i > 0 && s[i-1] != ']'
	}
	for k := range i {
		if s[k] == ':' {
			return true
		}
	}
	return false
}

// Family is ipv4, ipv6, or "" for anything that is no address.
func Family(addr string) string {
	dots, colons := 0, 0
	for i := range len(addr) {
		switch c := addr[i]; {
		case c == ':':
			colons++
		case c == '.':
			dots++
		case c == '%':
			if colons >= 2 {
				return "ipv6"
			}
			return ""
		case c >= '0' && c <= '9':
		case c >= 'a' && c <= 'f', c >= 'A' && c <= 'F':
			if colons == 0 && dots > 0 {
				return ""
			}
		default:
			return ""
		}
	}
	switch {
	case colons >= 2:
		return "ipv6"
	case dots == 3 && colons == 0:
		return "ipv4"
	}
	return ""
}

// Eight is the eight bytes at i, the first one lowest; they have to be there.
func Eight(s string, i int) uint64 {
	b := s[i : i+8]
	return uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24 |
		uint64(b[4])<<32 | uint64(b[5])<<40 | uint64(b[6])<<48 | uint64(b[7])<<56
}

// Leading is the number that the first bytes of eight write in digits, and how many they are.
func Leading(eight uint64) (n uint64, digits int) {
	const (
		each = 0x0101010101010101
		high = 0x80 * each
	)
	x := eight ^ '0'*each
	more := (x&^high + (0x7F-9)*each | x) & high // marks what is no digit
	digits = bits.TrailingZeros64(more) >> 3
	x <<= 64 - 8*digits // digits that are not there are leading zeros
	x = (x * (10<<8 + 1)) >> 8 & 0x00FF00FF00FF00FF
	x = (x * (100<<16 + 1)) >> 16 & 0x0000FFFF0000FFFF
	return (x * (10000<<32 + 1)) >> 32, digits
}
