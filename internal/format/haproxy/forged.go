// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package haproxy

import (
	"slices"

	"github.com/proxylog/proxylog/internal/directive"
	"github.com/proxylog/proxylog/internal/field"
	"github.com/proxylog/proxylog/internal/format"
	"github.com/proxylog/proxylog/internal/record"
)

// HAProxy does not escape captured cookies: between quotes a client's cookie may hold a quote, a blank and a quote, which
// look like the end of its field and the beginning of the next. Beside a list in quotes, which takes any number of such
// fields, every line would have a reading with such a cookie: there none is taken, unless a line has no other.

// isForgeable reports whether an item is a cookie in quotes.
func isForgeable(it *directive.Item) bool {
	return it.Field != nil && it.Shape.Expect == cookie.Expect && it.Shape.Valid != nil && it.Shape.HasNull && it.Shape.Null == ""
}

// isQuotedListItem reports whether an item is a list in quotes.
func isQuotedListItem(it directive.Item) bool {
	return it.Field != nil && it.Field.List != nil && isQuoted(&it.Shape)
}

// forged are the variants that let a cookie in quotes be anything; nil where the directive has none beside a list.
func (l *layout) forged() []variant {
	loose := *l
	loose.items = slices.Clone(l.items)
	found := false
	for i := range loose.items {
		if it := &loose.items[i]; isForgeable(it) {
			it.Shape.Valid, found = nil, true
		}
	}
	if !found {
		return nil
	}
	whole, ok := loose.compile(nil, len(loose.items))
	if !ok {
		return nil
	}
	return slices.Concat([]variant{whole}, loose.without(), loose.hushed(), loose.trimmed())
}

// forged reads a line that no dialect reads otherwise as one with such a cookie. A dialect of the line's frontend comes
// before one of others, the first of which accept notes in src.
func (p *parser) forged(in *format.Input, src *source, out *record.Writer) bool {
	for i, d := range p.dialects {
		if len(d.rare().forged) > 0 && p.accept(in, src, i, d.runForged(in, src.scratch), false, out) == nil {
			return true
		}
	}
	return src.foreign >= 0 && p.accept(in, src, src.foreign, p.dialects[src.foreign].runForged(in, src.scratch), true, out) == nil
}

// runForged is run for a line with a forged cookie. There may be more than one way to lack what the line lacks.
func (d *dialect) runForged(in *format.Input, scratch []field.Slot) directive.Result {
	forged := d.rare().forged
	for i := range forged {
		res := d.with(&forged[i], in, scratch)
		if !res.OK {
			continue
		}
		for k := i + 1; k < len(forged) && !res.Ambiguous; k++ {
			res.Ambiguous = forged[k].fits(in, scratch)
		}
		return res
	}
	return directive.Result{}
}
