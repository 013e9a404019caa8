// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package sessionstitchprocessor

import (
	"bytes"
	"testing"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"pgregory.net/rapid"

	"github.com/proxylog/proxylog/internal/attr"
	"github.com/proxylog/proxylog/internal/record"
	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/session"
	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/sessiontest"
)

// A packed part is the state that is made without packing, and joining it to an encoded state gives, byte for byte, what
// decoding, joining and encoding gives.
func TestPackedPartsAreTheSame(t *testing.T) {
	p := newRig(func(*Config) {}).stitcher
	packed, joined := 0, 0
	property := func(t *rapid.T) {
		format := rapid.SampledFrom(sessiontest.Formats).Draw(t, "format")
		var entries []sessiontest.Entry
		for range rapid.IntRange(1, 5).Draw(t, "sessions") {
			entries = append(entries, sessiontest.Draw(t, format, "7").Entries...)
		}
		last := entries[len(entries)-1]
		if rapid.Bool().Draw(t, "only a series") {
			entries = nil
		}
		entries = append(entries, series(t, last)...)
		if rapid.IntRange(0, 3).Draw(t, "shuffled") == 0 {
			entries = rapid.Permutation(entries).Draw(t, "order")
		}
		window := int64(rapid.SampledFrom([]time.Duration{5 * time.Second, time.Minute, time.Hour}).Draw(t, "window"))
		pack, plain := session.NewReader(p.dict), session.NewReader(p.dict)
		pack.Pack = true
		var old []byte
		var layout session.Layout
		for _, e := range entries {
			mi := p.rules[0]
			if known, ok := p.modelOf(e.Record()); ok {
				mi = known
			}
			m := p.models[mi].Model
			a, ok := readEntry(pack, m, e)
			b, same := readEntry(plain, m, e)
			if ok != same || !ok {
				if ok != same {
					t.Fatal("one of them is no part")
				}
				continue
			}
			var st session.State
			if old != nil {
				if err := st.Decode(m, b.Key, old); err != nil {
					t.Fatal(err)
				}
			}
			part := b.AppendBinary(nil, b.Key)
			outcome := st.Add(m, &b.State, window, 0)
			want := st.AppendBinary(nil, b.Key)
			if a.Key != b.Key || a.Time != b.Time || a.Flags != b.Flags || a.Newest != b.Newest || a.Start != b.Start || a.Digest != b.Digest {
				t.Fatalf("%+v, want %+v", a, b)
			}
			next := session.Layout{}
			if a.Packed() {
				packed++
				if !bytes.Equal(a.Encoded(), part) {
					t.Fatalf("a part is\n%x, want\n%x", a.Encoded(), part)
				}
				if old == nil {
					next = a.Layout()
					if !bytes.Equal(a.Encoded(), want) {
						t.Fatalf("a new state is\n%x, want\n%x", a.Encoded(), want)
					}
				}
			}
			for _, l := range []session.Layout{{}, layout} {
				if !a.Packed() || old == nil {
					break
				}
				got, flags, l, ok := a.AppendJoined([]byte("before"), old, l, window)
				if !ok {
					continue
				}
				joined++
				next = l
				if outcome != session.Merged || flags != st.Flags || string(got) != "before"+string(want) {
					t.Fatalf("outcome %d, flags %x, want %x, joined\n%x, want\n%x", outcome, flags, st.Flags, got[6:], want)
				}
			}
			a.Expand(m)
			if got := a.AppendBinary(nil, a.Key); !bytes.Equal(got, part) {
				t.Fatalf("an expanded part is\n%x, want\n%x", got, part)
			}
			if old, layout = want, next; rapid.IntRange(0, 9).Draw(t, "release") == 0 {
				st.Release()
				old, layout = st.AppendBinary(nil, b.Key), session.Layout{}
			}
		}
	}
	rounds := 1
	if underRace {
		rounds = 8 // checkAll does less then, and one part in ten is joined
	}
	for range rounds {
		checkAll(t, property)
	}
	if packed == 0 || joined == 0 {
		t.Fatalf("%d parts were packed, %d joined", packed, joined)
	}
}

// series are parts like one, one after the other, but for some that are older or as old.
func series(t *rapid.T, like sessiontest.Entry) (list []sessiontest.Entry) {
	at := int64(like.Record().Timestamp())
	for i := range rapid.IntRange(0, 30).Draw(t, "series") {
		at += rapid.SampledFrom([]int64{0, 1, 2e9, 2e9, 2e9, 7e9, -3e9}).Draw(t, "step")
		e := sessiontest.Entry{Logs: like.Copy()}
		rec := e.Record()
		rec.SetTimestamp(pcommon.Timestamp(at))
		a := rec.Attributes()
		a.Remove(attr.ProxyDuration)
		a.PutInt("seq", int64(100+i))
		for _, k := range []string{attr.ProxyDeltaClientBytesSent, attr.ProxyClientBytesSent, attr.ProxyClientBytesReceived} {
			if v, ok := a.Get(k); ok {
				v.SetInt(rapid.Int64Range(0, 1000).Draw(t, k))
			}
		}
		if _, ok := a.Get(attr.EdgeoneLogTime); ok {
			a.PutStr(attr.EdgeoneLogTime, record.FormatTime(at))
		}
		list = append(list, e)
	}
	return list
}

func readEntry(r *session.Reader, m *session.Model, e sessiontest.Entry) (*session.Part, bool) {
	rl := e.ResourceLogs().At(0)
	r.Reset()
	r.Resource(rl.Resource().Attributes())
	r.Scope(rl, rl.ScopeLogs().At(0))
	return r.Read(m, e.Record())
}
