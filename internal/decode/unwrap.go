// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package decode

import (
	"slices"
	"strings"
	"time"

	"github.com/proxylog/proxylog/internal/attr"
	"github.com/proxylog/proxylog/internal/envelope"
	"github.com/proxylog/proxylog/internal/format"
	"github.com/proxylog/proxylog/internal/jsonscan"
	"github.com/proxylog/proxylog/internal/record"
)

// unwrapped sees to a text that was wrapped, and reports whether it can be read.
func (s *Source) unwrapped(b *Batch, w *envelope.Wrapped) bool {
	if w.Stream != envelope.NoStream {
		b.writer.Constant = s.ofStream(w.Stream)
	}
	switch w.Result {
	case envelope.TooLong:
		s.oversize(b)
		return false
	case envelope.Broken:
		s.headless()
		s.reject(b, s.index(), s.in.Fail(broken(w)))
		return false
	}
	return true
}

// headless is for a text that is rejected before its header is read: it forgets the header of the line before, whose
// bytes the text may not have.
func (s *Source) headless() { s.in.Header = envelope.Header{End: len(s.in.Line)} }

// readHeader reads the syslog header of the text in s.in, and fills its gaps with what wraps the text, nil for nothing.
func (s *Source) readHeader(w *envelope.Wrapped) {
	in, reach := &s.in, s.headers[s.beginningOf()]
	s.bare = reach >= timeAlone && (w == nil || !w.Whole)
	switch {
	case w != nil && w.Whole && w.Header.Kind != envelope.Journal:
		in.Header = w.Header
		return
	case s.d.envelope == envelope.ModeNone || reach == noHeader && (w == nil || !w.Whole):
		s.bareHeader(w)
		return
	}
	h := &in.Header
	s.header.Reach = envelope.Reach(reach)
	s.header.Parse(in.Line, in.Observed, h)
	if w == nil {
		return
	}
	if w.Whole {
		if h.Kind < envelope.RFC3164 && h.Time == 0 {
			// A text without a header: what looks like a tag is its own.
			*h = w.Header
			return
		}
		if h.Host == "" {
			h.Host = w.Header.Host
		}
		if h.App == "" {
			h.App, h.PID = w.Header.App, w.Header.PID
		}
	}
	if h.Time == 0 {
		// When the runtime has read the line; the proxy may have kept it for a while.
		h.Time = w.Time
	}
}

// ofStream are the attributes of a source's records from one stream of a container.
func (s *Source) ofStream(stream envelope.Stream) []record.KV {
	if s.streams[stream] == nil {
		name := "stdout"
		if stream == envelope.Stderr {
			name = "stderr"
		}
		s.streams[stream] = append(slices.Clone(s.attributes), record.KV{Key: attr.LogIostream, Str: name})
	}
	return s.streams[stream]
}

// broken is the error of a wrapping that cannot be read.
func broken(w *envelope.Wrapped) format.Error {
	reason := format.BadJSON
	switch {
	case w.Truncated:
		reason = format.Truncated
	case w.Field == "MESSAGE":
		reason = format.MissingField
	case w.Field != "":
		reason = format.Mismatch
	}
	return format.Error{Reason: reason, Field: w.Field, Offset: w.Offset, Expected: w.Expected}
}

// Mark is to be called before lines are read that may have to be read once more, and Rewind before they are: it brings
// back what of the lines before decides how the first ones are read, such as pieces that were waiting for their end.
func (s *Source) Mark() {
	s.wrapper.Mark()
	s.joiner.Mark()
	s.marked.before, s.marked.header = s.before, s.header
	for _, sticky := range s.sticky {
		if r, ok := sticky.(format.Rewinder); ok {
			r.Mark()
		}
	}
}

// Rewind makes the source forget the lines since Mark, as far as they decide how the next ones are read.
func (s *Source) Rewind() {
	s.wrapper.Rewind()
	s.joiner.Rewind()
	s.before, s.header = s.marked.before, s.marked.header
	for _, sticky := range s.sticky {
		if r, ok := sticky.(format.Rewinder); ok {
			r.Rewind()
		}
	}
}

// Settle forgets what Rewind would bring back: the lines since Mark are not read again.
func (s *Source) Settle() {
	s.wrapper.Settle()
	s.joiner.Settle()
}

// Holds reports whether a line has begun whose end has not come.
func (s *Source) Holds() bool { return s.wrapper.Holds() || s.joiner.Holds() }

// Flush reads what has come of lines whose end will not come any more, since the source is at its end.
func (s *Source) Flush(b *Batch, observed time.Time) {
	s.in.Observed = observed.UnixNano()
	s.extent = 0
	if text := s.joiner.Rest(); text != "" {
		b.writer.Constant, b.writer.Resource = s.attributes, s.resource
		s.truncated(b, text, "the rest of the object")
	}
	for _, stream := range [...]envelope.Stream{envelope.Stdout, envelope.Stderr} {
		text, ok := s.wrapper.Rest(stream)
		if !ok {
			continue
		}
		b.writer.Constant, b.writer.Resource = s.ofStream(stream), s.resource
		s.truncated(b, text, "the rest of the line")
	}
	s.before = nothing
}

// truncated rejects a text whose end will not come.
func (s *Source) truncated(b *Batch, text, expected string) {
	s.text(text)
	s.headless()
	s.reject(b, s.index(), s.in.Fail(format.Error{Reason: format.Truncated, Offset: len(text), Expected: expected}))
	if s.extent > record.MaxShared {
		s.letGo()
	}
}

// held reports whether the line is a piece of a pretty-printed object that waits for its end. Where it completes one,
// s.in has all of the object afterwards; where it cannot belong to the one that was begun, that one is rejected.
func (s *Source) held(b *Batch, line string) bool {
	text, state := s.joiner.Join(line)
	if state == jsonscan.Alone {
		return false
	}
	if state == jsonscan.Broken {
		s.truncated(b, text, "the rest of the object")
		text, state = s.joiner.Join(line)
	}
	s.text(text)
	return state == jsonscan.Held
}

// unescaped tries a line that could not be read once more without rsyslog's escapes: it writes control characters as
// # and three octal digits (parser.escapeControlCharactersOnReceive), also a tab that separates two fields. HAProxy has
// escapes of its own that look alike, # and two hexadecimal digits, and never writes a control character.
func (s *Source) unescaped(b *Batch, i int, err *format.Error) (int, *format.Error) {
	in := &s.in
	h := &in.Header
	if h.Kind != envelope.RFC3164 && h.Kind != envelope.RFC5424 || h.App == "haproxy" {
		return i, err
	}
	if s.current >= 0 && s.d.entries[s.current].name == "haproxy" {
		return i, err
	}
	text, changed := envelope.UndoOctal(in.Line[h.Start:h.End])
	if !changed {
		return i, err
	}
	line, dirty, header, first := in.Line, in.Dirty, *h, *err
	s.text(line[:h.Start] + text)
	h.End = len(in.Line)
	if n, err := s.parse(&b.writer); err == nil {
		return n, nil
	}
	in.Line, in.Dirty, in.Header = line, dirty, header
	return i, in.Fail(first)
}

// containerOf is what the path of a container's log says of the container: the paths of Kubernetes' node,
// …/pods/<namespace>_<pod>_<uid>/<container>/<restarts>.log and …/containers/<pod>_<namespace>_<container>-<id>.log
// (kubernetes, pkg/kubelet/kuberuntime/helpers.go and legacy.go), and Docker's own, …/containers/<id>/<id>-json.log.
func containerOf(path string) []record.KV {
	parts := strings.Split(path, "/")
	n := len(parts)
	if n < 3 || !strings.Contains(parts[n-1], ".log") {
		return nil
	}
	file, _, _ := strings.Cut(parts[n-1], ".log")
	text := func(key, value string) record.KV { return record.KV{Key: key, Str: value} }
	if n >= 4 && parts[n-4] == "pods" {
		pod := strings.Split(parts[n-3], "_")
		if len(pod) != 3 || slices.Contains(pod, "") || parts[n-2] == "" {
			return nil
		}
		out := []record.KV{
			text(attr.K8sNamespaceName, pod[0]), text(attr.K8sPodName, pod[1]), text(attr.K8sPodUID, pod[2]),
			text(attr.K8sContainerName, parts[n-2]),
		}
		if restarts, ok := whole(file); ok {
			out = append(out, record.KV{Key: attr.K8sContainerRestartCount, Int: restarts, IsInt: true})
		}
		return out
	}
	if id, ok := strings.CutSuffix(file, "-json"); ok && id == parts[n-2] && containerID(id) {
		return []record.KV{text(attr.ContainerID, id)}
	}
	if parts[n-2] != "containers" {
		return nil
	}
	pod := strings.Split(file, "_")
	if len(pod) != 3 || slices.Contains(pod, "") {
		return nil
	}
	dash := strings.LastIndexByte(pod[2], '-')
	if dash <= 0 || !containerID(pod[2][dash+1:]) {
		return nil
	}
	return []record.KV{
		text(attr.K8sNamespaceName, pod[1]), text(attr.K8sPodName, pod[0]), text(attr.K8sContainerName, pod[2][:dash]),
		text(attr.ContainerID, pod[2][dash+1:]),
	}
}

// containerID reports whether s is a container's id: 64 hexadecimal digits.
func containerID(s string) bool {
	return len(s) == 64 && strings.Trim(s, "0123456789abcdef") == ""
}
