// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package squid

import (
	"strings"

	"github.com/proxylog/proxylog/internal/attr"
	"github.com/proxylog/proxylog/internal/directive"
	"github.com/proxylog/proxylog/internal/field"
	"github.com/proxylog/proxylog/internal/format"
)

// assign settles the attribute of each field of a definition: that of its argument, that of the log it stands in, and
// squid.field.<code> where it has none of its own or another field has it already. A record holds each key once.
func assign(pieces []piece, list []directive.Item, icap bool) {
	a := assignment{roles: map[field.Role]bool{}, keys: map[string]bool{}}
	has := map[string]bool{}
	for i := range pieces {
		has[pieces[i].name] = true
	}
	switch {
	case has["ru"] || has[">ru"]:
		a.take(attr.URLFull, attr.URLScheme, attr.URLPath, attr.URLQuery, attr.ServerAddress, attr.ServerPort)
	case has["rp"] || has[">rp"]:
		a.take(attr.URLPath, attr.URLQuery)
	}
	for i := range pieces {
		if p, f := &pieces[i], list[i].Field; f != nil {
			p.argument(f, icap)
			if icap {
				p.inICAP(f)
			}
			if p.name == ">A" {
				if has[">a"] {
					f.Role = 0
				} else {
					f.Key, f.Conv = attr.ClientAddress, field.None
				}
			}
			a.settle(p, f)
		}
	}
}

type assignment struct {
	roles map[field.Role]bool
	keys  map[string]bool
}

func (a *assignment) take(keys ...string) {
	for _, k := range keys {
		a.keys[k] = true
	}
}

// settle gives the field a key that no other has, unless its role or nothing more than its place among the fields is
// left to it.
func (a *assignment) settle(p *piece, f *field.Field) {
	if f.Role != 0 && a.roles[f.Role] {
		f.Role, f.Key, f.Conv = 0, "", field.None
	}
	if f.Role != 0 {
		a.roles[f.Role] = true
		if f.Conv == field.None {
			return
		}
	}
	if f.Key == "" || a.keys[f.Key] {
		f.Key = "squid.field." + p.written
	}
	if f.Conv == field.None {
		f.Conv = field.Str
		switch codes[p.name].class {
		case number:
			f.Conv = field.Int
		case millis:
			f.Conv = field.Millis
			if p.max >= 0 {
				f.Conv = field.Nanos
			}
		}
	}
	if a.keys[f.Key] {
		f.Key, f.Conv = "", field.None
	}
	a.keys[f.Key] = true
}

// argument settles what a code with an argument becomes: a header, or something that has no key of its own.
func (p *piece) argument(f *field.Field, icap bool) {
	if p.arg == "" || p.layout != nil {
		return
	}
	f.Role, f.Key, f.Conv = 0, "", field.Str
	// {Name:[separator]element} is an element of the header's list, not the header.
	if codes[p.name].class != header || strings.IndexByte(p.arg, ':') >= 0 {
		return
	}
	prefix := ""
	switch p.name {
	case ">h", ">ha":
		prefix = format.RequestHeader
	case "<h":
		if prefix = format.ResponseHeader; icap {
			prefix = "squid.adapted.header." // of the request too, where the method is REQMOD
		}
	case "icap::>h":
		prefix = "squid.icap.request.header."
	case "icap::<h":
		prefix = "squid.icap.response.header."
	case "adapt::<last_h":
		prefix = "squid.icap.last_response.header."
	default:
		return
	}
	f.Key, f.Conv = format.Header(prefix, p.arg)
}

// inICAP takes from the codes of the HTTP transaction what the ICAP transaction has of its own: the upstream is the ICAP
// server, the duration that of the ICAP transaction.
func (p *piece) inICAP(f *field.Field) {
	switch p.name {
	case "<a":
		f.Role, f.Key = 0, attr.SquidOriginAddress
	case "<p", "<A", "tr":
		f.Role, f.Key = 0, ""
	case ">st":
		f.Role, f.Key, f.Conv = 0, attr.HTTPRequestSize, field.Count
	case "<st":
		f.Role, f.Key, f.Conv = 0, attr.HTTPResponseSize, field.Count
	}
}
