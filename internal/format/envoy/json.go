// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package envoy

import (
	"errors"
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/proxylog/proxylog/internal/field"
	"github.com/proxylog/proxylog/internal/format"
	"github.com/proxylog/proxylog/internal/jsonscan"
)

// jsonDialect is a format of one JSON object a line.
type jsonDialect struct {
	*format.Dialect
	kinds []kind
	// layouts are the formats of times, nil where a time may be printed in any way, and for what is none.
	layouts []*layout
	// typed are the slots whose values are more than text.
	typed  []typed
	clocks []clock
	// mixed are the values that several commands make together.
	mixed []mixed
	keys  *jsonscan.Keys
	list  []jsonscan.Key
	// identities are the slots of what identifies the proxy.
	identities []int
	// prefix is that of keys without a known operator.
	prefix string
	// least is how many of its keys a line has at least.
	least int
	// required are slots of which a line has at least one; none where the list is empty.
	required []int
	// names are all keys of a directive whose lines leave out what has no value, so that a few of them may be all there are;
	// else nil.
	names map[string]bool
	// others is how many more keys the directive has, which it leaves to the extra ones.
	others int
	// start is the slot of START_TIME where a line has to have it, else -1.
	start int
	// sniff are the keys, in quotes, of which one has to be in a line.
	sniff []string
	// unknown are the keys, with their commands, of which Envoy has none.
	unknown []string
}

// typed is a slot whose value is a number or a time.
type typed struct {
	slot   int
	kind   kind
	layout *layout
}

// findTyped lists the slots that have to be more than text, when all kinds are known.
func (d *jsonDialect) findTyped() {
	for i, k := range d.kinds {
		switch k {
		case integer, loose, moment, fragment:
			d.typed = append(d.typed, typed{i, k, d.layouts[i]})
		case text, identity, done, again:
		}
	}
}

// binding is a key, below a nested object with the keys of the objects before it, and what fills it: a command, or
// commands and literals.
type binding struct {
	path  []string
	items []item
	// guessed says that the key tells the command, so that its value may be printed in any way.
	guessed bool
}

// operator is the name of the command that fills the key alone; "" where there are several.
func (b *binding) operator() string {
	if len(b.items) != 1 {
		return ""
	}
	return b.items[0].name
}

// newJSON compiles a dialect. A key whose operator is not known is none of its; nor is one whose operator was given to
// another key already, unless the dialect is the table of spellings, in which they stand for one another.
func newJSON(name, prefix, directive string, keys []binding, omits bool) (*jsonDialect, error) {
	d := &jsonDialect{prefix: prefix, start: -1}
	// Envoy prints its keys sorted. What one command fills alone comes before what several fill.
	sort.Slice(keys, func(i, k int) bool {
		if a, b := keys[i].operator() == "", keys[k].operator() == ""; a != b {
			return b
		}
		return slices.Compare(keys[i].path, keys[k].path) < 0
	})
	keys = slices.DeleteFunc(keys, func(b binding) bool {
		command, ok := known(b.items)
		if command != "" {
			d.unknown = append(d.unknown, strings.Join(b.path, ".")+": %"+command+"%")
		}
		return !ok
	})
	spelled := map[string]bool{}
	var items []*item
	for i := range keys {
		if op := keys[i].operator(); !keys[i].guessed || !spelled[op] {
			spelled[op] = true
			items = append(items, commandsOf(keys[i].items)...)
		}
	}
	commands, err := resolve(items)
	if err != nil {
		return nil, named(keys, err)
	}
	fields, own := d.assign(keys, commands, omits)
	if d.keys, err = jsonscan.NewKeys(d.list); err != nil {
		return nil, err
	}
	if len(fields) < 2 {
		err := errors.New("at least two of its keys need a known command, or its lines could not be told from others")
		for _, u := range d.unknown {
			err = fmt.Errorf("%w; %s: %w", err, u, errUnknown)
		}
		return nil, err
	}
	if own == 0 {
		own = len(d.sniff)
	}
	d.least = min(fewest, (own+1)/2)
	d.Dialect = format.NewDialect(formatName, name, directive, format.KindTraffic, fields)
	d.Makes = makes
	d.Keyed = true
	if name == dialectCommonJSON || name == dialectContour {
		d.KeyOf = jsonscan.KeyOf
	}
	return d, nil
}

// named gives an error of a command the key that it fills.
func named(keys []binding, err error) error {
	var e *commandError
	if !errors.As(err, &e) {
		return err
	}
	for i := range keys {
		if slices.Contains(commandsOf(keys[i].items), e.item) {
			return fmt.Errorf("%s: %w", strings.Join(keys[i].path, "."), err)
		}
	}
	return err
}

// assign gives the keys their slots, and returns the fields of these, and how many keys of the user's have one: those of
// commands without an attribute of their own have none.
func (d *jsonDialect) assign(keys []binding, commands []command, omits bool) (fields []field.Field, own int) {
	add := func(b *binding, f field.Field, k kind, l *layout) {
		f.Code, f.Decode = strings.Join(b.path, "."), jsonscan.Unescape
		d.list = append(d.list, jsonscan.Key{Path: b.path, Field: len(fields)})
		if k == identity {
			d.identities = append(d.identities, len(fields))
		}
		fields, d.kinds, d.layouts = append(fields, f), append(d.kinds, k), append(d.layouts, l)
		d.sniff = append(d.sniff, `"`+b.path[len(b.path)-1]+`"`)
		if !b.guessed {
			own++
		}
	}
	spelled := map[string]int{}
	next := 0
	for i := range keys {
		b := &keys[i]
		op := b.operator()
		if n, is := spelled[op]; is && b.guessed {
			if n >= 0 {
				d.list = append(d.list, jsonscan.Key{Path: b.path, Field: n})
			}
			continue
		}
		filling := commands[next : next+len(commandsOf(b.items))]
		next += len(filling)
		if op == "" {
			// The fields of the commands follow that of the whole value.
			m, ok := newMixed(b.items, filling, len(fields), omits)
			if !ok {
				continue
			}
			add(b, field.Field{}, text, nil)
			d.mixed = append(d.mixed, m)
			for k, f := range m.program.Fields {
				fields, d.kinds, d.layouts = append(fields, f), append(d.kinds, done), append(d.layouts, filling[k].layout)
			}
			continue
		}
		c := &filling[0]
		spelled[op] = -1
		if c.op.other {
			continue
		}
		spelled[op], c.slot = len(fields), len(fields)
		l := c.layout
		if b.guessed || c.item.arg == "" && !c.item.local() {
			l = nil
		}
		add(b, c.op.field, c.op.kind, l)
	}
	d.clocks = clocks(commands)
	return fields, own
}

// known reports whether a value has a command and Envoy has all of them; unknown is one that it has not.
func known(items []item) (unknown string, ok bool) {
	for i := range items {
		name := items[i].name
		if name == "" {
			continue
		}
		if _, ok = lookup(name); !ok {
			return name, false
		}
	}
	return "", ok
}

// require makes one of the keys necessary.
func (d *jsonDialect) require(keys ...string) {
	for _, k := range d.list {
		if slices.Contains(keys, strings.Join(k.Path, ".")) && !slices.Contains(d.required, k.Field) {
			d.required = append(d.required, k.Field)
		}
	}
}

// fits reports whether what was read can be a line of the dialect: known is how many keys it knew, extra are the others.
func (d *jsonDialect) fits(slots []field.Slot, known int, extra []field.Extra) bool {
	if d.names != nil && known+len(extra) > 0 && !slices.ContainsFunc(extra, func(x field.Extra) bool { return !d.names[x.Key] }) {
		return true
	}
	if known < d.least || len(extra) > known+d.others || d.start >= 0 && !slots[d.start].Has() {
		return false
	}
	for _, i := range d.required {
		if slots[i].Start >= 0 {
			return true
		}
	}
	return len(d.required) == 0
}

// given reports whether one of the fields writes what f would write.
func given(fields []field.Field, f *field.Field) bool {
	for i := range fields {
		if f.Key != "" && fields[i].Key == f.Key || f.Role != 0 && fields[i].Role == f.Role {
			return true
		}
	}
	return false
}
