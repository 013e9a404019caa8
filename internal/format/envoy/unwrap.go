// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package envoy

import (
	"encoding/csv"
	"strings"

	"github.com/proxylog/proxylog/internal/attr"
	"github.com/proxylog/proxylog/internal/envelope"
	"github.com/proxylog/proxylog/internal/field"
	"github.com/proxylog/proxylog/internal/format"
	"github.com/proxylog/proxylog/internal/jsonscan"
	"github.com/proxylog/proxylog/internal/record"
	"github.com/proxylog/proxylog/internal/scan"
)

// Lines come out of GDC's log pipeline, and out of other ones, wrapped in what the query or the export has put around
// them: the answer of a Loki query (data.result) or a push to Loki (streams), the objects of logcli and of Grafana's JSON
// export ("line" with labels), events of Splunk's HTTP event collector ("event"), and the rows of Grafana's text and CSV
// exports. Of a source that holds such lines each costs two looks: one as a line, and then this one.

// wrapped reports at a glance whether a payload could hold entries.
func wrapped(payload string) bool {
	for _, key := range [...]string{`"event"`, `"line"`, `"values"`, `{""`} {
		if strings.Contains(payload, key) {
			return true
		}
	}
	return len(payload) > 20 && payload[4] == '-' && strings.IndexByte(payload[:min(len(payload), 40)], '\t') > 0
}

// unwrap reads the entries that a line holds, and reports whether there are any: at least one has to be an access log.
func (p *parser) unwrap(in *format.Input, src *source, i int, out *record.Writer) bool {
	line, header := in.Line, in.Header
	if src.outer.inside || !wrapped(line[i:header.End]) {
		return false
	}
	src.outer.inside = true
	found := false
	// The first look finds out whether there is an access log among them; what is none otherwise would be rejected twice.
	p.each(in, src, line[:header.End], i, func() bool {
		found = p.reads(in, src)
		return !found
	})
	if found {
		p.each(in, src, line[:header.End], i, func() bool {
			k := start(in)
			if err := p.line(in, src, k, out); err != nil {
				in.RejectEntry(out, p.reject, in.Line[in.Header.Start:in.Header.End], err)
			}
			return true
		})
	}
	src.outer.inside = false
	in.Line, in.Header = line, header
	return found
}

// reads reports whether the entry in in can be read, and writes nothing.
func (p *parser) reads(in *format.Input, src *source) bool {
	i := start(in)
	if i < in.Header.End && in.Line[i] == '{' && len(p.json) > 0 {
		if _, err := p.readJSON(in, src, i); err == nil {
			return true
		}
	}
	return len(p.text) > 0 && p.readText(in, src, i, nil) == nil
}

// each calls fn for each entry of a line, until it says that this is enough: in then holds the entry, and src.outer what
// stands around it.
func (p *parser) each(in *format.Input, src *source, line string, i int, fn func() bool) {
	o := &src.outer
	if o.reader == nil {
		o.reader, o.members = jsonscan.NewReader(p.outer), jsonscan.NewReader(p.nothing)
		o.slots = make([]field.Slot, numOuter)
	}
	if line[i] != '{' && line[i] != '[' {
		o.row(in, line[i:], fn)
		return
	}
	for i = jsonscan.Skip(line, i); i < len(line) && line[i] == '{'; i = jsonscan.Skip(line, i) {
		field.Reset(o.slots)
		o.reader.Extra = o.reader.Extra[:0]
		end := o.reader.Object(line, i, o.slots)
		if end < 0 || !o.object(in, line, fn) {
			return
		}
		i = end
	}
}

// row is a row of Grafana's exports: a time and the line behind a tab, or values as CSV.
func (o *outer) row(in *format.Input, row string, fn func() bool) {
	o.clear()
	if e, ns, _ := scan.RFC3339(row, 0, len(row)); e > 0 && e < len(row) && row[e] == '\t' {
		o.observed = ns
		o.text(in, row[e+1:], fn)
		return
	}
	values, err := csv.NewReader(strings.NewReader(row)).Read()
	if err != nil {
		return
	}
	for _, v := range values {
		if strings.HasPrefix(v, "{") && !o.text(in, v, fn) {
			return
		}
	}
}

// object reads what one object holds; false ends it.
func (o *outer) object(in *format.Input, line string, fn func() bool) bool {
	slots := o.slots
	for _, n := range [...]int{outResult, outStreams} {
		if !slots[n].Is(field.Object) {
			continue
		}
		more := true
		o.elements(line, slots[n], func(e field.Slot) bool {
			field.Reset(o.slots)
			if line[e.Start] != '{' || o.reader.Object(line, int(e.Start), o.slots) < 0 {
				return true
			}
			more = o.stream(in, line, fn)
			return more
		})
		return more
	}
	switch {
	case slots[outValues].Is(field.Object):
		return o.stream(in, line, fn)
	case slots[outEvent].Has():
		return o.event(in, line, fn)
	case slots[outLine].Has():
		o.clear()
		o.observe(line, outTimestamp)
		o.labels(line, outLabels, labelPrefix)
		o.labels(line, outFields, labelPrefix)
		return o.entry(in, line, slots[outLine], fn)
	}
	return true
}

// event is an event of Splunk's HTTP event collector (Splunk, "Format events for HTTP Event Collector").
func (o *outer) event(in *format.Input, line string, fn func() bool) bool {
	o.clear()
	o.observe(line, outTime)
	for _, kv := range [...]struct {
		slot int
		key  string
	}{{outHost, attr.HostName}, {outSource, attr.ComSplunkSource}, {outSourcetype, attr.ComSplunkSourcetype}, {outIndex, attr.ComSplunkIndex}} {
		if s := &o.slots[kv.slot]; s.Has() {
			o.resource = append(o.resource, record.KV{Key: kv.key, Str: jsonscan.Unescape(s.Text(line))})
		}
	}
	o.labels(line, outFields, fieldPrefix)
	return o.entry(in, line, o.slots[outEvent], fn)
}

// stream is a stream of Loki's: its labels, and entries of a time, a line, and perhaps more labels (Loki, HTTP API).
func (o *outer) stream(in *format.Input, line string, fn func() bool) bool {
	more := true
	stream, values := o.slots[outStream], o.slots[outValues]
	if !values.Is(field.Object) {
		return true
	}
	o.elements(line, values, func(e field.Slot) bool {
		n := 0
		o.clear()
		o.slots[outStream] = stream
		o.labels(line, outStream, labelPrefix)
		var text field.Slot
		o.elements(line, e, func(v field.Slot) bool {
			switch n {
			case 0:
				o.slots[outTime] = v
				o.observe(line, outTime)
			case 1:
				text = v
			case 2:
				o.slots[outLabels] = v
				o.labels(line, outLabels, labelPrefix)
			}
			n++
			return true
		})
		if n >= 2 {
			more = o.entry(in, line, text, fn)
		}
		return more
	})
	return more
}

// entry hands over an entry: an object where it stands, or a text with its escapes undone.
func (o *outer) entry(in *format.Input, line string, s field.Slot, fn func() bool) bool {
	if s.Is(field.Object) {
		in.Line, in.Header = line, envelope.Header{Priority: -1, Start: int(s.Start), End: int(s.End)}
		return fn()
	}
	return o.text(in, jsonscan.Unescape(s.Text(line)), fn)
}

// text hands over an entry that has a text of its own.
func (o *outer) text(in *format.Input, text string, fn func() bool) bool {
	text = strings.TrimRight(text, "\r\n")
	in.Line, in.Header = text, envelope.Header{Priority: -1, End: len(text)}
	return fn()
}
