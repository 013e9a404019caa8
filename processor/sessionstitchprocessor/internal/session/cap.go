// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package session

import (
	"cmp"
	"slices"

	"github.com/proxylog/proxylog/internal/attr"
)

// maxAttrs bounds the attributes of one session: those that the model names and then those whose names come first are kept.
const maxAttrs = 512

func (s *State) capAttrs(m *Model) {
	// Mostly there is one too many.
	for n := 0; len(s.Attrs) > maxAttrs && n < 8; n++ {
		last := slices.MaxFunc(s.Attrs, m.compareWorth)
		s.Attrs = slices.DeleteFunc(s.Attrs, func(a Attr) bool { return compareKeys(&a, &last) == 0 })
	}
	if len(s.Attrs) <= maxAttrs {
		return
	}
	slices.SortFunc(s.Attrs, m.compareWorth)
	s.Attrs = s.Attrs[:maxAttrs]
	slices.SortFunc(s.Attrs, func(a, b Attr) int { return compareKeys(&a, &b) })
}

// compareWorth orders attributes by which are kept where there are too many: without those that the model looks at, a
// session would have no id or no time.
func (m *Model) compareWorth(a, b Attr) int {
	x, y := m.attrName(&a), m.attrName(&b)
	knowsX, knowsY := m.knows(x), m.knows(y)
	if knowsX != knowsY {
		if knowsX {
			return -1
		}
		return 1
	}
	return cmp.Compare(x, y)
}

// knows says that the model does something with an attribute but keeping it.
func (m *Model) knows(name string) bool {
	_, named := m.named[name]
	return named || name == attr.ProxySessionID || IsHeader(name)
}
