// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package haproxy

import (
	"slices"
	"strings"

	"github.com/proxylog/proxylog/internal/directive"
	"github.com/proxylog/proxylog/internal/field"
	"github.com/proxylog/proxylog/internal/format"
)

// What a line may lack of its directive: a list of captured headers prints nothing at all where there are none, and not
// even the blank behind it; from 3.0 on the same is true of a query that there is not; and a relay may take blanks off the
// end of a line. Each such form is a program of its own.

// variant is a program for lines in which something is missing.
type variant struct {
	// program is nil where nothing is left but literals, which are text.
	program *directive.Program
	text    string
	// to is the slot of each of the program's fields.
	to []int
}

// run reads a line's text into slots and returns as many of them as the variant has fields.
func (v *variant) run(in *format.Input, scratch []field.Slot) ([]field.Slot, directive.Result) {
	if v.program == nil {
		return nil, directive.Result{OK: in.Line[in.Header.Start:in.Header.End] == v.text}
	}
	own := scratch[:len(v.program.Fields)]
	field.Reset(own)
	return own, v.program.Run(in.Line, in.Header.Start, in.Header.End, own)
}

// fits reports whether the variant reads a line's text.
func (v *variant) fits(in *format.Input, scratch []field.Slot) bool {
	_, res := v.run(in, scratch)
	return res.OK
}

// maxLists bounds the lists of a directive of which every selection may be missing. Of more than these either all are
// missing, as in a line without a stream, or none of the others.
const maxLists = 3

// without is a variant for each selection of the lists that are not printed, and not the blank behind them either.
func (l *layout) without() []variant { return l.choose(l.lists(), nil) }

// hushed is a variant for each selection in which a quiet field is not printed, and lists are or not. Up to 2.8 HAProxy
// prints the blank behind such a field, from 3.0 on it does not.
func (l *layout) hushed() []variant {
	var quiet []int
	for i := range l.items {
		if isQuiet(l.items, i) {
			quiet = append(quiet, i)
		}
	}
	if quiet == nil {
		return nil
	}
	return l.choose(append(quiet, l.lists()...), quiet)
}

// isQuiet reports whether item i prints nothing at all where there is no query, or no path, and stands between blanks.
func isQuiet(items []directive.Item, i int) bool {
	f := items[i].Field
	return f != nil && (f.Code == "%HQ" || f.Code == "%HPO") && isBetweenBlanks(items, i)
}

// lists are the items that are lists without a mark of their own for no values.
func (l *layout) lists() []int {
	var out []int
	for i, it := range l.items {
		if it.Field != nil && it.Field.List != nil && it.Shape.Kind == directive.KindText && !it.Shape.HasNull {
			out = append(out, i)
		}
	}
	return out
}

// choose is a variant for each selection of the items that may be missing; where some have to be, one of these is.
func (l *layout) choose(missing, some []int) []variant {
	var out []variant
	add := func(gone []int) {
		if some != nil && !slices.ContainsFunc(gone, func(i int) bool { return slices.Contains(some, i) }) {
			return
		}
		if v, ok := l.compile(gone, len(l.items)); ok {
			out = append(out, v)
		}
	}
	if len(missing) > maxLists {
		add(missing)
		missing = missing[:maxLists]
	}
	for choice := 1; choice < 1<<len(missing); choice++ {
		var gone []int
		for k, i := range missing {
			if choice&(1<<k) != 0 {
				gone = append(gone, i)
			}
		}
		add(gone)
	}
	return out
}

// trimmed are variants without what may be missing at the end of a line together with the blank before it.
func (l *layout) trimmed() []variant {
	var out []variant
	for n := len(l.items); n > 0; {
		switch it := l.items[n-1]; {
		case it.Field != nil && mayBeEmpty(it):
			n--
			continue
		case it.Field == nil && it.Literal == " ":
			n--
		default:
			return out
		}
		if v, ok := l.compile(nil, n); ok {
			out = append(out, v)
		}
	}
	return out
}

// led is a variant without an empty field at the beginning of a line, such as %HQ: the blank behind it is taken for one of
// the header's.
func (l *layout) led() []variant {
	if len(l.items) < 2 || !strings.HasPrefix(l.items[1].Literal, " ") {
		return nil
	}
	if first := l.items[0]; first.Field == nil || first.Field.List != nil || !mayBeEmpty(first) {
		return nil
	}
	rest := *l
	rest.items = slices.Clone(l.items)
	if second := &rest.items[1]; second.Literal != " " {
		second.Literal = second.Literal[1:]
	}
	if v, ok := rest.compile([]int{0}, len(rest.items)); ok {
		return []variant{v}
	}
	return nil
}

// hollow is a variant in which the first or last value of a list without quotes is empty, as of a header without a value,
// so that the list begins or ends in a blank.
func (l *layout) hollow() []variant {
	loose := *l
	loose.items = slices.Clone(l.items)
	bare := false
	for i := range loose.items {
		if isBareList(loose.items[i]) && i != l.pair {
			loose.items[i].Shape.Valid, bare = nil, true
		}
	}
	if !bare {
		return nil
	}
	if v, ok := loose.compile(nil, len(loose.items)); ok {
		return []variant{v}
	}
	return nil
}

// mayBeEmpty reports whether a field may print nothing.
func mayBeEmpty(it directive.Item) bool {
	s := it.Shape
	switch {
	case it.Field.List != nil || s.Optional:
		return true
	case s.Kind == directive.KindSet:
		return s.Min == 0 && !s.HasNull
	}
	return false
}

// compile makes a variant of the first n items without some of them. Where a blank stood on either side of what is gone
// there is one.
func (l *layout) compile(gone []int, n int) (variant, bool) {
	items := make([]directive.Item, 0, n)
	var v variant
	k := 0
	vanished := false
	for i, it := range l.items[:n] {
		switch {
		case slices.Contains(gone, i):
			vanished = true
			if k == l.pair && len(items) > 0 && items[len(items)-1].Literal != " " {
				items = append(items, literal(" ")) // the one between the two
			}
			k++
			continue
		case it.Field != nil:
			v.to = append(v.to, l.slot(k))
			k++
		case vanished && it.Literal == " " && (len(items) == 0 || items[len(items)-1].Literal == " "):
			vanished = false
			continue
		}
		vanished = false
		items = append(items, it)
	}
	if v.to == nil {
		for _, it := range items {
			v.text += it.Literal
		}
		return v, v.text != ""
	}
	var err error
	v.program, err = directive.CompileAdjacent(items)
	return v, err == nil
}
