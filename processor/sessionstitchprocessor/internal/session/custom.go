// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package session

import (
	"encoding/binary"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/cespare/xxhash/v2"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/proxylog/proxylog/internal/attr"
	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/dict"
	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/model"
)

// Matcher tells the records of a user's rule. It is safe for concurrent use.
type Matcher interface {
	// Match gives the session's name and whether the record ends it; ok is false where the rule does not take the record.
	Match(rl plog.ResourceLogs, sl plog.ScopeLogs, rec plog.LogRecord) (key string, end, ok bool)
}

// Scope sets the resource and scope of the records that follow.
func (r *Reader) Scope(rl plog.ResourceLogs, sl plog.ScopeLogs) {
	r.rl, r.sl, r.encoding = rl, sl, ""
	if v, ok := sl.Scope().Attributes().Get(attr.EncodingFormat); ok && v.Type() == pcommon.ValueTypeStr {
		r.encoding = v.Str()
	}
}

// Places of a rule's stages.
const (
	customPart = iota
	customEnd
)

// readCustom makes a part of a record that a user's rule takes. What this rule's model wrote is known by its scope; what
// other models wrote belongs to none.
//
// The identity of a part is all that its record says but for the way it took: attributes, times, severity, body. Two
// records that are equal in all of it are one part.
func (r *Reader) readCustom(m *Model, rec plog.LogRecord) (*Part, bool) {
	own := r.encoding == m.encoding
	var name string
	var end, ok bool
	if !own {
		if name, end, ok = m.matcher.Match(r.rl, r.sl, rec); !ok {
			return nil, false
		}
	}
	r.scan(m, rec)
	r.event = eventOf(rec)
	output, ok := r.isOutput(r.event)
	if !ok || output != own {
		return nil, false
	}
	if own {
		id, ok := rec.Attributes().Get(attr.ProxySessionID)
		if !ok {
			return nil, false
		}
		name = TextOf(id)
	}
	st := &m.stages[customPart]
	if end {
		st = &m.stages[customEnd]
	}
	p := r.begin(r.customKey(m, name), false)
	r.unpacked()
	if output {
		r.readOutput(m, rec)
	} else {
		r.sessionID = name
		r.readPart(m, st, rec)
	}
	p.sort()
	return p, true
}

func (r *Reader) customKey(m *Model, name string) Key {
	b := append(r.scratch[:0], m.Name...)
	b = append(b, 0, 0, 0)
	b = append(b, name...)
	r.scratch = b
	return hashKey(b)
}

// finishCustom adds to a part what a rule's parts have besides. The session begins with its first part that has a time,
// where none says otherwise.
func (r *Reader) finishCustom(id uint64, at int64) {
	p := r.part
	if p.Flags&HasStart == 0 && at != 0 {
		p.Start = at
		p.Flags |= HasStart
	}
	key := r.dict.Key(attr.ProxySessionID)
	n := len(r.values)
	if key == dict.None {
		r.values = appendName(r.values, attr.ProxySessionID)
	}
	r.values = appendText(r.values, r.dict, key, r.sessionID)
	p.Attrs = append(p.Attrs, Attr{Key: key, Value: r.values[n:len(r.values):len(r.values)]})
	for i := range r.items {
		if it := &r.items[i]; it.action.rule == model.Concat {
			r.keepTexts(it, appendPlace(nil, at, id, TextOf(it.value)))
		}
	}
}

// hashBody is the hash of a record's body, as far as it has one.
func hashBody(v pcommon.Value) uint64 {
	switch v.Type() {
	case pcommon.ValueTypeEmpty:
		return 0
	case pcommon.ValueTypeStr:
		return xxhash.Sum64String(v.Str())
	}
	return xxhash.Sum64(appendNested(nil, v, 0))
}

// countCustom counts an attribute of a rule's part: a whole number that is not negative, a decimal one to the billionth,
// either of them as text, or just that it is there.
func (r *Reader) countCustom(m *Model, it *item) {
	i := it.action.arg
	add := func(i uint8, n int64) {
		r.part.Counters = append(r.part.Counters, Counter{Index: i, Set: true, Owner: noOwner, Hi: n})
	}
	if m.Counters[i].Any {
		add(i, 1)
		return
	}
	whole, parts, ok := numberOf(it.value)
	if !ok {
		return
	}
	add(i, whole)
	if parts > 0 {
		add(i+1, parts)
	}
}

// A concatenation is kept as a set of texts with their places before them, 16 bytes that sort by time and identity, so
// that a union of sets that keeps the smallest keeps the first.
const placeSize = 16

// maxText is how much of a text a concatenation takes, in bytes.
const maxText = 1024

// appendPlace adds a text with its place.
func appendPlace(dst []byte, at int64, id uint64, text string) []byte {
	text = strings.ToValidUTF8(text, "\uFFFD")
	if len(text) > maxText {
		n := maxText
		for n > 0 && !utf8.RuneStart(text[n]) {
			n--
		}
		text = text[:n]
	}
	dst = binary.AppendUvarint(append(dst, kindText), uint64(placeSize+len(text)))
	dst = binary.BigEndian.AppendUint64(dst, uint64(at)^1<<63)
	dst = binary.BigEndian.AppendUint64(dst, id)
	return append(dst, text...)
}

// keepTexts adds an attribute that is a set of texts with places.
func (r *Reader) keepTexts(it *item, texts ...[]byte) {
	body := binary.AppendUvarint(nil, uint64(len(texts)))
	for _, t := range texts {
		body = append(body, t...)
	}
	a := Attr{Key: it.id, Owner: noOwner}
	n := len(r.values)
	if a.Key == dict.None {
		r.values = appendName(r.values, it.name)
	}
	r.values = append(r.values, union(nil, appendBody(nil, kindSlice, body), nil, int(it.action.limit))...)
	a.Value = r.values[n:len(r.values):len(r.values)]
	r.part.Attrs = append(r.part.Attrs, a)
}

// putTexts writes a concatenation: the texts in their order, and the places that stitching again needs.
func (w *Writer) putTexts(m *Model, name string, value []byte) {
	if value[0] != kindSlice {
		return
	}
	var text, places strings.Builder
	for e := range elements(value) {
		if e[0] != kindText {
			return
		}
		_, k := binary.Uvarint(e[1:])
		if e = e[1+k:]; len(e) < placeSize {
			return
		}
		if places.Len() > 0 {
			text.WriteString(m.Joins[name].Separator)
			places.WriteByte(' ')
		}
		text.Write(e[placeSize:])
		at, id := int64(binary.BigEndian.Uint64(e)^1<<63), binary.BigEndian.Uint64(e[8:])
		places.WriteString(strconv.FormatInt(at, 10) + "." + strconv.FormatUint(id, 16) + "." + strconv.Itoa(len(e)-placeSize))
	}
	w.putStr(name, text.String())
	w.places = append(w.places, placesOf{name: name, places: places.String()})
}

// readTexts reads what putTexts wrote; where the places are missing the text is one, at the output's own place.
func (r *Reader) readTexts(m *Model, it *item, at int64, id uint64) {
	if it.value.Type() != pcommon.ValueTypeStr {
		return
	}
	rest, separator := it.value.Str(), m.Joins[it.name].Separator
	var texts [][]byte
	if v, ok := r.field(fieldConcat); ok && v.Type() == pcommon.ValueTypeMap {
		if p, ok := v.Map().Get(it.name); ok {
			for place := range strings.SplitSeq(TextOf(p), " ") {
				f := strings.Split(place, ".")
				if len(f) != 3 {
					texts = nil
					break
				}
				t, err1 := strconv.ParseInt(f[0], 10, 64)
				i, err2 := strconv.ParseUint(f[1], 16, 64)
				n, err3 := strconv.Atoi(f[2])
				if err1 != nil || err2 != nil || err3 != nil || n < 0 || n > len(rest) {
					texts = nil
					break
				}
				texts = append(texts, appendPlace(nil, t, i, rest[:n]))
				rest = strings.TrimPrefix(rest[n:], separator)
			}
		}
	}
	if texts == nil {
		texts = [][]byte{appendPlace(nil, at, id, it.value.Str())}
	}
	r.keepTexts(it, texts...)
}

// readSum reads a sum that an output has.
func (r *Reader) readSum(m *Model, it *item) {
	i := it.action.arg
	whole, parts, ok := numberOf(it.value)
	if !ok || it.value.Type() == pcommon.ValueTypeStr {
		return
	}
	r.part.Counters = append(r.part.Counters, Counter{Index: i, Set: true, Owner: noOwner, Hi: whole})
	if it.value.Type() == pcommon.ValueTypeDouble && hasBillionths(m, i) {
		r.part.Counters = append(r.part.Counters, Counter{Index: i + 1, Set: true, Owner: noOwner, Hi: parts})
	}
}

// hasBillionths says that the counter behind this one holds its billionths.
func hasBillionths(m *Model, i uint8) bool {
	return int(i)+1 < len(m.Counters) && m.Counters[i+1].Billionths
}

// billionths is what the counter behind this one counted for this output, or for all, if it holds billionths.
func (s *State) billionths(m *Model, i uint8, all bool) (n int64, ok bool) {
	if !hasBillionths(m, i) {
		return 0, false
	}
	at, found := slices.BinarySearchFunc(s.Counters, i+1, func(c Counter, i uint8) int { return int(c.Index) - int(i) })
	if !found || !s.Counters[at].Set && !(all && s.Counters[at].Counted) {
		return 0, false
	}
	n = s.Counters[at].Hi
	if all {
		n = saturating(n, s.Counters[at].CountedHi)
	}
	return n, true
}
