// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package envelope

import (
	"strings"

	"github.com/proxylog/proxylog/internal/field"
	"github.com/proxylog/proxylog/internal/jsonscan"
	"github.com/proxylog/proxylog/internal/scan"
)

// docker reads the lines of Docker's json-file driver (moby, daemon/logger/jsonfilelog):
//
//	{"log":"the text\n","stream":"stdout","time":"2026-11-21T23:45:02.269111123Z"}
//
// A text longer than 16 KiB comes in several of them, of which only the last one ends in \n.
type docker struct {
	reader *jsonscan.Reader
	slots  [dockerFields]field.Slot
}

const (
	dockerLog = iota
	dockerStream
	dockerTime
	dockerFields
)

// isDocker reports whether the line could be one of Docker's. The driver always writes the text first.
func isDocker(line string, auto bool) bool {
	if strings.HasPrefix(line, `{"log":"`) {
		return !auto || strings.Contains(line, `"stream":"std`)
	}
	return !auto
}

func (w *Wrapper) takeDocker(line string) Wrapped {
	d := w.docker
	if d == nil {
		d = &docker{reader: keysReader("log", "stream", "time")}
		w.docker = d
	}
	field.Reset(d.slots[:])
	d.reader.Extra = d.reader.Extra[:0]
	if e := d.reader.Object(line, 0, d.slots[:]); e < 0 {
		return broken(line, d.reader)
	}
	out := Wrapped{}
	switch d.slots[dockerStream].Text(line) {
	case "stdout":
		out.Stream = Stdout
	case "stderr":
		out.Stream = Stderr
	default:
		return Wrapped{Text: line}
	}
	log := &d.slots[dockerLog]
	if !isText(line, log) {
		return Wrapped{Text: line}
	}
	if t := d.slots[dockerTime].Text(line); t != "" {
		if e, ns, zoned := scan.RFC3339(t, 0, len(t)); e == len(t) && zoned {
			out.Time = ns
		}
	}
	text := log.Text(line)
	// An odd number of backslashes before the n: one of them is the escape's.
	last := strings.HasSuffix(text, `\n`) && slashes(text[:len(text)-1])%2 == 1
	if last {
		text = text[:len(text)-len(`\n`)]
	}
	fresh := strings.IndexByte(text, '\\') >= 0
	if fresh {
		text = jsonscan.Unescape(text)
	}
	w.piece(&out, text, last)
	out.Fresh = out.Fresh || fresh
	return out
}

// slashes counts the backslashes at the end of a text.
func slashes(s string) int {
	n := 0
	for n < len(s) && s[len(s)-1-n] == '\\' {
		n++
	}
	return n
}

// keysReader makes a Reader of objects with these keys, the first one field 0 and so on.
func keysReader(keys ...string) *jsonscan.Reader {
	list := make([]jsonscan.Key, len(keys))
	for i, k := range keys {
		list[i] = jsonscan.Key{Path: []string{k}, Field: i}
	}
	k, err := jsonscan.NewKeys(list)
	if err != nil {
		// The keys are constants, and tests read them all.
		panic(err)
	}
	return jsonscan.NewReader(k)
}

// isText reports whether the slot holds a JSON string.
func isText(line string, s *field.Slot) bool {
	return s.Start > 0 && s.Flags&^field.Encoded == 0 && line[s.Start-1] == '"'
}

// broken is the result for an object that cannot be read.
func broken(line string, r *jsonscan.Reader) Wrapped {
	return Wrapped{Result: Broken, Text: line, Offset: r.Err.Offset, Expected: r.Err.Expected, Truncated: r.Err.Truncated}
}
