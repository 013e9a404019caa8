// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package format

import (
	"path"
	"slices"
	"strings"
)

// Home says in which order a room tries its dialects on the lines of a source: two formats of one proxy can look alike, and
// then only the file tells whose a line is.
type Home struct {
	// order are the numbers of all dialects: first those that the proxy's configuration writes to the source's file, which
	// own counts; nil is the order of the list.
	order []int
	own   int
}

// NewHome is the order of dialects for a source of that name, which is the path of a file or else matches none.
func NewHome[D interface{ Written() []string }](source string, dialects []D) Home {
	near, best := make([]int, len(dialects)), 0
	for i, d := range dialects {
		for _, file := range d.Written() {
			near[i] = max(near[i], nearness(file, source))
		}
		best = max(best, near[i])
	}
	if best == 0 {
		return Home{}
	}
	var h Home
	for i := range dialects {
		if near[i] == best {
			h.order = append(h.order, i)
		}
	}
	h.own = len(h.order)
	for i := range dialects {
		if near[i] < best {
			h.order = append(h.order, i)
		}
	}
	return h
}

// At is the number of the dialect at place i of the order.
func (h *Home) At(i int) int {
	if h.order == nil {
		return i
	}
	return h.order[i]
}

// Stays reports whether a source is to go on with the dialect of that number, which has read a line: one that does not
// belong to the source's file reads a few of its lines at most.
func (h *Home) Stays(dialect int) bool {
	return h.order == nil || slices.Contains(h.order[:h.own], dialect)
}

// Written are the files to which the proxy's configuration writes the dialect.
func (d *Dialect) Written() []string { return d.Files }

// same is added to the nearness of a file that has the configured name and not one that rotation gave it.
const same = 1 << 16

// nearness is how many of the last parts of two paths agree, where source may be the file that a rotation has made of the
// one that the configuration names; 0 where they are other files. Only the last parts count: whoever reads a log may see it
// below another directory than the proxy, in a container for one.
func nearness(configured, source string) int {
	name, n := path.Base(configured), 1
	switch {
	case strings.Trim(configured, "/") == "":
		return 0
	case part(name, path.Base(source)):
		n += same
	case !rotated(name, path.Base(source)):
		return 0
	}
	a, b := path.Dir(configured), path.Dir(source)
	for a != "/" && a != "." && part(path.Base(a), path.Base(b)) {
		a, b = path.Dir(a), path.Dir(b)
		n++
	}
	return n
}

// part reports whether a part of a path is the one that the configuration names, in which a * stands for any text.
func part(configured, name string) bool {
	if !strings.Contains(configured, "*") {
		return configured == name
	}
	ok, err := path.Match(configured, name)
	return ok && err == nil
}

// rotated reports whether name is what logrotate and its kin make of the configured one: with numbers or a date behind it
// or before its extension, and packed or not.
func rotated(configured, name string) bool {
	for _, packed := range []string{".gz", ".zst", ".bz2", ".xz"} {
		name = strings.TrimSuffix(name, packed)
	}
	if part(configured, name) || part(configured, undated(name)) {
		return true
	}
	ext := path.Ext(name)
	return part(configured, undated(strings.TrimSuffix(name, ext))+ext)
}

// undated is a name without the numbers and dates at its end that a sign sets off.
func undated(name string) string {
	short := strings.TrimRight(name, "0123456789.-_T")
	if short == name || strings.IndexByte(".-_", name[len(short)]) < 0 {
		return name
	}
	return short
}
