// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package record

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/collector/featuregate"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"pgregory.net/rapid"
)

// records are those of a batch of one group.
func records(logs plog.Logs) plog.LogRecordSlice {
	return logs.ResourceLogs().At(0).ScopeLogs().At(0).LogRecords()
}

// commas and bars make lists of the same texts in two ways.
var (
	commas = NewList(func(text string, to *Elements) {
		for s := range strings.SplitSeq(text, ",") {
			to.Str(s)
		}
	})
	bars = NewList(func(text string, to *Elements) {
		to.Expect(strings.Count(text, "|") + 1)
		for s := range strings.SplitSeq(text, "|") {
			to.Decoded(s)
		}
	})
)

// TestRecordsDoNotTouch writes random records, changes some afterwards in every way that pdata has, unless they are said
// to be read only, and wants the others to be what a map filled with Put holds.
func TestRecordsDoNotTouch(t *testing.T) {
	keys := []string{"a", "ab", "network.type", "client.port", "proxy.duration", "haproxy.retries", "tls.established", "x.list", "y.list"}
	rapid.Check(t, func(t *rapid.T) {
		readOnly := rapid.Bool().Draw(t, "read only")
		w := NewWriter(Options{Body: BodyNone, ReadOnly: readOnly})
		var want []map[string]any
		for range rapid.IntRange(1, 60).Draw(t, "records") {
			// Few sets of keys, so that shapes are found again, and kinds that say something about them or do not.
			set := rapid.IntRange(1, 6).Draw(t, "set")
			w.BeginKind(tcp, Kind{Keys: uint64(rapid.SampledFrom([]int{0, set, 7}).Draw(t, "keys")), Values: uint64(rapid.SampledFrom([]int{0, set, 7}).Draw(t, "values"))}, false, 7)
			m := pcommon.NewMap()
			for i, k := range keys {
				if (i+set)%set != 0 {
					continue
				}
				switch rapid.IntRange(0, 7).Draw(t, "type") {
				case 0, 1:
					s := rapid.SampledFrom([]string{"tcp", "udp", "198.51.100.7"}).Draw(t, "text")
					w.Str(k, s)
					m.PutStr(k, s)
				case 2:
					n := rapid.Int64Range(-1, 2).Draw(t, "int")
					w.Int(k, n)
					m.PutInt(k, n)
				case 3:
					f := rapid.SampledFrom([]float64{0, 0.5, 1}).Draw(t, "double")
					w.Double(k, f)
					m.PutDouble(k, f)
				case 4:
					b := rapid.Bool().Draw(t, "bool")
					w.Bool(k, b)
					m.PutBool(k, b)
				case 5:
					w.Strs(k, "p", "q")
					l := m.PutEmptySlice(k)
					l.AppendEmpty().SetStr("p")
					l.AppendEmpty().SetStr("q")
				case 6:
					w.Strs(k, "p|q")
					m.PutEmptySlice(k).AppendEmpty().SetStr("p|q")
				case 7:
					text := rapid.SampledFrom([]string{"p", "p,q", "p|q", "p|q,r"}).Draw(t, "list")
					list, by := commas, ","
					if rapid.Bool().Draw(t, "bars") {
						list, by = bars, "|"
					}
					w.List(k, text, list)
					l := m.PutEmptySlice(k)
					for _, s := range strings.Split(text, by) {
						l.AppendEmpty().SetStr(s)
					}
				}
			}
			w.Commit("line")
			want = append(want, m.AsRaw())
		}
		recs := records(w.Take())
		for i, lr := range recs.All() {
			if diff := cmp.Diff(want[i], lr.Attributes().AsRaw()); diff != "" {
				t.Fatalf("record %d: %s", i, diff)
			}
			if !readOnly && rapid.Bool().Draw(t, "change") {
				change(lr.Attributes())
				want[i] = nil
			}
		}
		for i, lr := range recs.All() {
			if want[i] == nil {
				continue
			}
			if diff := cmp.Diff(want[i], lr.Attributes().AsRaw()); diff != "" {
				t.Fatalf("record %d after the change of others: %s", i, diff)
			}
		}
	})
}

// change does to attributes what processors do.
func change(m pcommon.Map) {
	for k, v := range m.All() {
		switch v.Type() {
		case pcommon.ValueTypeSlice:
			v.Slice().At(0).SetStr("changed")
			v.Slice().AppendEmpty().SetInt(1)
		case pcommon.ValueTypeStr:
			v.SetStr("changed " + k)
		case pcommon.ValueTypeInt:
			m.PutInt(k, v.Int()+1)
		default:
			v.SetEmptyBytes().FromRaw([]byte("changed"))
		}
	}
	m.RemoveIf(func(k string, _ pcommon.Value) bool { return len(k) == 2 })
	m.PutStr("a", "again")
}

// TestShared wants a record like the one before it to cost no allocation a value: the record, its list of attributes and
// its body, and now and then room for times and records.
func TestShared(t *testing.T) {
	w := NewWriter(Options{})
	write := func() {
		w.Begin(tcp, false, 7)
		for _, k := range []string{"a", "b", "c", "d", "e", "f", "g", "h"} {
			w.Str(k, "the same")
			w.Int(k+"n", 1000)
		}
		w.Commit("line")
	}
	const batch = 100
	if got := testing.AllocsPerRun(10, func() {
		for range batch {
			write()
		}
		w.Take()
	}) / batch; got > 8+3.2 { // the test makes eight keys
		t.Errorf("%.2f allocations a record", got)
	}
}

// TestRoom wants attributes that are added to a complete record not to move those that it has.
func TestRoom(t *testing.T) {
	allocations := func(room int) float64 {
		w := NewWriter(Options{})
		w.Room = room
		w.Written = func(rec plog.LogRecord) {
			rec.Attributes().PutBool("c", true)
			rec.Attributes().PutBool("d", true)
		}
		return testing.AllocsPerRun(100, func() {
			for range 50 {
				w.Begin(tcp, false, 7)
				w.Str("a", "the same")
				w.Str("b", "the same")
				w.Commit("line")
			}
			w.Take()
		}) / 50
	}
	if with, without := allocations(2), allocations(0); with > without-0.9 {
		t.Errorf("%.2f allocations a record with room, %.2f without", with, without)
	}
}

// TestSharedLists wants a list of the text that the record before had to cost nothing where nobody changes records, and
// to be each record's own where somebody may.
func TestSharedLists(t *testing.T) {
	for _, readOnly := range []bool{false, true} {
		w := NewWriter(Options{ReadOnly: readOnly})
		write := func(text string, dirty bool) {
			w.Begin(tcp, dirty, 7)
			w.Str("a", "the same")
			w.List("l", text, commas)
			w.Strs("one", "b,c")
			w.Str("z", "the same")
			w.Commit("line")
		}
		for range 3 {
			write("b,c", false)
		}
		write("b,\xff", true)
		write("b,\xff", true)
		recs := records(w.Take())
		for i, want := range []string{"c", "c", "c", "\uFFFD", "\uFFFD"} {
			m := recs.At(i).Attributes()
			l, _ := m.Get("l")
			one, _ := m.Get("one")
			if got := fmt.Sprint(l.Slice().AsRaw(), one.Slice().AsRaw()); got != "[b "+want+"] [b,c]" {
				t.Errorf("record %d: %s", i, got)
			}
		}
		first, _ := recs.At(1).Attributes().Get("l")
		second, _ := recs.At(2).Attributes().Get("l")
		first.Slice().At(0).SetStr("changed")
		if shared := second.Slice().At(0).Str() == "changed"; shared != readOnly {
			t.Errorf("read only %v, shared %v", readOnly, shared)
		}
	}
}

// TestPooling wants values not to be shared where pdata uses their objects again.
func TestPooling(t *testing.T) {
	if pooled() {
		t.Fatal("the gate is on")
	}
	if err := featuregate.GlobalRegistry().Set(poolingGate, true); err != nil {
		t.Fatalf("pdata has no gate %s any more: %v", poolingGate, err)
	}
	defer func() {
		if err := featuregate.GlobalRegistry().Set(poolingGate, false); err != nil {
			t.Error(err)
		}
	}()
	w := NewWriter(Options{})
	for range 3 {
		write(&w, tcp, "host", "line")
	}
	if !w.shapes.off || len(w.shapes.list) > 0 {
		t.Errorf("%d shapes under the gate", len(w.shapes.list))
	}
}

// TestShapesAreBounded wants neither many sets of keys nor long lines to be kept.
func TestShapesAreBounded(t *testing.T) {
	w := NewWriter(Options{})
	for i := range 1000 {
		for range 2 {
			w.Begin(tcp, false, 7)
			w.Str("a", "x")
			w.Int(fmt.Sprint("key", i), 1)
			w.Commit("line")
		}
	}
	if n := len(w.shapes.list); n != maxShapes {
		t.Errorf("%d shapes, want %d", n, maxShapes)
	}
	w = NewWriter(Options{})
	long := strings.Repeat("x", MaxShared+1)
	w.Extent = len(long)
	for range 3 {
		w.Begin(tcp, false, 7)
		w.Str("a", long)
		w.Commit(long)
	}
	if n := len(w.shapes.list); n != 0 {
		t.Errorf("%d shapes of long lines", n)
	}
}

// TestKindsKeepTheirValues wants records of two kinds, which take turns and have the same keys, to share the values of
// their own kind.
func TestKindsKeepTheirValues(t *testing.T) {
	w := NewWriter(Options{Body: BodyNone})
	const batch = 100
	if got := testing.AllocsPerRun(10, func() {
		for i := range batch {
			w.BeginKind(tcp, Kind{Values: uint64(i % 2)}, false, 7)
			for _, k := range []string{"a", "b", "c", "d", "e", "f", "g", "h"} {
				w.Int(k, int64(1000+i%2))
			}
			w.Commit("line")
		}
		w.Take()
	}) / batch; got > 2.5 {
		t.Errorf("%.2f allocations a record", got)
	}
}
