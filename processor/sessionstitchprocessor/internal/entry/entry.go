// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

// Package entry is what a journal's records are made of: things that happened to the table, in their order, and the
// sessions and outputs of a piece of it. It is bytes only: no clock, no table.
//
// Encoded states hold numbers of the dictionary, which is kept beside the entries. A model is named by a fingerprint of
// its definition, so that an entry is never read with another model than it was written with.
package entry

import (
	"encoding/binary"
	"errors"

	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/session"
)

// Kind is what an entry tells.
type Kind uint8

// The kinds, and the fields that each has beside its kind.
const (
	// Wall: all parts up to the next one of its kind came at the wall time At.
	Wall Kind = 1 + iota
	// Clock: the event clock of Model was Due when the wall clock was At.
	Clock
	// Part: a part of the session Key of Model came, with the event time At; State.
	Part
	// Release: the session Key was released at the time At of its model's clock; ID, Model, Reason, Observed, State.
	Release
	// Output: something else has to be sent; ID, Key, Model, Reason, Observed, State.
	Output
	// Forget: the session Key is no longer remembered.
	Forget
	// Accepted: the next consumer has taken the output ID of the session Key.
	Accepted
	// Session: the table holds a session; Key, Model, Flags, At (opened), Due, State.
	Session
	// Gone: what the table knows of sessions of a piece that are no longer remembered; State.
	Gone
)

// Entry is one of them. Times are nanoseconds since 1970.
type Entry struct {
	Kind  Kind
	Flags uint8
	// Reason is the table's.
	Reason uint8
	// Model is the fingerprint of a model.
	Model    uint32
	Key      session.Key
	ID       uint64
	At, Due  int64
	Observed int64
	// State is an encoded state.
	State []byte
}

// ErrDamaged says that bytes are no entry.
var ErrDamaged = errors.New("damaged entry")

type fields struct{ model, key, id, at, due, observed, reason, flags, state bool }

var fieldsOf = [...]fields{
	Wall:     {at: true},
	Clock:    {model: true, at: true, due: true},
	Part:     {model: true, key: true, at: true, state: true},
	Release:  {model: true, key: true, id: true, at: true, observed: true, reason: true, state: true},
	Output:   {model: true, key: true, id: true, observed: true, reason: true, state: true},
	Forget:   {key: true},
	Accepted: {key: true, id: true},
	Session:  {model: true, key: true, at: true, due: true, flags: true, state: true},
	Gone:     {state: true},
}

// Append adds the entry to dst.
func (e *Entry) Append(dst []byte) []byte {
	dst = e.head(dst)
	if fieldsOf[e.Kind].state {
		dst = binary.AppendUvarint(dst, uint64(len(e.State)))
		dst = append(dst, e.State...)
	}
	return dst
}

func (e *Entry) head(dst []byte) []byte {
	f := &fieldsOf[e.Kind]
	dst = append(dst, byte(e.Kind))
	if f.flags {
		dst = append(dst, e.Flags)
	}
	if f.reason {
		dst = append(dst, e.Reason)
	}
	if f.model {
		dst = binary.LittleEndian.AppendUint32(dst, e.Model)
	}
	if f.key {
		dst = binary.LittleEndian.AppendUint64(dst, e.Key.Hi)
		dst = binary.LittleEndian.AppendUint64(dst, e.Key.Lo)
	}
	if f.id {
		dst = binary.LittleEndian.AppendUint64(dst, e.ID)
	}
	for _, x := range [...]struct {
		has   bool
		value int64
	}{{f.at, e.At}, {f.due, e.Due}, {f.observed, e.Observed}} {
		if x.has {
			dst = binary.LittleEndian.AppendUint64(dst, uint64(x.value))
		}
	}
	return dst
}

// AppendPart adds a Part, whose state may not be encoded yet.
func AppendPart(dst []byte, model uint32, p *session.Part) []byte {
	e := Entry{Kind: Part, Model: model, Key: p.Key, At: p.Time}
	if p.Packed() {
		e.State = p.Encoded()
		return e.Append(dst)
	}
	dst = e.head(dst)
	// Room for the length, which is known only afterwards: three bytes, since parts are below 2 MiB mostly.
	const room = 3
	n := len(dst)
	dst = append(dst, make([]byte, room)...)
	dst = p.AppendBinary(dst, p.Key)
	size := uint64(len(dst) - n - room)
	if size < 1<<(7*room) {
		dst[n], dst[n+1], dst[n+2] = byte(size)|0x80, byte(size>>7)|0x80, byte(size>>14)
		return dst
	}
	state := append([]byte(nil), dst[n+room:]...)
	dst = binary.AppendUvarint(dst[:n], size)
	return append(dst, state...)
}

// Next takes an entry from the front of b; its State shares b. rest is empty at the end.
func Next(b []byte, e *Entry) (rest []byte, err error) {
	*e = Entry{}
	if len(b) == 0 || b[0] == 0 || int(b[0]) >= len(fieldsOf) {
		return nil, ErrDamaged
	}
	e.Kind = Kind(b[0])
	f := &fieldsOf[e.Kind]
	r := reader{b: b[1:]}
	if f.flags {
		e.Flags = r.take(1)[0]
	}
	if f.reason {
		e.Reason = r.take(1)[0]
	}
	if f.model {
		e.Model = binary.LittleEndian.Uint32(r.take(4))
	}
	if f.key {
		e.Key = session.Key{Hi: r.fixed(), Lo: r.fixed()}
	}
	if f.id {
		e.ID = r.fixed()
	}
	if f.at {
		e.At = int64(r.fixed())
	}
	if f.due {
		e.Due = int64(r.fixed())
	}
	if f.observed {
		e.Observed = int64(r.fixed())
	}
	if f.state {
		e.State = r.text()
	}
	if r.bad {
		return nil, ErrDamaged
	}
	return r.b, nil
}

// reader takes from the front of a buffer; bad says that it was too short.
type reader struct {
	b    []byte
	bad  bool
	zero [8]byte
}

func (r *reader) take(n int) []byte {
	if len(r.b) < n {
		r.bad, r.b = true, nil
		return r.zero[:]
	}
	p := r.b[:n:n]
	r.b = r.b[n:]
	return p
}

func (r *reader) fixed() uint64 { return binary.LittleEndian.Uint64(r.take(8)) }

func (r *reader) text() []byte {
	size, k := binary.Uvarint(r.b)
	if k <= 0 || size > uint64(len(r.b)-k) {
		r.bad, r.b = true, nil
		return nil
	}
	p := r.b[k : k+int(size) : k+int(size)]
	r.b = r.b[k+int(size):]
	return p
}
