// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package table

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"pgregory.net/rapid"

	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/dict"
	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/model"
	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/session"
)

func tableOf(models ...Model) *Table {
	d := dict.New(1 << 20)
	for i := range models {
		models[i].Model = session.Compile(model.EdgeOne(false), d)
	}
	return New(Config{Dict: d, Models: models, Sessions: 1000, Memory: 1 << 20, Release: func(Released) {}})
}

// However blocks move, index and heaps know where they are.
func TestBlocksAreFoundWhereverTheyMove(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		timing := model.Timing{Idle: time.Hour, Late: time.Hour, Progress: time.Minute}
		tb := tableOf(Model{Timing: timing}, Model{Timing: timing})
		want := map[session.Key][]byte{}
		s := &tb.shards[0]
		for range rapid.IntRange(1, 400).Draw(t, "steps") {
			n := rapid.Uint64Range(0, 60).Draw(t, "key")
			k := session.Key{Hi: n % 5 << 56, Lo: n}
			state := bytes.Repeat([]byte{rapid.ByteRange(3, 127).Draw(t, "byte")}, rapid.SampledFrom([]int{1, 30, 150, 152, 200, 400}).Draw(t, "size"))
			_, open := want[k]
			switch step := rapid.IntRange(0, 9).Draw(t, "step"); {
			case !open:
				due := rapid.Int64Range(0, 1000).Draw(t, "due")
				assert.True(t, tb.Load(Saved{Key: k, Model: int(n % 2), Due: due, State: state}))
				want[k] = state
			case step == 0:
				tb.Drop(k)
				delete(want, k)
			case step == 1:
				tb.Dismiss(k, 5) // it cannot be read, and is kept as it is
			default:
				p, _ := s.find(k)
				s.arena.put(p, state)
				s.arena.tidy()
				want[k] = state
			}
			check(t, tb, s, want)
		}
	})
}

// check looks at all that points to a shard's blocks.
func check(t *rapid.T, tb *Table, s *shard, want map[session.Key][]byte) {
	for k, state := range want {
		p, ok := s.find(k)
		if !ok || !bytes.Equal(s.arena.state(p), state) {
			t.Fatalf("session %v is not what it was", k)
		}
		sl := s.arena.at(p)
		if h := s.deadlines(sl); h.places[sl.at] != p || h.dues[sl.at] > sl.due {
			t.Fatalf("session %v is not where its deadline says", k)
		}
		if sl.flags&slotTicking != 0 && s.progress[sl.model].places[sl.ticks] != p {
			t.Fatalf("session %v is not where its progress report says", k)
		}
	}
	saved := 0
	for partition := range Partitions / shards {
		tb.Each(partition, func(v Saved) {
			saved++
			if Partition(v.Key) != partition || !bytes.Equal(v.State, want[v.Key]) {
				t.Fatalf("partition %d has the session %v", partition, v.Key)
			}
		})
	}
	if saved != len(want) || len(tb.Oldest(1000, 0)) != int(tb.Open()) {
		t.Fatalf("%d sessions are saved of %d", saved, len(want))
	}
}

// Parts that are added together meet the times that they would meet one after the other, and nobody else does before all
// are added.
func TestClocksAheadShowWhatClocksWould(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tb := tableOf(Model{EventClock: true}, Model{}, Model{EventClock: true})
		one := tableOf(Model{EventClock: true}, Model{}, Model{EventClock: true})
		wall := int64(100 * time.Second)
		for range rapid.IntRange(1, 5).Draw(t, "batches") {
			wall += rapid.Int64Range(0, 20).Draw(t, "passed") * int64(time.Second)
			ahead := tb.ahead(wall)
			before := [...]int64{tb.clocks[0].now(wall), tb.clocks[1].now(wall), tb.clocks[2].now(wall)}
			for range rapid.IntRange(1, 10).Draw(t, "parts") {
				mi := rapid.IntRange(0, 2).Draw(t, "model")
				p := &session.Part{Time: rapid.Int64Range(0, 200).Draw(t, "time") * int64(time.Second)}
				if rapid.Bool().Draw(t, "has newest") {
					p.Flags = session.HasNewest
					if mi != 1 {
						one.clocks[mi].saw(p.Time, wall)
					}
				}
				if got, want := ahead.saw(mi, p), one.clocks[mi].now(wall); got != want {
					t.Fatalf("%d, want %d", got, want)
				}
				if tb.clocks[mi].now(wall) != before[mi] {
					t.Fatalf("others see the clock of model %d move", mi)
				}
			}
			ahead.settle()
			for mi := range tb.clocks {
				if tb.Clock(mi) != one.Clock(mi) {
					t.Fatalf("clock %d shows %v, want %v", mi, tb.Clock(mi), one.Clock(mi))
				}
			}
		}
	})
}
