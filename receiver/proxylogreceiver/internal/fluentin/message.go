// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package fluentin

import (
	"errors"
	"fmt"
	"strings"

	"github.com/proxylog/proxylog/internal/msgpack"
)

// message is one message of the forward protocol, in any of its modes, as lines: each is an entry as Message mode writes
// it, [tag, time, record], which is what the parsers read; an entry that is none is a line as it stands.
type message struct {
	tag   string
	lines []string
	// chunk is what the sender wants to have acknowledged; "" for nothing.
	chunk string
}

const (
	// maxTag bounds a tag, in bytes, and maxChunk the name of a chunk.
	maxTag   = 1 << 10
	maxChunk = 1 << 10
	// maxEntries bounds the entries of a message, which become records at the same time.
	maxEntries = 200_000
)

// The errors of a message that cannot be read.
var (
	errMode    = errors.New("not a message of the forward protocol")
	errOption  = errors.New("the option of a message is not a map, or a value in it not as it should be")
	errPacked  = errors.New("the entries of a message cannot be unpacked")
	errLong    = errors.New("a message is longer than max_message_bytes, unpacked")
	errEntries = fmt.Errorf("a message has more than %d entries", maxEntries)
)

// read reads one whole value (Forward Protocol Specification v1, Message, Forward, PackedForward and CompressedPackedForward
// Mode). limit bounds what is unpacked of it, in bytes. With an error, the message still says what is to be acknowledged,
// as far as that is known.
func read(text string, limit int) (m message, err error) {
	top, _ := msgpack.Read(text, 0)
	switch {
	case top.Kind == msgpack.Nil && top.Next > 0:
		return m, nil // a heartbeat
	case top.Kind != msgpack.Array || top.Num < 2 || top.Num > 4:
		return m, errMode
	}
	tag, err := msgpack.Read(text, top.Next)
	if err != nil || tag.Kind != msgpack.Str || tag.End-tag.Start > maxTag {
		return m, errMode
	}
	m.tag = text[tag.Start:tag.End]
	second, err := msgpack.Read(text, tag.Next)
	if err != nil {
		return m, errMode
	}
	switch second.Kind {
	case msgpack.Array:
		end, err := msgpack.End(text, tag.Next)
		if err != nil || top.Num > 3 {
			return m, errMode
		}
		if _, err := m.options(text, end, top.Num == 3); err != nil {
			return m, err
		}
		err = m.entries(text[second.Next:end])
		return m, err
	case msgpack.Str, msgpack.Bin:
		if top.Num > 3 {
			return m, errMode
		}
		compressed, err := m.options(text, second.Next, top.Num == 3)
		if err != nil {
			return m, err
		}
		packed := text[second.Start:second.End]
		if compressed != "" && compressed != "text" {
			if packed, err = unpack(packed, compressed, limit); err != nil {
				return m, err
			}
		}
		err = m.entries(packed)
		return m, err
	}
	err = m.single(text, tag.Next, top.Num)
	return m, err
}

// single reads a message in Message mode, whose time is at text[i].
func (m *message) single(text string, i int, elements int64) error {
	record, err := msgpack.End(text, i)
	if err != nil || elements < 3 {
		return errMode
	}
	option, err := msgpack.End(text, record)
	if err != nil {
		return errMode
	}
	if _, err := m.options(text, option, elements == 4); err != nil {
		return err
	}
	if elements == 3 && text[0] == 0x93 && text[1] < 0xdb {
		m.lines = append(m.lines, text) // it is what it is to be
		return nil
	}
	m.add(text[i:record], text[record:option])
	return nil
}

// options reads the option at text[i], where there is one, and returns how the entries are compressed.
func (m *message) options(text string, i int, has bool) (compressed string, err error) {
	if !has {
		return "", nil
	}
	h, err := msgpack.Read(text, i)
	switch {
	case err != nil:
		return "", errOption
	case h.Kind == msgpack.Nil:
		return "", nil
	case h.Kind != msgpack.Map:
		return "", errOption
	}
	i = h.Next
	for range h.Num {
		key, err := msgpack.Read(text, i)
		if err != nil || key.Kind != msgpack.Str && key.Kind != msgpack.Bin {
			return "", errOption
		}
		value, err := msgpack.Read(text, key.Next)
		if err != nil {
			return "", errOption
		}
		isText := value.Kind == msgpack.Str || value.Kind == msgpack.Bin
		switch text[key.Start:key.End] {
		case "chunk":
			if !isText || value.End-value.Start > maxChunk {
				return "", errOption
			}
			m.chunk = text[value.Start:value.End]
		case "compressed":
			if !isText {
				return "", errOption
			}
			compressed = text[value.Start:value.End]
		}
		if i, err = msgpack.End(text, key.Next); err != nil {
			return "", errOption
		}
	}
	return compressed, nil
}

// entries reads entries that stand behind one another. What cannot be read at all ends them and is a line.
func (m *message) entries(text string) error {
	for text != "" {
		if len(m.lines) == maxEntries {
			m.lines = nil
			return errEntries
		}
		end, err := msgpack.End(text, 0)
		if err != nil {
			end = len(text)
		}
		m.entry(text[:end])
		text = text[end:]
	}
	return nil
}

// entry adds an entry, [time, record]. Where the time is an array, its first element is the time; Fluent Bit adds
// metadata to it.
func (m *message) entry(text string) {
	h, err := msgpack.Read(text, 0)
	if err == nil && h.Kind == msgpack.Array && h.Num == 2 {
		from := h.Next
		at, err := msgpack.End(text, from)
		if err == nil {
			to := at
			if list, err := msgpack.Read(text, from); err == nil && list.Kind == msgpack.Array && list.Num > 0 {
				from = list.Next
				to, _ = msgpack.End(text, from)
			}
			m.add(text[from:to], text[at:])
			return
		}
	}
	m.lines = append(m.lines, strings.Clone(text))
}

// add adds an entry in Message mode.
func (m *message) add(time, record string) {
	line := make([]byte, 0, 4+len(m.tag)+len(time)+len(record))
	line = msgpack.AppendStr(msgpack.AppendArray(line, 3), m.tag)
	m.lines = append(m.lines, string(append(append(line, time...), record...)))
}
