// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package haproxy

import (
	"slices"

	"github.com/proxylog/proxylog/internal/field"
	"github.com/proxylog/proxylog/internal/format"
)

// rare are the programs for the lines of a dialect that its own program does not read. Most processes never see one, so
// that they are compiled when the first does not fit: those of all dialects are several times as large as what every line
// needs.
type rare struct {
	// variants read lines in which something of the directive is missing, in the order in which they are tried.
	variants []variant
	// bare is how many of the first variants lack a list without quotes.
	bare int
	// forged read lines with a cookie that holds what looks like the end of its field.
	forged []variant
	// cut reads lines that were cut behind the counters; nil where nothing could be cut there.
	cut *cutter
}

// newRare compiles a definition that compile has accepted.
func newRare(s definition) *rare {
	whole, err := s.layout()
	if err != nil {
		return new(rare)
	}
	r := &rare{variants: whole.without(), forged: whole.forged()}
	if slices.ContainsFunc(whole.items, isBareList) {
		r.bare = len(r.variants)
	}
	r.variants = slices.Concat(r.variants, whole.hushed(), whole.led(), whole.trimmed(), whole.hollow())
	if s.kind == format.KindTraffic && whole.moved < 0 && encodingOf(s.text) == encodeNone {
		r.cut = newCutter(whole.items)
	}
	return r
}

// lacksList reports whether the line fits a variant from one on that lacks a list without quotes: what was read as such a
// list, or as the field beside one that is missing, may then be another field.
func (r *rare) lacksList(in *format.Input, from int, scratch []field.Slot) bool {
	for i := from; i < r.bare; i++ {
		if r.variants[i].fits(in, scratch) {
			return true
		}
	}
	return false
}
