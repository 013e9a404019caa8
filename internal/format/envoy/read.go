// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package envoy

import (
	"math/bits"

	"github.com/proxylog/proxylog/internal/field"
	"github.com/proxylog/proxylog/internal/format"
	"github.com/proxylog/proxylog/internal/jsonscan"
	"github.com/proxylog/proxylog/internal/scan"
)

// readJSON fills in.Match with the object at byte i and returns the number of its dialect.
func (p *parser) readJSON(in *format.Input, src *source, i int) (int, *format.Error) {
	k := src.json
	end, score := p.scan(in, src, k, i)
	if end < 0 {
		return 0, badJSON(in, src.readers[k])
	}
	if (score < 0 || len(in.Match.Extra) > src.extra) && len(p.json) > 1 {
		// Another dialect may know more of its keys.
		best, last := k, k
		for n := range p.json {
			if n == k {
				continue
			}
			last = n
			if _, s := p.scan(in, src, n, i); s > score {
				best, score = n, s
			}
		}
		if best != last {
			end, score = p.scan(in, src, best, i)
		}
		k = best
	}
	d := p.json[k]
	if score < 0 {
		return 0, in.Fail(format.Error{Reason: format.Unrecognized, Dialect: d.Dialect, Offset: i, Expected: "the keys of an access log"})
	}
	if k != src.json && src.jsons.Stays(k) {
		src.json, src.extra = k, 0
	}
	if k == src.json {
		src.extra = max(src.extra, len(in.Match.Extra))
	}
	for end < in.Header.End && in.Line[end] <= ' ' {
		end++
	}
	if end < in.Header.End {
		return 0, in.Fail(format.Error{Reason: format.Trailing, Dialect: d.Dialect, Offset: end, Expected: "the end of the line"})
	}
	for n := range in.Match.Extra {
		missing(in.Line, &in.Match.Extra[n].Slot)
	}
	src.present = mark(in)
	if err := check(in, d); err != nil {
		return 0, err
	}
	for n := range d.mixed {
		d.mixed[n].read(in)
	}
	src.join(d.clocks, in.Match.Slots)
	return k, nil
}

// scan reads the object at byte i as dialect k. It returns the byte behind it, -1 where it is no JSON, and how well it
// fits: known keys less those that the directive does not have, -1 where it does not.
func (p *parser) scan(in *format.Input, src *source, k, i int) (end, score int) {
	d, r := p.json[k], src.readers[k]
	slots := in.Begin(d.Dialect)
	r.Extra = in.Match.Extra
	end = r.Object(in.Line[:in.Header.End], i, slots)
	in.Match.Extra = r.Extra
	if end < 0 || !d.fits(slots, r.Known, r.Extra) {
		return end, -1
	}
	return end, max(0, r.Known-max(0, len(r.Extra)-d.others))
}

func badJSON(in *format.Input, r *jsonscan.Reader) *format.Error {
	reason := format.BadJSON
	if r.Err.Truncated {
		reason = format.Truncated
	}
	return in.Fail(format.Error{Reason: reason, Dialect: in.Match.Dialect, Offset: r.Err.Offset, Expected: r.Err.Expected})
}

// readText fills in.Match with the text at byte i. failed is why it is no JSON, nil where it does not look like JSON.
func (p *parser) readText(in *format.Input, src *source, i int, failed *format.Error) *format.Error {
	best := format.Error{Reason: format.Unrecognized, Offset: i, Expected: "an access log"}
	if failed != nil {
		best = *failed
	}
	for n := range p.text {
		k := n
		// The dialect of the line before comes first.
		switch n {
		case 0:
			k = src.text
		case src.text:
			k = 0
		}
		d := p.text[src.texts.At(k)]
		slots := in.Begin(d.Dialect)
		end := in.Header.End
		for n := d.blanks; n > 0 && end > i && (in.Line[end-1] == ' ' || in.Line[end-1] == '\t'); n-- {
			end--
		}
		from := i
		for d.indented && from > in.Header.Start && (in.Line[from-1] == ' ' || in.Line[from-1] == '\t') {
			from--
		}
		r := d.program.Run(in.Line, from, end, slots)
		if r.OK {
			if src.texts.Stays(src.texts.At(k)) {
				src.text = k
			}
			in.Match.Ambiguous = r.Ambiguous
			if d.omits {
				dashes(in.Line, slots)
			}
			settle(in.Line, slots, d.loose)
			src.join(d.clocks, slots)
			return nil
		}
		if r.Offset > best.Offset || best.Dialect == nil && failed == nil {
			reason := format.Mismatch
			switch {
			case r.Offset >= in.Header.End:
				reason = format.Truncated
			case r.Item < 0:
				reason = format.Trailing
			case r.Offset == i:
				reason = format.Unrecognized
			}
			best = format.Error{
				Reason: reason, Dialect: d.Dialect, Field: d.program.Code(r.Item), Offset: r.Offset, Expected: d.program.Expected(r.Item),
			}
		}
	}
	return in.Fail(best)
}

// mark marks the missing values, and returns a number that tells apart lines that have other ones.
func mark(in *format.Input) (present uint64) {
	line, slots := in.Line, in.Match.Slots
	for k := range slots {
		s := &slots[k]
		missing(line, s)
		present = bits.RotateLeft64(present, 1) ^ (uint64(uint32(s.Start)>>31) | uint64(s.Flags&field.Null))
	}
	return present
}

// check reads numbers and times, also those in quotes.
func check(in *format.Input, d *jsonDialect) *format.Error {
	slots := in.Match.Slots
	for i := range d.typed {
		t := &d.typed[i]
		s := &slots[t.slot]
		if !s.Has() {
			continue
		}
		expected := ""
		switch t.kind {
		case integer:
			if !jsonscan.Int(in.Line, s) {
				expected = "a number"
			}
		case moment, fragment:
			if s.Num = readTime(in, s, t.layout); s.Num < 0 {
				expected = "a time"
			}
		case loose:
			if !jsonscan.Int(in.Line, s) {
				in.Match.Extra = append(in.Match.Extra, field.Extra{Key: in.Code(t.slot), Slot: *s, Decode: jsonscan.Unescape})
				s.Flags |= field.Null
			}
		case text, identity, done, again: // not typed
		}
		if expected != "" {
			return in.Fail(format.Error{Reason: format.BadValue, Dialect: in.Match.Dialect, Field: in.Code(t.slot), Offset: int(s.Start), Expected: expected})
		}
	}
	return nil
}

// missing marks the dash, which stands for no value.
func missing(line string, s *field.Slot) {
	if s.End-s.Start == 1 && line[s.Start] == '-' {
		s.Flags |= field.Null
	}
}

// readTime reads a time into nanoseconds since 1970, -1 where it is none. Without a layout it may be printed in any way.
func readTime(in *format.Input, s *field.Slot, l *layout) int64 {
	if s.Is(field.Object) {
		return -1
	}
	if l != nil {
		if e, ns := l.read(in.Line, int(s.Start), int(s.End)); e == int(s.End) {
			return ns
		}
		return -1
	}
	if s.Is(field.Number) && jsonscan.Int(in.Line, s) {
		ns, _ := scan.Epoch(s.Num)
		return ns
	}
	t := s.Text(in.Line)
	if s.Is(field.Encoded) {
		t = jsonscan.Unescape(t)
	}
	ns, ok := in.Calendar.Instant(t)
	if !ok {
		return -1
	}
	return ns
}
