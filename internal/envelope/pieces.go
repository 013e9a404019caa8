// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package envelope

// pieces are the pieces of a line that is not complete yet.
type pieces struct {
	text []byte
	held bool
	cut  bool // the limit was reached, the rest is left out
}

// piece adds a piece of a line and, where it is the last one, makes out of the whole.
func (w *Wrapper) piece(out *Wrapped, text string, last bool) {
	p := &w.pieces[out.Stream]
	if !p.held && last {
		out.Result, out.Text = Unwrapped, text
		return
	}
	if room := w.limit - len(p.text); len(text) > room {
		text, p.cut = text[:max(room, 0)], true
	}
	p.text = append(p.text, text...)
	p.held, w.holding = true, true
	if !last {
		out.Result, out.Text = Partial, ""
		return
	}
	out.Result, out.Text, out.Fresh = Joined, string(p.text), true
	if p.cut {
		out.Result = TooLong
	}
	*p = pieces{}
	w.holding = w.pieces[Stdout].held || w.pieces[Stderr].held
}
