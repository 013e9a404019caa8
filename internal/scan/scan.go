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
	if i+8 <= end {
		first, digits := Leading(Eight(s, i))
		if n, i = int64(first), i+digits; digits == 0 {
			return -1, 0
		} else if digits < 8 {
			return i, n
		}
		if i+8 <= end {
			if second, digits := Leading(Eight(s, i)); digits == 8 {
				n, i = n*1e8+int64(second), i+8
			}
		}
	}
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

// Hex is the value of a hexadecimal digit; 16 where it is none.
func Hex(c byte) byte {
	switch {
	case c >= '0' && c <= '9':
		return c - '0'
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return c | 0x20 - 'a' + 10
	}
	return 16
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
	n, unit := int64(0), int64(1)
	for i := len(s) - 1; i >= 0 && len(s)-i <= 6; i-- {
		if d := s[i] - '0'; d <= 9 {
			n += int64(d) * unit
			unit *= 10
			continue
		}
		// A bare IPv6 address has colons too, but then what stands before is an address with colons and no bracket.
		if s[i] == ':' && unit > 1 && n <= 65535 && !bareIPv6(s, i) {
			host, port = s[:i], n
		}
		break
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
	return strings.IndexByte(s[:i], ':') >= 0
}

// Family is ipv4, ipv6, or "" for anything that is no address.
func Family(addr string) string {
	dots := 0
	for i := range len(addr) {
		switch c := addr[i]; {
		case c == '.':
			dots++
		case c-'0' > 9:
			return family(addr)
		}
	}
	if dots == 3 {
		return "ipv4"
	}
	return ""
}

// family is Family of what has more than digits and points.
func family(addr string) string {
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

const (
	each = 0x0101010101010101
	high = 0x80 * each
)

// notDigits marks, by its highest bit, each byte of eight that is no digit; the others of values are numbers from 0 to 9.
func notDigits(eight uint64) (marks, values uint64) {
	values = eight ^ '0'*each
	return (values&^high + (0x7F-9)*each | values) & high, values
}

// eightDigits is the number that is written in eight digits from 0 to 9, the first one lowest.
func eightDigits(values uint64) uint64 {
	values = (values * (10<<8 + 1)) >> 8 & 0x00FF00FF00FF00FF
	values = (values * (100<<16 + 1)) >> 16 & 0x0000FFFF0000FFFF
	return (values * (10000<<32 + 1)) >> 32
}

// Leading is the number that the first bytes of eight write in digits, and how many they are.
func Leading(eight uint64) (n uint64, digits int) {
	marks, values := notDigits(eight)
	digits = bits.TrailingZeros64(marks) >> 3
	return eightDigits(values << (64 - 8*digits)), digits // those that are not there are leading zeros
}

// Trailing is the number that the last bytes of eight write in digits, and how many they are.
func Trailing(eight uint64) (n uint64, digits int) {
	marks, values := notDigits(eight)
	digits = bits.LeadingZeros64(marks) >> 3
	return eightDigits(values & (^uint64(0) << (64 - 8*digits))), digits
}
