// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package envelope

import (
	"strings"

	"github.com/proxylog/proxylog/internal/scan"
)

// takeCRI reads a line as the runtimes of Kubernetes write it: a time, the stream, tags, the text
// (kubernetes/design-proposals, kubelet-cri-logging). The first tag is F for the last or only piece of a line and P for
// any other.
func (w *Wrapper) takeCRI(line string) Wrapped {
	i := strings.IndexByte(line, ' ')
	if i < 20 || i > 40 {
		return Wrapped{Text: line}
	}
	out := Wrapped{Result: Unwrapped}
	const width = len(" stdout ")
	switch {
	case strings.HasPrefix(line[i:], " stdout "):
		out.Stream = Stdout
	case strings.HasPrefix(line[i:], " stderr "):
		out.Stream = Stderr
	default:
		return Wrapped{Text: line}
	}
	e, ns, zoned := scan.RFC3339(line, 0, i)
	if e != i || !zoned {
		return Wrapped{Text: line}
	}
	out.Time = ns
	i += width
	tags := line[i:]
	text := ""
	if b := strings.IndexByte(tags, ' '); b >= 0 {
		tags, text = tags[:b], tags[b+1:]
	}
	first, _, _ := strings.Cut(tags, ":")
	switch first {
	case "F":
		w.piece(&out, text, true)
	case "P":
		w.piece(&out, text, false)
	default:
		return Wrapped{Text: line}
	}
	return out
}
