// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package scan

import "unicode/utf8"

// Valid reports whether s is valid UTF-8, as utf8.ValidString does. That one looks at each byte from the first on that is
// not ASCII; lines of logs have a few such characters and are ASCII otherwise.
func Valid(s string) bool {
	const high = 0x8080808080808080
	for i := 0; ; {
		for i+32 <= len(s) {
			b := s[i : i+32]
			if (Eight(b, 0)|Eight(b, 8)|Eight(b, 16)|Eight(b, 24))&high != 0 {
				break
			}
			i += 32
		}
		for i+8 <= len(s) && Eight(s, i)&high == 0 {
			i += 8
		}
		for i < len(s) && s[i] < utf8.RuneSelf {
			i++
		}
		if i == len(s) {
			return true
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && n == 1 {
			return false
		}
		i += n
	}
}
