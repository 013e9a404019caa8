// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package envoy

import (
	"errors"
	"slices"
	"strings"

	"github.com/proxylog/proxylog/internal/field"
)

// command is a command of a format and what it becomes there.
type command struct {
	item *item
	op   operator
	// layout is how a time is printed; nil for what is none, and for a time whose format is not known.
	layout *layout
	// slot is the number of its slot, where it has one.
	slot int
}

// errUnknown is the error of a command that is not Envoy's, and errTime that of a time whose date, clock time or both are
// missing in the whole format.
var (
	errUnknown = errors.New("there is no such command")
	errTime    = errors.New("a time printed so cannot be read back; take %START_TIME% or %START_TIME(%Y-%m-%dT%H:%M:%S.%6fZ)%")
)

// resolve decides what each command of a format becomes. There may be several that tell the same: the one that tells most
// has the attribute, or else the first.
func resolve(items []*item) ([]command, error) {
	out := make([]command, len(items))
	for i, it := range items {
		op, ok := lookup(it.name)
		if !ok {
			return nil, &commandError{it, errUnknown}
		}
		for _, better := range yields[it.name] {
			if slices.ContainsFunc(items, func(o *item) bool { return o.name == better }) {
				op, _ = lookupOther(it.name)
			}
		}
		if main, ok := it.main(); ok && slices.ContainsFunc(items, func(o *item) bool { return o.name == it.name && !strings.Contains(o.arg, "?") }) {
			op, _ = lookup(main) // the header that it prints where the other is missing has its own command
		}
		out[i] = command{item: it, op: op}
		if op.kind == moment {
			out[i].layout = newLayout(it.format())
		}
	}
	if err := resolveTimes(out, roleStart); err != nil {
		return nil, err
	}
	if err := resolveTimes(out, roleEmit); err != nil {
		return nil, err
	}
	var fields []field.Field
	for i := range out {
		if op := &out[i].op; given(fields, &op.field) {
			op.field, op.other = field.Field{}, true
			if op.kind == loose || op.kind == identity {
				op.kind = again
			}
		}
		fields = append(fields, out[i].op.field)
	}
	return out, nil
}

// main is the name of the first of two headers of which a command prints one; not ok where it knows only one.
func (it *item) main() (name string, ok bool) {
	header, _, ok := strings.Cut(it.arg, "?")
	command, _, _ := strings.Cut(it.name, "(")
	return command + "(" + strings.ToUpper(header) + ")", ok
}

// commandError is an error of a command, which it names as the format writes it.
type commandError struct {
	item *item
	err  error
}

func (e *commandError) Error() string { return e.item.code + ": " + e.err.Error() }

func (e *commandError) Unwrap() error { return e.err }

// local reports whether the command prints the time of Envoy's own zone; the others print UTC.
func (it *item) local() bool { return it.name == "START_TIME_LOCAL" || it.name == "EMIT_TIME_LOCAL" }

// format is the time format of a command that prints a time.
func (it *item) format() string {
	switch {
	case it.arg != "":
		return it.arg
	case it.local():
		return localTime
	}
	return defaultTime
}

// wall reports whether the command prints a clock's time, of a zone that it does not tell.
func (c *command) wall(parts part) bool { return c.item.local() && parts.wall() }

// resolveTimes decides which of the commands with a role tell the time: the one that tells all of it with the most
// digits, or several that tell it together, such as a date, a clock time and a fraction. The others are others.
func resolveTimes(list []command, r field.Role) error {
	var found []*command
	for i := range list {
		if c := &list[i]; c.op.field.Role == r && c.layout != nil {
			found = append(found, c)
		}
	}
	if len(found) == 0 {
		return nil
	}
	best := -1
	for i, c := range found {
		if c.layout.parts.complete() && (best < 0 || c.better(found[best])) {
			best = i
		}
	}
	var taken []*command
	if best >= 0 {
		taken = refined(found[best], found)
	} else {
		taken = together(found)
	}
	if taken == nil && r == roleStart {
		c := found[0]
		return &commandError{c.item, errTime}
	}
	for _, c := range found {
		switch k := slices.Index(taken, c); {
		case k < 0:
			// Its time is told already. Where it ends its format tells nevertheless.
			if c.op, _ = lookupOther(c.item.name); c.layout.odd {
				c.layout = nil
			}
		case k > 0:
			c.op = operator{kind: fragment, look: lookPlain}
		}
	}
	return nil
}

// better reports whether c tells a time more exactly than d: a clock's time is worse than any instant.
func (c *command) better(d *command) bool {
	if cw, dw := c.wall(c.layout.parts), d.wall(d.layout.parts); cw != dw {
		return dw
	}
	return c.layout.digits > d.layout.digits
}

// refined are a command that tells a moment, and those that tell what it leaves out: its seconds, their fraction, its zone.
func refined(c *command, found []*command) []*command {
	taken, parts, open := []*command{c}, c.layout.parts, partSecond|partFraction|partZone
	if parts&partEpoch != 0 {
		open = partFraction
	}
	for _, o := range found {
		if p := o.layout.parts; o != c && o.item.local() == c.item.local() && p != 0 && p&^open == 0 && parts&p == 0 {
			taken = append(taken, o)
			parts |= p
		}
	}
	return taken
}

// together are commands that tell a moment together, each another part of it; nil where they do not.
func together(found []*command) []*command {
	for _, local := range []bool{false, true} {
		var taken []*command
		var parts part
		for _, c := range found {
			if p := c.layout.parts; c.item.local() == local && p != 0 && parts&p == 0 {
				taken = append(taken, c)
				parts |= p
			}
		}
		if parts.complete() {
			return taken
		}
	}
	return nil
}

// clock is how a dialect puts a time together: the slots of its parts, the first of which gets the sum.
type clock struct {
	slots []int
	// wall says that the sum is a clock's time.
	wall bool
}

// clocks are the times of a format that have to be put together, or are a clock's.
func clocks(list []command) []clock {
	var out []clock
	for _, r := range []field.Role{roleStart, roleEmit} {
		var k clock
		var parts part
		for i := range list {
			c := &list[i]
			switch {
			case c.layout == nil:
				continue
			case c.op.field.Role == r:
				k.slots = slices.Insert(k.slots, 0, c.slot)
			case c.op.kind == fragment && c.is(r):
				k.slots = append(k.slots, c.slot)
			default:
				continue
			}
			parts |= c.layout.parts
			k.wall = c.wall(parts)
		}
		if len(k.slots) > 1 || k.wall {
			out = append(out, k)
		}
	}
	return out
}

// is reports whether a command is one of those that tell the start, or of those that tell when the line was written.
func (c *command) is(r field.Role) bool {
	return operators[c.item.name].field.Role == r
}

// join puts the times together. A time of which a part is missing is missing.
func (src *source) join(list []clock, slots []field.Slot) {
	for i := range list {
		k := &list[i]
		first := &slots[k.slots[0]]
		for _, n := range k.slots[1:] {
			if !slots[n].Has() {
				first.Flags |= field.Null
				break
			}
			first.Num += slots[n].Num
		}
		if k.wall && first.Has() {
			first.Num = src.zone.Instant(first.Num)
		}
	}
}
