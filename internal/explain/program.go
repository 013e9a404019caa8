// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package explain

import (
	"io"
	"strings"

	"github.com/proxylog/proxylog/internal/decode"
	"github.com/proxylog/proxylog/internal/format"
)

// Program is a dialect as it was compiled: how each field is found in a line and what it becomes.
type Program struct {
	Format  string `json:"format"`
	Dialect string `json:"dialect"`
	Kind    string `json:"kind"`
	// Directive is the text that was compiled, quoting of the configuration undone; "" where there is none.
	Directive string `json:"directive,omitempty"`
	// Keyed says that each value stands behind its key, in any order.
	Keyed bool `json:"keyed,omitempty"`
	// Items are the literals and fields in the directive's order.
	Items []Item `json:"items"`
	// Ambiguities are what some lines leave open.
	Ambiguities []Ambiguity `json:"ambiguities"`
	// Unknown are the keys, with what is to fill them, of which nothing is known.
	Unknown []string `json:"unknown,omitempty"`
}

// Item is a literal or a field of a Program.
type Item struct {
	// Literal stands in the line as it is; "" for a field.
	Literal string `json:"literal,omitempty"`
	// Code is the field as the directive writes it, or its key.
	Code string `json:"code,omitempty"`
	// Expect says what a value looks like, End how its end is found.
	Expect string `json:"expect,omitempty"`
	End    string `json:"end,omitempty"`
	// Missing is what stands for no value; nil where nothing does.
	Missing *string `json:"missing,omitempty"`
	// Attributes are what it becomes.
	Attributes []Attribute `json:"attributes,omitempty"`
}

// Attribute is an attribute that a field becomes.
type Attribute struct {
	Key  string `json:"key"`
	Type string `json:"type"`
}

// Ambiguity is what some lines of a directive leave open.
type Ambiguity struct {
	Codes []string `json:"codes"`
	Why   string   `json:"why"`
	Avoid string   `json:"avoid,omitempty"`
	// Silent says that the records of such lines are not marked.
	Silent bool `json:"silent,omitempty"`
}

// Programs are the dialects that a Decoder expects, as it was configured.
func Programs(d *decode.Decoder) []Program {
	descriptions := d.Describe()
	out := make([]Program, len(descriptions))
	for i := range descriptions {
		out[i] = newProgram(&descriptions[i])
	}
	return out
}

func newProgram(d *format.Description) Program {
	p := Program{
		Format: d.Scope.Format, Dialect: d.Scope.Dialect, Kind: d.Kind, Directive: d.Directive, Keyed: d.Parts == nil,
		Items: []Item{}, Ambiguities: []Ambiguity{}, Unknown: d.Unknown,
	}
	for _, a := range d.Ambiguities {
		p.Ambiguities = append(p.Ambiguities, Ambiguity(a))
	}
	if p.Keyed {
		for i := range d.Fields {
			p.Items = append(p.Items, Item{Code: d.Fields[i].Code, Attributes: attributes(d.Dialect, i)})
		}
		return p
	}
	n := 0
	for i := range d.Parts {
		part := &d.Parts[i]
		if part.Field == nil {
			p.Items = append(p.Items, Item{Literal: part.Literal})
			continue
		}
		item := Item{Code: part.Field.Code, Expect: part.Expect, End: part.End}
		if part.HasMissing {
			item.Missing = &part.Missing
		}
		// The fields of the dialect are those of the parts in their order; it may have more, which no part stands for.
		for k := n; k < len(d.Fields); k++ {
			if d.Fields[k].Code == part.Field.Code {
				item.Attributes, n = attributes(d.Dialect, k), k+1
				break
			}
		}
		p.Items = append(p.Items, item)
	}
	return p
}

func attributes(d *format.Dialect, i int) []Attribute {
	var out []Attribute
	for _, a := range d.Attributes(i) {
		out = append(out, Attribute(a))
	}
	return out
}

// Codes are the codes that one of the ambiguities names, in order and each once.
func (p *Program) Codes() []string {
	var out []string
	seen := map[string]bool{}
	for _, a := range p.Ambiguities {
		for _, c := range a.Codes {
			if !seen[c] {
				seen[c] = true
				out = append(out, c)
			}
		}
	}
	return out
}

// WriteJSON writes the program as one JSON object and an end of line.
func (p *Program) WriteJSON(w io.Writer) error {
	out := *p
	out.Directive = latin1(p.Directive)
	out.Items = make([]Item, len(p.Items))
	for i, item := range p.Items {
		item.Literal, item.Code = latin1(item.Literal), latin1(item.Code)
		for k := range item.Attributes {
			item.Attributes[k].Key = strings.ToValidUTF8(item.Attributes[k].Key, "\ufffd")
		}
		out.Items[i] = item
	}
	return encode(w, &out)
}
