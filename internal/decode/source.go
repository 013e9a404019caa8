// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package decode

import (
	"slices"
	"strings"

	"github.com/proxylog/proxylog/internal/envelope"
	"github.com/proxylog/proxylog/internal/format"
	"github.com/proxylog/proxylog/internal/jsonscan"
	"github.com/proxylog/proxylog/internal/record"
	"github.com/proxylog/proxylog/internal/scan"
)

// Source is one stream of lines. It is not safe for concurrent use.
type Source struct {
	d       *Decoder
	name    string
	wrapper *envelope.Wrapper
	header  envelope.Parser
	in      format.Input
	sticky  []any // per entry
	current int   // of entries; -1 as long as none is known
	streak  int   // lines in a row that another format than current has read
	changes int   // how often current has changed
	before  int   // of entries: what has read the line before; nothing where there is none, unread where nothing has
	err     format.Error
	zones   zones
	near    nearMiss
	joiner  jsonscan.Joiner
	headers [numBeginnings]headers
	// bare says that of what looks like the header of this line some was left to the text.
	bare bool
	// apps are, for each of entries, the program that the header of its last line named.
	apps []string
	// marked is what Rewind brings back.
	marked struct {
		before int
		header envelope.Parser
	}
	extent int // bytes of what the texts of the line under way are parts of
	// rejected is told of lines that cannot be read, instead of their becoming records.
	rejected func(*format.Error)
	// attributes are added to every record of the source, such as log.file.name; streams are the same and the stream of
	// the container. resource is what the name of a container's log says of it.
	attributes []record.KV
	streams    [envelope.Stderr + 1][]record.KV
	resource   []record.KV
}

// What Source.before is besides an entry.
const (
	nothing = -1
	unread  = -2
)

// NewSource makes the state of one stream. name is for messages, and where it is the path of a container's log, for the
// resource; attributes are added to each of its records. What of them is not valid UTF-8, as names of files may be, is
// replaced.
func (d *Decoder) NewSource(name string, attributes ...record.KV) *Source {
	attributes = slices.Clone(attributes)
	for i := range attributes {
		attributes[i].Str = validText(attributes[i].Str)
	}
	s := &Source{
		d: d, name: name, current: d.named, before: nothing, attributes: attributes,
		wrapper: envelope.NewWrapper(d.envelope, d.maxLine), header: envelope.NewParser(d.location),
		sticky: make([]any, len(d.entries)), apps: make([]string, len(d.entries)),
	}
	if d.envelope != envelope.ModeNone && d.envelope != envelope.ModeSyslog {
		s.resource = containerOf(validText(name))
	}
	s.in.DropBad, s.in.Source = d.drop, name
	return s
}

func validText(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }

// Trace lets fn look at each entry right after it was read or rejected, while its fields are known.
func (s *Source) Trace(fn func(in *format.Input, err *format.Error)) {
	s.in.Trace = func(err *format.Error) { fn(&s.in, err) }
}

// Rejected hands lines that cannot be read to fn, which keeps them in its own way, instead of making records of them.
// They are counted as ever; where they are to be dropped, fn is not called. The error is valid during the call.
func (s *Source) Rejected(fn func(err *format.Error)) { s.rejected = fn }

// Decode reads one line and adds its records to the batch. It never fails: a line that cannot be read becomes a record
// that says why, or is dropped, as configured, and is counted in any case. A piece of a container's line leaves nothing
// until the last one comes: then the whole is read and counted as one line. So are the lines of a pretty-printed object.
func (s *Source) Decode(b *Batch, line Line) {
	if line.End {
		s.Flush(b, line.Observed)
		return
	}
	s.extent = len(line.Text)
	s.read(b, &line)
	if s.extent > record.MaxShared {
		s.letGo()
	}
}

// letGo forgets the text of a long line, parts of which stand in all places: there are thousands of sources, and each may
// wait for its next line for ever.
func (s *Source) letGo() {
	s.in.LetGo()
	s.near.in.LetGo()
	s.err = format.Error{}
	s.wrapper.LetGo()
	for _, list := range [...][]any{s.sticky, s.near.sticky} {
		for _, memory := range list {
			if m, ok := memory.(format.Keeper); ok {
				m.LetGo()
			}
		}
	}
}

func (s *Source) read(b *Batch, line *Line) {
	in := &s.in
	in.Observed = line.Observed.UnixNano()
	b.writer.Constant, b.writer.Resource = s.attributes, s.resource
	if line.Cut {
		s.text(strings.TrimRight(line.Text, "\r\n"))
		s.oversize(b)
		return
	}
	text, w := s.wrapper.Take(line.Text)
	if w != nil && w.Result == envelope.Partial {
		return
	}
	s.text(text)
	if w != nil && !s.unwrapped(b, w) {
		return
	}
	if s.d.joins && (w == nil || !w.Whole) && s.held(b, text) {
		return
	}
	if strings.TrimSpace(text) == "" {
		b.Stats.Empty[s.index()]++
		return
	}
	s.readHeader(w)
	if in.Header.Kind >= envelope.RFC3164 && s.repeated(b) {
		return
	}
	before := b.writer.Total()
	i, err := s.parse(&b.writer)
	if err != nil {
		if i, err = s.otherwise(b, w, i, err); err != nil {
			s.reject(b, i, err)
			return
		}
	}
	s.named()
	if in.Header.Time != 0 && !s.zones.told && b.writer.Total() > before {
		s.compareZones(b.writer.Ended())
	}
	b.Stats.Parsed[i]++
	for r, n := range in.Bad {
		if n > 0 {
			b.Stats.Rejects[i][r] += n
			in.Bad[r] = 0
		}
	}
}

// otherwise tries the other ways to read a line that could not be read.
func (s *Source) otherwise(b *Batch, w *envelope.Wrapped, i int, err *format.Error) (int, *format.Error) {
	if i, err = s.unescaped(b, i, err); err == nil {
		return i, nil
	}
	if i, err = s.barely(b, w, i, err); err == nil {
		return i, nil
	}
	return s.continued(b, i, err)
}

// continued tries a line that could not be read as one that goes on with the entry in the line before it. What has a
// header goes on with nothing.
func (s *Source) continued(b *Batch, i int, err *format.Error) (int, *format.Error) {
	if s.before < 0 || !s.d.entries[s.before].continues || s.in.Header.Kind != envelope.None {
		return i, err
	}
	first := *err
	s.in.Continues = true
	err = s.try(s.before, &b.writer)
	s.in.Continues = false
	if err == nil {
		return s.d.entries[s.before].index, nil
	}
	return i, s.in.Fail(first)
}

func (s *Source) text(text string) {
	s.extent = max(s.extent, len(text))
	s.in.Line, s.in.Dirty = text, !scan.Valid(text)
}

// oversize keeps a line that is too long.
func (s *Source) oversize(b *Batch) {
	b.Stats.Oversize[s.index()]++
	s.reject(b, s.index(), s.in.Fail(format.Error{Reason: format.Oversize, Offset: len(s.in.Line)}))
}

// index is the format under which a line is counted that was not parsed.
func (s *Source) index() int { return s.entry().index }

// entry is the source's format as far as it is known.
func (s *Source) entry() *entry {
	if s.current < 0 {
		return &s.d.unknown
	}
	return &s.d.entries[s.current]
}

// reject counts a line that could not be read and, unless it is to be dropped, keeps it as a record. An oversize line
// was counted as such already.
func (s *Source) reject(b *Batch, i int, err *format.Error) {
	if err.Reason != format.Oversize {
		b.Stats.Rejected[i]++
	}
	b.Stats.Rejects[i][err.Reason]++
	s.before = unread
	s.tryOthers(err)
	if s.in.Trace != nil {
		s.in.Trace(err)
	}
	if s.d.drop {
		return
	}
	if s.rejected != nil {
		s.rejected(err)
		return
	}
	scope := s.d.unknown.reject
	if i != Unknown {
		scope = s.d.entries[i].reject
	}
	b.writer.Extent = s.extent
	b.writer.Begin(scope, s.in.Dirty, s.in.Observed)
	b.writer.Reject(s.in.Line, err.Reason.String(), err.Field, err.Offset)
}
