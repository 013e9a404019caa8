// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package squid

import (
	"errors"

	"github.com/proxylog/proxylog/internal/attr"
	"github.com/proxylog/proxylog/internal/directive"
	"github.com/proxylog/proxylog/internal/field"
	"github.com/proxylog/proxylog/internal/format"
)

// Describe says of each dialect how it finds its fields and what they become.
func (p *parser) Describe() []format.Description {
	out := make([]format.Description, len(p.dialects))
	for i, d := range p.dialects {
		out[i] = format.NewDescription(d.Dialect, d.program, avoid, d.open...)
		out[i].Builtin = d.builtin
	}
	format.Lookalikes(out, func(i, k int) bool { return directive.Alike(p.dialects[i].program, p.dialects[k].program) })
	return out
}

// avoid is the advice about fields that run into each other.
const avoid = "put one of them in quotes, \"%…\", or encode it, %#…, or put it at the end"

// open lists the codes whose values a definition leaves open although it says where they end: Squid's percent encoding of
// headers and URLs leaves a percent sign of the value as it is (lib/rfc1738.c, rfc1738_escape_unescaped), and columns
// without anything between them hold what they were made for.
func open(pieces []piece, list []directive.Item) (out []directive.Ambiguity) {
	for i := range pieces {
		p := &pieces[i]
		if p.name == "" {
			continue
		}
		add := func(why, avoid string) {
			out = append(out, directive.Ambiguity{Codes: []string{"%" + p.written}, Why: why, Avoid: avoid})
		}
		if p.enc == plain && codes[p.name].class >= target {
			add("a percent sign of the value stays as it is, so %22 may be three characters or a quote", "ask for an encoding: "+`"%…", %"…, %#… or %'…`)
		}
		switch s := list[i].Shape; {
		case s.Fixed && p.name == "ts":
		case s.Fixed && s.Kind == directive.KindInt:
			add("a number that is wider than its column runs into the next one", "put a blank behind it")
		case s.Fixed:
			add("a value that begins with - looks like a missing one, which has no width", "put a blank behind it")
		}
	}
	return out
}

// makes are the attributes that write makes of a field with the role, besides its own.
func makes(r field.Role) []string {
	switch r {
	case roleSeconds, roleSubsecond, roleDate, roleClock, roleZone:
		return []string{format.Timestamp, attr.ProxyStartTime}
	case roleStart:
		return []string{attr.ProxyStartTime}
	case roleClientAddress:
		return []string{attr.NetworkType}
	case roleURL:
		return []string{attr.URLScheme, attr.URLPath, attr.URLQuery, attr.ServerAddress, attr.ServerPort}
	case rolePath:
		return []string{attr.URLQuery}
	case roleStatus:
		return []string{attr.ProxyOutcome, attr.ErrorType}
	case roleResult:
		return []string{attr.SquidResultTags, attr.ProxyOutcome, attr.ProxyEndedBy, attr.ErrorType}
	case roleHierarchy:
		return []string{attr.ProxyEndedBy}
	case roleICAPService:
		return []string{attr.SquidIcapService}
	case roleICAPURL:
		return []string{attr.ProxyUpstreamPort}
	case roleICAPOutcome:
		return []string{attr.ProxyOutcome, attr.ProxyEndedBy, attr.ErrorType, attr.SquidIcapBypassed}
	}
	return nil
}

// positioned gives an error of a definition the definition, so that the byte can be shown in it.
func positioned(definition string, err error) error {
	var syntax *syntaxError
	if errors.As(err, &syntax) {
		return &directive.PositionError{Directive: definition, At: syntax.at, Err: errors.New(syntax.text)}
	}
	return err
}
