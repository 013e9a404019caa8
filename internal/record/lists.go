// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package record

import (
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/xpdata"
)

// lists are the attributes of the record under way that are lists. Their elements stand one after the other in texts
// and doubles. It is reused.
type lists struct {
	list    []list
	texts   []string
	doubles []float64
}

// list is an attribute that is a list of texts or, where doubles is set, of numbers.
type list struct {
	key      string
	from, to int
	doubles  bool
}

func (l *lists) reset() { l.list, l.texts, l.doubles = l.list[:0], l.texts[:0], l.doubles[:0] }

func (l *lists) begin(key string) {
	l.list = append(l.list, list{key: key, from: len(l.texts), to: len(l.texts)})
}

// add adds a text to the last list.
func (l *lists) add(s string) {
	l.texts = append(l.texts, s)
	l.list[len(l.list)-1].to++
}

func (l *lists) addDoubles(key string, numbers []float64) {
	from := len(l.doubles)
	l.doubles = append(l.doubles, numbers...)
	l.list = append(l.list, list{key: key, from: from, to: len(l.doubles), doubles: true})
}

// into adds them to b.
func (l *lists) into(b *xpdata.MapBuilder) {
	for i := range l.list {
		l.put(&l.list[i], b.AppendEmpty(l.list[i].key))
	}
}

func (l *lists) put(one *list, v pcommon.Value) {
	sl := v.SetEmptySlice()
	sl.EnsureCapacity(one.to - one.from)
	if one.doubles {
		for _, f := range l.doubles[one.from:one.to] {
			sl.AppendEmpty().SetDouble(f)
		}
		return
	}
	for _, s := range l.texts[one.from:one.to] {
		sl.AppendEmpty().SetStr(s)
	}
}
