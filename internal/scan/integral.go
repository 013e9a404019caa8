// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package scan

import "math"

// Integral reads all of s as a decimal number of JSON's grammar that is whole however it is printed, such as 123.0 or 1.5e3,
// as programs write it that hold every number as a floating-point one. What is not whole, or does not fit into 64 bits, is
// none.
func Integral(s string) (int64, bool) {
	neg := s != "" && s[0] == '-'
	if neg {
		s = s[1:]
	}
	whole := digits(s)
	point, end := whole, whole
	if end < len(s) && s[end] == '.' {
		end += 1 + digits(s[end+1:])
		if end == whole+1 {
			return 0, false
		}
	}
	if e := end; e < len(s) && s[e]|0x20 == 'e' {
		n, ok := exponent(s[e+1:])
		if !ok {
			return 0, false
		}
		point += n
	} else if e < len(s) {
		return 0, false
	}
	n, ok := upTo(s[:end], point)
	if neg {
		n = -n
	}
	return n, ok && whole > 0
}

// digits is how many digits s begins with.
func digits(s string) int {
	n := 0
	for n < len(s) && s[n]-'0' <= 9 {
		n++
	}
	return n
}

// exponent reads all of s as the power of ten behind the e of a number. Beyond maxExponent all are alike.
func exponent(s string) (int, bool) {
	const maxExponent = 1 << 20
	neg := s != "" && s[0] == '-'
	if s != "" && (neg || s[0] == '+') {
		s = s[1:]
	}
	n := 0
	for i := range digits(s) {
		n = min(n*10+int(s[i]-'0'), maxExponent)
	}
	if neg {
		n = -n
	}
	return n, s != "" && digits(s) == len(s)
}

// upTo is the number that the first so many digits of s make, of which one may be a point; those behind have to be zeros.
func upTo(s string, point int) (n int64, ok bool) {
	place := point
	for i := range len(s) {
		switch c := int64(s[i] - '0'); {
		case s[i] == '.':
			continue
		case place <= 0 && c != 0, place > 0 && n > (math.MaxInt64-c)/10:
			return 0, false
		case place > 0:
			n = n*10 + c
		}
		place--
	}
	for ; n != 0 && place > 0; place-- {
		if n > math.MaxInt64/10 {
			return 0, false
		}
		n *= 10
	}
	return n, true
}
