// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package report

import "strings"

// Counts is what became of lines.
type Counts struct {
	Files, Lines                     int64
	Parsed, Rejected, Blank, Refused int64
}

// String is one line: 3 files, 1,204 lines: 1,200 read, 3 rejected, 1 blank.
func (c Counts) String() string {
	s := noun{"file", "files"}.of(c.Files) + ", " + noun{"line", "lines"}.of(c.Lines) + ": "
	parts := []string{Count(c.Parsed) + " read"}
	for _, p := range []struct {
		n    int64
		word string
	}{{c.Rejected, "rejected"}, {c.Refused, "refused"}, {c.Blank, "blank"}} {
		if p.n > 0 {
			parts = append(parts, Count(p.n)+" "+p.word)
		}
	}
	return s + strings.Join(parts, ", ")
}
