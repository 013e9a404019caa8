// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package sessionstitchprocessor

import (
	"encoding/json"

	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/dict"
	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/entry"
	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/model"
	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/outbox"
	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/rule"
	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/table"
)

// settings are what a journal says about its writer: under which settings what it tells happened.
type settings struct {
	Models []modelSettings `json:"models"`
}

type modelSettings struct {
	Name        string       `json:"name"`
	Fingerprint uint32       `json:"fingerprint"`
	Timing      model.Timing `json:"timing"`
	Timeline    int          `json:"timeline"`
	EventClock  bool         `json:"event_clock"`
	// Rule is the definition of a user's rule, which the next configuration may not have.
	Rule *rule.Definition `json:"rule,omitempty"`
}

func (p *stitcher) meta() ([]byte, error) {
	var s settings
	for i := range p.configured() {
		m := &p.models[i]
		s.Models = append(s.Models, modelSettings{
			Name: m.Name, Fingerprint: p.fingerprints[i], Timing: m.Timing, Timeline: m.Timeline, EventClock: m.EventClock,
		})
	}
	for k, i := range p.rules {
		d, _ := p.config.Rules[k].definition() // what is wrong with it was found at the start
		s.Models[i].Rule = &d
	}
	for _, r := range p.retired {
		if r.used {
			s.Models = append(s.Models, r.modelSettings)
		}
	}
	return json.Marshal(&s)
}

// zeroMark is before all that a dictionary has.
var zeroMark dict.Mark

// appendClocks adds the event clocks.
func (p *stitcher) appendClocks(b []byte) []byte {
	for i := range p.configured() {
		if !p.models[i].EventClock {
			continue
		}
		if c := p.table.Clock(i); c.At != 0 {
			e := entry.Entry{Kind: entry.Clock, Model: p.fingerprints[i], At: c.At, Due: c.Base}
			b = e.Append(b)
		}
	}
	return b
}

// piece encodes a partition: its sessions, its outputs that were not accepted, and what is known of forgotten sessions.
func (p *stitcher) piece(b []byte, partition int, waiting map[uint64]outbox.Item) []byte {
	b = p.appendClocks(b)
	p.table.Each(partition, func(v table.Saved) {
		e := entry.Entry{
			Kind: entry.Session, Model: p.fingerprints[v.Model], Key: v.Key, Flags: v.Flags, At: v.Opened, Due: v.Due, State: v.State,
		}
		b = e.Append(b)
	})
	for _, it := range waiting {
		e := p.output(&it)
		b = e.Append(b)
	}
	if gone := p.table.AppendForgotten(nil, partition); len(gone) > 0 {
		e := entry.Entry{Kind: entry.Gone, State: gone}
		b = e.Append(b)
	}
	return b
}

// output is the entry of an output.
func (p *stitcher) output(it *outbox.Item) entry.Entry {
	return entry.Entry{
		Kind: entry.Output, Model: p.fingerprints[it.Model], Key: it.Key, ID: it.ID, Reason: uint8(it.Reason),
		Observed: it.Observed, State: it.State,
	}
}

// pieces gives the pieces of a processor that has stopped.
func pieces(p *stitcher) func(int) []byte {
	var left waiting
	for i, it := range p.outbox.Rest() {
		if !it.Reason.Progress() {
			it.ID = uint64(i) + 1
			left.add(it)
		}
	}
	return func(partition int) []byte { return p.piece(nil, partition, left[partition]) }
}
