// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package table

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/model"
	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/session"
)

// Reports that are switched off, or come more often, between two processes do so for what is open, too. Those that were
// switched off were due again at once, for ever.
func TestAnotherIntervalOfReports(t *testing.T) {
	const sessions = 20
	start := int64(1000 * time.Hour)
	for _, c := range []struct {
		every time.Duration
		want  int
	}{{0, 0}, {time.Second, sessions}, {time.Hour, sessions}} {
		tb := tableOf(Model{Timing: model.Timing{Idle: 10 * time.Hour, Progress: time.Minute}})
		reports := 0
		tb.release = func(r Released) {
			if r.Origin == Report {
				reports++
			}
		}
		for n := range uint64(sessions) {
			tb.Load(Saved{Key: session.Key{Hi: n << 56, Lo: n}, Flags: uint8(slotChanged), Opened: start, Due: start + int64(10*time.Hour), State: []byte{1}})
		}
		models := slices.Clone(tb.models)
		models[0].Timing.Progress = c.every
		tb.Resume(models, start, 0, 0)
		at := start + int64(time.Minute) // where the interval of before ends
		if c.every > 0 {
			at = start + int64(min(c.every, time.Minute))
		}
		assert.False(t, tb.ExpireSome(at, 100*sessions), "%v: there is an end", c.every)
		assert.Equal(t, c.want, reports, "%v", c.every)
		assert.EqualValues(t, sessions, tb.Open())
	}
}
