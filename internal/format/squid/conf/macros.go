// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package conf

import "strings"

// macro is what Squid replaces wherever it stands in squid.conf (src/cache_cf.cc, ProcessMacros).
type macro struct {
	name string
	// alone is its value in a Squid without workers, whose service was given no name (squid -n); of several workers each
	// has another one where own is set.
	alone string
	own   bool
}

var macros = []macro{
	{"${service_name}", "squid", false},
	{"${process_name}", "squid", true},
	{"${process_number}", "0", true},
}

// anyProcess stands for the values of all workers in the path of a file.
const anyProcess = "*"

// expand replaces the macros of the line: those that differ between workers by each, or, where that is empty, by their
// value in a Squid without workers. It reports whether there were such.
func (l *logical) expand(each string) (differs bool) {
	for i := 0; i < len(l.text); i++ {
		for _, m := range macros {
			if !strings.HasPrefix(l.text[i:], m.name) {
				continue
			}
			value := m.alone
			if differs = differs || m.own; m.own && each != "" {
				value = each
			}
			l.replace(i, len(m.name), value)
			i += len(value) - 1
			break
		}
	}
	return differs
}

// replace puts text in the place of n bytes from byte at on; what follows keeps its position.
func (l *logical) replace(at, n int, text string) { l.splice(at, n, &logical{text: text}) }

// splice is replace by a line of another file, which keeps its positions.
func (l *logical) splice(at, n int, inner *logical) {
	text, behind := inner.text, l.pos(at+n)
	var marks []mark
	for _, m := range l.marks {
		if m.at <= at {
			marks = append(marks, m)
		}
	}
	for _, m := range inner.marks {
		marks = append(marks, mark{at + m.at, m.pos})
	}
	marks = append(marks, mark{at + len(text), behind})
	for _, m := range l.marks {
		if m.at > at+n {
			marks = append(marks, mark{m.at - n + len(text), m.pos})
		}
	}
	l.marks, l.text = marks, l.text[:at]+text+l.text[at+n:]
}
