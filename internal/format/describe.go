// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package format

import (
	"strings"

	"github.com/proxylog/proxylog/internal/attr"
	"github.com/proxylog/proxylog/internal/directive"
	"github.com/proxylog/proxylog/internal/field"
)

// Describer is a Parser that can say what it expects.
type Describer interface {
	// Describe lists the dialects in the order in which the parser tries them.
	Describe() []Description
}

// Description says of a dialect how it finds its fields and what they become, for a person.
type Description struct {
	*Dialect
	// Builtin says that it is known by its name, and not of the user's own making.
	Builtin bool
	// Parts are the literals and fields in the directive's order. A Keyed dialect has none: each value stands behind its
	// key.
	Parts []directive.Part
	// Ambiguities are what some lines leave open.
	Ambiguities []directive.Ambiguity
	// Unknown are the keys, with what is to fill them, of which nothing is known. Their values become attributes as they are.
	Unknown []string
}

// NewDescription describes a dialect with its program, nil for none: how it finds its fields and what it leaves open,
// with avoid as the advice about that. more are what the format knows to be left open besides.
func NewDescription(d *Dialect, p *directive.Program, avoid string, more ...directive.Ambiguity) Description {
	out := Description{Dialect: d}
	if p != nil {
		out.Parts, out.Ambiguities = p.Parts(), p.Ambiguities()
	}
	for i := range out.Ambiguities {
		out.Ambiguities[i].Avoid = avoid
	}
	out.Ambiguities = append(out.Ambiguities, more...)
	return out
}

// Attribute is an attribute that a field becomes.
type Attribute struct {
	// Key is its name.
	Key string
	// Type is its type in OpenTelemetry's words: string, int, double, bool, string[] …, and in parentheses its unit where
	// it is one that the value in the line does not have.
	Type string
}

// Attributes are what field i becomes, the field's own first. A field that only decides about others, such as a part of
// a time, has none.
func (d *Dialect) Attributes(i int) []Attribute {
	f := &d.Fields[i]
	var out []Attribute
	add := func(key, kind string) {
		if key == "" {
			return
		}
		for k := range out {
			if out[k].Key == key {
				return
			}
		}
		out = append(out, Attribute{key, kind})
	}
	switch f.Conv {
	case field.None:
		add(f.Key, typeOf(f.Key))
	case field.Str:
		add(f.Key, "string")
	case field.Strs:
		add(f.Key, "string[]")
	case field.Int, field.Count, field.Positive:
		add(f.Key, "int")
	case field.Millis, field.Nanos:
		add(f.Key, "double (s)")
	case field.Bool:
		add(f.Key, "bool")
	case field.HostPort:
		add(f.Key, "string")
		add(f.Key2, "int")
	}
	if f.Role != 0 && d.Makes != nil {
		for _, key := range d.Makes(f.Role) {
			add(key, typeOf(key))
		}
	}
	return out
}

// Timestamp stands among the attributes of a field that the record's timestamp is made of.
const Timestamp = "(timestamp)"

// typeOf is the type of an attribute that no conversion tells. Headers have no entries of their own in the contract, and
// all its real numbers are seconds.
func typeOf(key string) string {
	switch kind := attr.Type(key); {
	case key == Timestamp:
		return "time"
	case kind == "" && strings.Contains(key, ".header."), kind == "slice":
		return "string[]"
	case strings.HasPrefix(kind, "double"):
		return kind + " (s)"
	case kind == "":
		return "string"
	default:
		return kind
	}
}
