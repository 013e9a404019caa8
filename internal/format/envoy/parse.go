// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package envoy

import (
	"math/bits"
	"strings"

	"github.com/proxylog/proxylog/internal/field"
	"github.com/proxylog/proxylog/internal/format"
	"github.com/proxylog/proxylog/internal/jsonscan"
	"github.com/proxylog/proxylog/internal/record"
	"github.com/proxylog/proxylog/internal/scan"
)

// source is what is remembered of a source of lines.
type source struct {
	readers []*jsonscan.Reader // per JSON dialect
	extras  []*format.Extras   // likewise
	json    int                // the JSON dialect of the line before
	extra   int                // how many unknown keys its lines had at most
	text    int                // the text dialect of the line before
	list    []string           // the parts of a list, for one line
	zone    scan.Zone
	outer   outer
	node    node // of the line before
	// present is what mark says of the line.
	present uint64
	// upstream says that lines without a type were of an upstream log so far.
	upstream bool
}

func (p *parser) source(in *format.Input) *source {
	if s, ok := in.Sticky.(*source); ok {
		return s
	}
	s := &source{zone: scan.NewZone(p.zone)}
	for _, d := range p.json {
		s.readers = append(s.readers, jsonscan.NewReader(d.keys))
		s.extras = append(s.extras, format.NewExtras(d.prefix, p.known...))
	}
	in.Sticky = s
	return s
}

// start is the first byte of the payload that is no blank and no byte order mark.
func start(in *format.Input) int {
	i := in.Header.Start
	if strings.HasPrefix(in.Line[i:], "\ufeff") {
		i += len("\ufeff")
	}
	for i < in.Header.End && (in.Line[i] == ' ' || in.Line[i] == '\t') {
		i++
	}
	return i
}

// Sniff looks for a key of a JSON dialect, or for what a text dialect begins with.
func (p *parser) Sniff(in *format.Input) bool {
	i := start(in)
	payload := in.Line[i:in.Header.End]
	if strings.HasPrefix(payload, "{") {
		for _, d := range p.json {
			for _, key := range d.sniff {
				if strings.Contains(payload, key) {
					return true
				}
			}
		}
	}
	return p.begins(payload) || wrapped(payload)
}

// begins reports whether the payload begins as a line of one of the text formats does.
func (p *parser) begins(payload string) bool {
	for _, d := range p.text {
		if d.begins(payload) {
			return true
		}
	}
	return false
}

// Parse reads one line, one record; or the records of the entries that something else has wrapped into one line.
func (p *parser) Parse(in *format.Input, out *record.Writer) error {
	src := p.source(in)
	i := start(in)
	err := p.line(in, src, i, out)
	if err == nil {
		return nil
	}
	if first := *err; !p.unwrap(in, src, i, out) {
		return in.Fail(first)
	}
	return nil
}

// line reads the line, or the entry of one, that begins at byte i.
func (p *parser) line(in *format.Input, src *source, i int, out *record.Writer) *format.Error {
	var failed *format.Error
	brace := i < in.Header.End && in.Line[i] == '{'
	if brace && p.byHand && p.begins(in.Line[i:in.Header.End]) && p.readText(in, src, i, nil) == nil {
		p.commit(in, src, out, nil, nil)
		return nil
	}
	if brace && len(p.json) > 0 {
		k, err := p.readJSON(in, src, i)
		if err == nil {
			p.commit(in, src, out, p.json[k].identities, src.extras[k])
			return nil
		}
		failed = err
	}
	if len(p.text) > 0 && (failed == nil || failed.Reason == format.Unrecognized || failed.Reason == format.BadJSON) {
		// JSON by hand is among these: nobody escapes its values.
		if err := p.readText(in, src, i, failed); err != nil {
			return err
		}
		p.commit(in, src, out, nil, nil)
		return nil
	}
	if failed == nil {
		failed = in.Fail(format.Error{Reason: format.Unrecognized, Offset: i, Expected: "a JSON object"})
	}
	return failed
}

// commit writes the record of what was read: identities are the slots of what identifies the proxy, and extras, where it
// is not nil, writes the unknown keys.
func (p *parser) commit(in *format.Input, src *source, out *record.Writer, identities []int, extras *format.Extras) {
	present := src.present
	if extras == nil {
		present = in.Match.Present()
	}
	in.Record(out, in.Hash(present, roleType, roleCode), roleFlags, roleDetails, roleMethod, roleCluster)
	text := in.Line
	if src.outer.inside {
		text = text[in.Header.Start:in.Header.End]
		src.outer.write(out)
	}
	write(in, src, out, identities)
	if extras != nil {
		extras.Write(in, out)
	}
	out.Commit(text)
	in.Done()
}

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
	if k != src.json {
		src.json, src.extra = k, 0
	}
	src.extra = max(src.extra, len(in.Match.Extra))
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
// fits: known keys less unknown ones, -1 where it does not.
func (p *parser) scan(in *format.Input, src *source, k, i int) (end, score int) {
	d, r := p.json[k], src.readers[k]
	slots := in.Begin(d.Dialect)
	r.Extra = in.Match.Extra
	end = r.Object(in.Line[:in.Header.End], i, slots)
	in.Match.Extra = r.Extra
	if end < 0 || !d.fits(slots, r.Known, len(r.Extra)) {
		return end, -1
	}
	return end, r.Known - len(r.Extra)
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
		d := p.text[k]
		slots := in.Begin(d.Dialect)
		end := in.Header.End
		for d.blank && end > i && (in.Line[end-1] == ' ' || in.Line[end-1] == '\t') {
			end--
		}
		r := d.program.Run(in.Line, i, end, slots)
		if r.OK {
			src.text = k
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
			if !readInt(in.Line, s) {
				expected = "a number"
			}
		case moment, fragment:
			if s.Num = readTime(in, s, t.layout); s.Num < 0 {
				expected = "a time"
			}
		case loose:
			if !readInt(in.Line, s) {
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

// readInt reads a number, also one in quotes.
func readInt(line string, s *field.Slot) bool {
	if s.Is(field.Number) {
		return !s.Is(field.Real)
	}
	e, n := scan.Int(line, int(s.Start), int(s.End))
	s.Num = n
	return e == int(s.End) && e > int(s.Start)
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
	if s.Is(field.Number) && !s.Is(field.Real) {
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
