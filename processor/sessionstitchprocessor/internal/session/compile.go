// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package session

import (
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/proxylog/proxylog/internal/attr"
	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/dict"
	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/model"
)

// Model is a model compiled for a dictionary: what to do with an attribute is found by the attribute's number. It is
// safe for concurrent use.
type Model struct {
	*model.Model
	dict *dict.Dict

	// required is an attribute that every stage wants; a record without it belongs to no session. Empty: there is none.
	required string
	// slots are the attributes that the model itself looks at.
	slots    []string
	stages   []stage
	keys     []key
	identity []uint8
	timeSlot int
	timeline []uint8
	// matcher tells the records of a user's rule; nil for the built-in models.
	matcher Matcher
	// encoding is the scope's encoding.format of the model's outputs.
	encoding string

	// headers are the numbers of headerNames, lastHeader is the highest: mostly they are the lowest of all.
	headers    [numHeaders]uint32
	lastHeader uint32

	named   map[string]action
	mu      sync.Mutex
	actions atomic.Pointer[[]action]
	shapes  shapes
}

// doing is what an attribute of a record is for.
type doing uint8

const (
	doKeep doing = iota
	doSkip
	doStart
	doDuration
	// doCount is a counter of the parts, doCounted one of the outputs, doBaseline an output's baseline; arg is its index.
	doCount
	doCounted
	doBaseline
	// doField is what an output says about itself; arg is the field.
	doField
)

// Fields of an output.
const (
	fieldUID = iota
	fieldParts
	fieldDuplicates
	fieldComplete
	fieldApproximate
	fieldOrder
	fieldTimeline
	fieldConcat
	numFields
)

type action struct {
	do   doing
	arg  uint8
	rule model.Rule
	// slot is one more than the attribute's slot.
	slot uint8
	// noise says that the attribute does not tell parts apart: where a record was read, not what it says.
	noise bool
	// limit is how many values a list keeps.
	limit uint16
}

type stage struct {
	*model.Stage
	when  []match
	count int
	keep  []uint32
	union []unionOf
}

type match struct {
	slot   int // -1: the EventName
	values []string
}

type unionOf struct {
	slot uint8
	to   uint32
}

type key struct {
	*model.Key
	need, any, also, without []uint8
}

// What a record has beside its attributes is kept like attributes, so that the newest is kept. An attribute of a record
// that is called like one of them gets no number, which sets the two apart.
const (
	headerEnd = iota
	headerSeverity
	headerSeverityText
	headerTraceID
	headerSpanID
	numHeaders
)

var headerNames = [numHeaders]string{"@end", "@severity", "@severity_text", "@trace_id", "@span_id"}

// IsHeader says that a name stands for what a record has beside its attributes, so that no attribute of that name can be
// merged by a rule.
func IsHeader(name string) bool {
	return len(name) > 1 && name[0] == '@' && slices.Contains(headerNames[:], name)
}

// Compile prepares a model.
func Compile(m *model.Model, d *dict.Dict) *Model {
	c := &Model{Model: m, dict: d, named: map[string]action{}, timeSlot: -1, encoding: "proxylog." + m.Format + ".session"}
	c.name()
	for i := range m.Stages {
		s := stage{Stage: &m.Stages[i], count: -1}
		for _, w := range s.When {
			x := match{slot: -1, values: w.Values}
			if w.Attr != "" {
				x.slot = int(c.slot(w.Attr))
			}
			s.when = append(s.when, x)
		}
		if f := s.Fold; f != nil {
			s.count = slices.IndexFunc(m.Counters, func(n model.Counter) bool { return n.Out == f.Count })
			for _, k := range f.Keep {
				s.keep = append(s.keep, c.number(k))
			}
			for from, to := range f.Union {
				s.union = append(s.union, unionOf{slot: c.slot(from), to: c.number(to)})
			}
		}
		c.stages = append(c.stages, s)
	}
	c.required = required(m)
	for i := range m.Keys {
		k := key{Key: &m.Keys[i]}
		k.need, k.any, k.also, k.without = c.slotsOf(k.Need), c.slotsOf(k.Any), c.slotsOf(k.Also), c.slotsOf(k.Without)
		c.keys = append(c.keys, k)
	}
	c.identity, c.timeline = c.slotsOf(m.Identity), c.slotsOf(m.Timeline)
	if m.Time != "" {
		c.timeSlot = int(c.slot(m.Time))
	}
	for i, k := range headerNames {
		c.headers[i] = c.number(k)
		c.lastHeader = max(c.lastHeader, c.headers[i])
	}
	d.Reserve(slices.Collect(maps.Keys(c.named))...)
	c.actions.Store(&[]action{{}})
	c.action(uint32(d.Len() - 1))
	return c
}

// number is that of an attribute which the model cannot do without.
func (m *Model) number(name string) uint32 {
	m.dict.Reserve(name)
	return m.dict.Key(name)
}

// CompileRule prepares the model of a user's rule.
func CompileRule(m *model.Model, d *dict.Dict, match Matcher) *Model {
	c := Compile(m, d)
	c.matcher = match
	return c
}

// required is the attribute that the first condition of every stage asks for.
func required(m *model.Model) string {
	for i := range m.Stages {
		if len(m.Stages[i].When) == 0 {
			return ""
		}
		first := m.Stages[i].When[0]
		if len(first.Values) == 0 || first.Attr != m.Stages[0].When[0].Attr {
			return ""
		}
	}
	if len(m.Stages) == 0 {
		return ""
	}
	return m.Stages[0].When[0].Attr
}

// name lists what is done with the attributes that are not simply kept.
func (m *Model) name() {
	if m.Type != "" {
		// What all its records have need not be kept.
		m.named[attr.ProxyType] = action{do: doSkip}
	}
	m.named[attr.ProxyStartTime] = action{do: doStart}
	m.named[attr.ProxyDuration] = action{do: doDuration}
	for k, f := range map[string]uint8{
		attr.LogRecordUID: fieldUID, attr.ProxySessionParts: fieldParts, attr.ProxySessionDuplicates: fieldDuplicates,
		attr.ProxySessionComplete: fieldComplete, attr.ProxySessionApproximate: fieldApproximate,
		attr.ProxySessionOrder: fieldOrder, attr.ProxySessionTimeline: fieldTimeline, attr.ProxySessionConcat: fieldConcat,
	} {
		m.named[k] = action{do: doField, arg: f}
	}
	m.named[attr.ProxySessionCloseReason] = action{do: doSkip}
	m.named[attr.ProxySessionPart] = action{do: doSkip}
	// What stanza's operator puts there for want of a better place is said of the output in that place.
	m.named[attr.EventName] = action{do: doSkip}
	m.named[attr.EncodingFormat] = action{do: doSkip}
	for _, l := range m.Links {
		m.named[l.Out] = action{do: doSkip}
	}
	for i, n := range m.Counters {
		if n.Billionths {
			continue // comes with the one before
		}
		m.named[n.Out] = action{do: doCounted, arg: uint8(i)}
		if n.Baseline != "" {
			m.named[n.Baseline] = action{do: doBaseline, arg: uint8(i)}
		}
		if n.In != "" {
			m.named[n.In] = action{do: doCount, arg: uint8(i)}
		}
	}
	for k, r := range m.Rules {
		a := m.named[k]
		a.rule = r
		a.limit = uint16(m.Joins[k].Limit)
		if r == model.Drop {
			a.do = doSkip
		}
		m.named[k] = a
	}
}

func (m *Model) slot(name string) uint8 {
	i := slices.Index(m.slots, name)
	if i < 0 {
		i = len(m.slots)
		m.slots = append(m.slots, name)
	}
	a := m.named[name]
	a.slot = uint8(i) + 1
	m.named[name] = a
	return uint8(i)
}

func (m *Model) slotsOf(names []string) (list []uint8) {
	for _, n := range names {
		list = append(list, m.slot(n))
	}
	return list
}

// action is what to do with an attribute that has a number.
func (m *Model) action(id uint32) action {
	if list := *m.actions.Load(); int(id) < len(list) {
		return list[id]
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	old := *m.actions.Load()
	next := slices.Clone(old)
	for i := len(old); i < m.dict.Len(); i++ {
		name := m.dict.Name(uint32(i))
		a := m.named[name]
		a.noise = isNoise(name)
		next = append(next, a)
	}
	m.actions.Store(&next)
	return next[id]
}

// actionsFor is the list for all attributes that have a number.
func (m *Model) actionsFor() []action {
	list := *m.actions.Load()
	if n := m.dict.Len(); len(list) < n {
		m.action(uint32(n - 1))
		list = *m.actions.Load()
	}
	return list
}

// isNoise finds attributes about the way that a record took.
func isNoise(name string) bool {
	return strings.HasPrefix(name, "log.") || strings.HasPrefix(name, "syslog.") || name == attr.EventName || name == attr.EncodingFormat
}
