// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package format

import (
	"fmt"
	"slices"

	"github.com/proxylog/proxylog/internal/directive"
	"github.com/proxylog/proxylog/internal/field"
)

// maxCompared bounds how many dialects are compared with one another, since each is with each.
const maxCompared = 200

// Lookalikes says of each two of the user's own dialects that alike tells to read lines of one another what is open about
// them, unless each is written to files of its own. list are descriptions, the n-th of which alike knows by that number.
func Lookalikes(list []Description, alike func(i, k int) bool) {
	if len(list) > maxCompared {
		return
	}
	for i := range list {
		for k := range i {
			a, b := &list[i], &list[k]
			if a.Builtin || b.Builtin || apart(a.Files, b.Files) {
				continue
			}
			codes := different(a.Dialect, b.Dialect)
			if codes == nil || !alike(i, k) {
				continue
			}
			a.Ambiguities = append(a.Ambiguities, directive.Ambiguity{
				Codes: codes, Why: fmt.Sprintf("its lines look like those of %s, and are read as those of the first", b.named()),
				Avoid: "begin the two with texts that differ, or write them to files that a config_file names", Silent: true,
			})
		}
	}
}

// apart reports whether two dialects are written to files, and to none that both are written to.
func apart(a, b []string) bool {
	for _, f := range a {
		for _, g := range b {
			if f == g {
				return false
			}
		}
	}
	return len(a) > 0 && len(b) > 0
}

// different are the codes of a, or the keys, whose values mean something else as those of b; none where both say the same.
func different(a, b *Dialect) []string {
	var codes []string
	for i := range a.Fields {
		f, k := &a.Fields[i], i
		if a.Keyed {
			k = slices.IndexFunc(b.Fields, func(g field.Field) bool { return g.Code == f.Code })
		}
		if k < 0 || k >= len(b.Fields) || b.Fields[k].Key != f.Key || b.Fields[k].Role != f.Role {
			codes = append(codes, f.Code)
		}
	}
	return codes
}

// named is what a person knows a dialect by: its directive, the beginning of a long one, with its name.
func (n *Description) named() string {
	const enough = 80
	text := n.Directive
	if len(text) > enough {
		text = text[:enough] + "…"
	}
	return n.Scope.Dialect + " " + text
}
