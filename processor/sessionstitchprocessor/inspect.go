// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package sessionstitchprocessor

import (
	"expvar"
	"fmt"
	"math"

	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/session"
)

const (
	// varName is the variable that the process shows, a map by processor.
	varName = "session_stitch"
	// inspected is how many sessions are shown.
	inspected = 20
	// inspectedID is how much of an id is shown, in bytes.
	inspectedID = 64
)

// inspection is what the process shows of a running processor: numbers, and the oldest open sessions without anything
// of their lines but what names them.
type inspection struct {
	Open       int64            `json:"open"`
	Remembered int64            `json:"remembered"`
	StateSize  int64            `json:"state_size"`
	Waiting    int64            `json:"waiting"`
	Oldest     []inspectedEntry `json:"oldest"`
}

type inspectedEntry struct {
	Model string `json:"model"`
	// Key is the hash that names the session here, ID what its proxy calls it.
	Key string `json:"key"`
	ID  string `json:"id,omitempty"`
	// Age is how long it is open, DueIn when it is released if nothing comes; seconds of the model's clock.
	Age     float64  `json:"age_seconds"`
	DueIn   *float64 `json:"due_in_seconds,omitempty"`
	Parts   uint64   `json:"parts"`
	Outputs uint32   `json:"earlier_outputs"`
	Ended   bool     `json:"ended"`
}

// inspect looks at the processor as it is now.
func (p *stitcher) inspect() inspection {
	v := inspection{
		Open: p.table.Open(), Remembered: p.table.Remembered(), StateSize: p.size(), Waiting: p.outbox.Len(), Oldest: []inspectedEntry{},
	}
	var st session.State
	for _, o := range p.table.Oldest(inspected, p.now().UnixNano()) {
		m := p.models[o.Model].Model
		e := inspectedEntry{Model: m.Name, Key: fmt.Sprintf("%016x%016x", o.Key.Hi, o.Key.Lo), Age: float64(o.Age) / 1e9, Ended: o.Ended}
		if o.Due < math.MaxInt64/2 {
			due := float64(o.Due) / 1e9
			e.DueIn = &due
		}
		if st.Decode(m, o.Key, o.State) == nil {
			e.ID, e.Parts, e.Outputs = st.ID(m), st.Parts, st.Outputs
			e.ID = e.ID[:min(len(e.ID), inspectedID)]
		}
		v.Oldest = append(v.Oldest, e)
	}
	return v
}

// show lets expvar show the processor; hide ends that. zPages have it at /debug/expvarz where their expvar is enabled.
// The registry is the process's own and forgets nothing, so that all processors share one variable in it.
func (p *stitcher) show() (hide func()) {
	all, ok := expvar.Get(varName).(*expvar.Map)
	if !ok {
		all = expvar.NewMap(varName)
	}
	name := p.id.String()
	for n := 2; all.Get(name) != nil; n++ {
		name = fmt.Sprintf("%s #%d", p.id, n) // it stands in another pipeline too
	}
	all.Set(name, expvar.Func(func() any { return p.inspect() }))
	return func() { all.Delete(name) }
}
