// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package envelope

import "strings"

// UndoOctal undoes rsyslog's escapes of control characters and of bytes above 127, # and three octal digits (#011 is a
// tab). It reports whether there was one. A # is not escaped itself, so that a text which held such letters from the
// start cannot be told apart: undo them only where a text makes no sense otherwise.
func UndoOctal(s string) (string, bool) {
	i := strings.IndexByte(s, '#')
	var b strings.Builder
	from := 0
	for i >= 0 && i+3 < len(s) {
		c, ok := octal(s[i+1 : i+4])
		if ok {
			b.WriteString(s[from:i])
			b.WriteByte(c)
			from = i + 4
			i = from
		} else {
			i++
		}
		n := strings.IndexByte(s[i:], '#')
		if n < 0 {
			break
		}
		i += n
	}
	if from == 0 {
		return s, false
	}
	b.WriteString(s[from:])
	return b.String(), true
}

// octal is the byte of three octal digits, where it is one that rsyslog escapes.
func octal(s string) (byte, bool) {
	n := 0
	for i := range 3 {
		if s[i] < '0' || s[i] > '7' {
			return 0, false
		}
		n = n<<3 | int(s[i]-'0')
	}
	return byte(n), n < ' ' || n >= 0x7f && n <= 0xff
}
