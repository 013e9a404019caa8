// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package session

import (
	"encoding/binary"
	"math"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/proxylog/proxylog/internal/attr"
	"github.com/proxylog/proxylog/internal/record"
	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/dict"
)

// Writer writes the records of sessions. What a record has in common with one before, its names above all, is shared
// with it. It is for one goroutine.
type Writer struct {
	attributes *record.Attributes
	dict       *dict.Dict
	// m are the attributes of the record under way. While they are open, each key is added once; from then on, that is also
	// where a part had one that the dictionary could not take, it is looked for: the later one counts.
	m    pcommon.Map
	open bool
	// rest are the values that are neither texts nor numbers, and places those of concatenations: few sessions have any.
	rest   []nested
	places []placesOf
}

// nested is an attribute whose value is a list, a map or bytes.
type nested struct {
	name string
	Attr
}

// placesOf are the places of the texts of which an attribute is made.
type placesOf struct{ name, places string }

// NewWriter makes a Writer.
func NewWriter() *Writer { return &Writer{attributes: record.NewAttributes()} }

// start begins the attributes of a record.
func (w *Writer) start(m *Model, s *State, dst plog.LogRecord) {
	w.dict, w.m, w.open = m.dict, dst.Attributes(), true
	w.rest, w.places = w.rest[:0], w.places[:0]
	kind, size := kindOf(s)
	w.attributes.Begin(kind, size > record.MaxShared)
}

// kindOf tells sessions apart by their keys and by the values that are in the dictionary, since those vary little; size is
// that of all values, in bytes.
func kindOf(s *State) (kind record.Kind, size int) {
	for i := range s.Attrs {
		x := &s.Attrs[i]
		kind.Keys = mix(kind.Keys ^ uint64(x.Key))
		if x.Value[0] == kindWord {
			kind.Values = mix(kind.Values ^ uint64(x.Key)<<8 ^ uint64(x.Value[1]))
		}
		size += len(x.Value)
	}
	kind.Values ^= kind.Keys
	return kind, size
}

func (w *Writer) putStr(key, s string) {
	if w.open {
		w.attributes.Str(key, s)
	} else {
		w.m.PutStr(key, s)
	}
}

func (w *Writer) putInt(key string, n int64) {
	if w.open {
		w.attributes.Int(key, n)
	} else {
		w.m.PutInt(key, n)
	}
}

func (w *Writer) putDouble(key string, f float64) {
	if w.open {
		w.attributes.Double(key, f)
	} else {
		w.m.PutDouble(key, f)
	}
}

func (w *Writer) putBool(key string, b bool) {
	if w.open {
		w.attributes.Bool(key, b)
	} else {
		w.m.PutBool(key, b)
	}
}

// putValue writes an encoded value.
func (w *Writer) putValue(key string, b []byte, id uint32) {
	if s, ok := text(b, w.dict, id); ok {
		w.putStr(key, s)
		return
	}
	switch b[0] {
	case kindInt:
		w.putInt(key, intOf(b))
	case kindDouble:
		w.putDouble(key, math.Float64frombits(binary.LittleEndian.Uint64(b[1:])))
	case kindFalse, kindTrue:
		w.putBool(key, b[0] == kindTrue)
	default:
		if !w.open {
			setValue(w.m.PutEmpty(key), b, w.dict, id)
			return
		}
		w.rest = append(w.rest, nested{key, Attr{Key: id, Value: b}})
	}
}

// settle makes the attributes so far those of the record.
func (w *Writer) settle() {
	if w.open {
		w.attributes.Into(w.m)
		w.open = false
	}
}

// finished are all attributes, those included that are neither texts nor numbers.
func (w *Writer) finished() pcommon.Map {
	w.settle()
	for _, x := range w.rest {
		setValue(w.m.PutEmpty(x.name), x.Value, w.dict, x.Key)
	}
	if len(w.places) > 0 {
		all := w.m.PutEmptyMap(attr.ProxySessionConcat)
		for _, p := range w.places {
			all.PutStr(p.name, p.places)
		}
	}
	return w.m
}
