// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package envelope

import "github.com/proxylog/proxylog/internal/line"

// Mode is which wrappings are looked for.
type Mode uint8

const (
	// ModeAuto looks for all of them.
	ModeAuto Mode = iota
	// ModeNone looks for none: the line is the proxy's own text.
	ModeNone
	// ModeSyslog looks for a syslog header alone.
	ModeSyslog
	// ModeCRI, ModeDocker and ModeJournald look for this wrapping and, in what it held, for a syslog header.
	ModeCRI
	ModeDocker
	ModeJournald
)

// Modes are the names of the modes, in their order.
func Modes() []string { return []string{"auto", "none", "syslog", "cri", "docker", "journald"} }

// Stream is the stream of a container that wrote a line.
type Stream uint8

const (
	// NoStream: the line is not from a container's log.
	NoStream Stream = iota
	// Stdout and Stderr are the container's own.
	Stdout
	Stderr

	numStreams
)

// Result says what became of a line.
type Result uint8

const (
	// Plain: nothing wraps the line, it is its own text. Take returns no such result.
	Plain Result = iota
	// Unwrapped: Text is what was wrapped.
	Unwrapped
	// Joined: Text was put together of several lines.
	Joined
	// Partial: the line was a piece of a longer one, which is not complete yet.
	Partial
	// TooLong: Text is the beginning of a line whose pieces are longer together than the limit.
	TooLong
	// Broken: the wrapping is recognised but cannot be read, and Offset and Expected say where and why; Text is the line.
	Broken
)

// Wrapped is a line without what a container's runtime, journald or fluentd has put around it.
type Wrapped struct {
	Result Result
	Text   string
	// Fresh says that Text is no part of the line: escapes were undone, or pieces joined.
	Fresh  bool
	Stream Stream
	// Time is when the runtime has read the line, in nanoseconds since 1970; 0 where it does not say.
	Time int64
	// Header is what the wrapping says of the sender, where Whole is set: then the text has no header of its own.
	Header Header
	Whole  bool
	// Offset, Field and Expected are of a broken wrapping.
	Offset    int
	Field     string
	Expected  string
	Truncated bool
}

// Wrapper takes off what wraps the lines of one source. It joins the pieces in which a container's runtime writes a long
// line, each stream's by themselves, and so remembers what is not complete yet. It is not safe for concurrent use.
type Wrapper struct {
	mode    Mode
	limit   int
	pieces  [numStreams]pieces
	marked  [numStreams]pieces
	holding bool
	docker  *docker
	journal *journal
	msgpack *fluent
	out     Wrapped
}

// NewWrapper makes a Wrapper; limit bounds the lines that are joined of pieces, in bytes, 0 for line.DefaultLimit.
func NewWrapper(mode Mode, limit int) *Wrapper {
	if limit <= 0 {
		limit = line.DefaultLimit
	}
	return &Wrapper{mode: mode, limit: limit}
}

// Take takes off what wraps the line, and the end of line behind it. Most lines are plain, and that is seen by their
// first bytes: then the second result is nil. It is valid until the next call. The messages of binary protocols have no
// end of line: their last byte is theirs.
func (w *Wrapper) Take(whole string) (text string, wrapped *Wrapped) {
	line := trimEnd(whole)
	if line == "" || w.mode == ModeNone || w.mode == ModeSyslog {
		return line, nil
	}
	auto := w.mode == ModeAuto
	switch c := line[0]; {
	case c == '{':
		if (auto || w.mode == ModeDocker) && isDocker(line, auto) {
			return w.result(line, w.takeDocker(line))
		}
		if (auto || w.mode == ModeJournald) && isJournalJSON(line) {
			return w.result(line, w.takeJournal(line))
		}
	case c == '2' || c == '1':
		if (auto || w.mode == ModeCRI) && len(line) > 20 && line[4] == '-' && line[10] == 'T' {
			return w.result(line, w.takeCRI(line))
		}
	case c >= 'A' && c <= 'Z' || c == '_':
		if (auto || w.mode == ModeJournald) && IsNative(whole) {
			return w.result(line, w.takeNative(whole))
		}
	case c >= 0x90 && c <= 0x9f || c == 0xdc:
		if auto && isFluent(whole) {
			return w.result(line, w.takeFluent(whole))
		}
	}
	return line, nil
}

// trimEnd is the line without the end of line behind it, or the NUL that some senders end their messages with.
func trimEnd(line string) string {
	n := len(line)
	for n > 0 && (line[n-1] == '\n' || line[n-1] == '\r' || line[n-1] == 0) {
		n--
	}
	return line[:n]
}

func (w *Wrapper) result(line string, out Wrapped) (string, *Wrapped) {
	if out.Result == Plain {
		return line, nil
	}
	if !out.Whole {
		// A program with a terminal, as of docker run -t, ends its lines in CR LF, and the runtime takes off the LF.
		out.Text = trimEnd(out.Text)
		// Of a datagram, what is missing may be behind the end of line that was taken off.
		out.Offset = min(out.Offset, len(out.Text))
	}
	w.out = out
	return out.Text, &w.out
}

// LetGo forgets the line that was taken last, but for its piece of one that is not complete.
func (w *Wrapper) LetGo() {
	w.out = Wrapped{}
	w.msgpack = nil
	if w.docker != nil {
		w.docker.reader.LetGo()
	}
	if w.journal != nil {
		w.journal.reader.LetGo()
	}
}

// Mark notes the pieces that are not complete now, for Rewind.
func (w *Wrapper) Mark() {
	if w.holding || w.marked[Stdout].held || w.marked[Stderr].held {
		w.marked = w.pieces
	}
}

// Rewind forgets the pieces since Mark, so that the same lines can be read again.
func (w *Wrapper) Rewind() {
	w.holding = false
	for s := range w.pieces {
		p := w.marked[s]
		// What was joined since shares the memory behind these bytes.
		p.text = p.text[:len(p.text):len(p.text)]
		w.pieces[s] = p
		w.holding = w.holding || p.held
	}
}

// Settle forgets what Rewind would bring back.
func (w *Wrapper) Settle() { w.marked = [numStreams]pieces{} }

// Holds reports whether there are pieces of a line that is not complete.
func (w *Wrapper) Holds() bool { return w.holding }

// Rest gives up waiting for the end of a stream's line and returns what there is of it.
func (w *Wrapper) Rest(s Stream) (string, bool) {
	p := &w.pieces[s]
	if !p.held {
		return "", false
	}
	text := string(p.text)
	*p = pieces{}
	w.holding = w.pieces[Stdout].held || w.pieces[Stderr].held
	return text, true
}
