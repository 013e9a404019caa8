// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package haproxy

import (
	"strings"
	"sync"

	"github.com/proxylog/proxylog/internal/attr"
	"github.com/proxylog/proxylog/internal/directive"
	"github.com/proxylog/proxylog/internal/field"
	"github.com/proxylog/proxylog/internal/format"
	"github.com/proxylog/proxylog/internal/format/haproxy/cfg"
)

// formatName is the name of the format.
const formatName = "haproxy"

// errorlog is the sample of error-log-format in the manual (section 8.2.5).
const (
	errorlog = "%ci:%cp [%tr] %ft %ac/%fc " + cfg.TLSTail

	// Up to 1.6 the same shapes hold the times of the session and not of the request.
	httplog15 = "%ci:%cp [%t] %ft %b/%s %Tq/%Tw/%Tc/%Tr/%Tt %ST %B %CC %CS %tsc %ac/%fc/%bc/%sc/%rc %sq/%bq %hr %hs %{+Q}r"
	httpclf15 = `%{+Q}o %{-Q}ci - - [%T] %r %ST %B "" "" %cp %ms %ft %b %s %Tq %Tw %Tc %Tr %Tt %tsc %ac %fc %bc %sc %rc %sq %bq %CC %CS %hrl %hsl`
)

// builtin is a dialect that needs no directive.
type builtin struct {
	name string
	// option is the directive of haproxy.cfg that asks for it.
	option string
	kind   string
	text   string
	// before17 is the string of 1.5 and 1.6 where it differs.
	before17 string
}

// builtins are the dialects that need no directive, in the order in which they are tried. What HAProxy logs without any
// directive, "default", is no log-format: defaultLines has it.
var builtins = []builtin{
	{name: "tcplog", option: "option tcplog", kind: format.KindTraffic, text: cfg.TCPLog},
	{name: "httplog", option: "option httplog", kind: format.KindTraffic, text: cfg.HTTPLog, before17: httplog15},
	{name: "httpslog", option: "option httpslog", kind: format.KindTraffic, text: cfg.HTTPSLog},
	{name: "httplog_clf", option: "option httplog clf", kind: format.KindTraffic, text: cfg.HTTPCLF, before17: httpclf15},
	{name: "tcplog_clf", option: "option tcplog clf", kind: format.KindTraffic, text: cfg.TCPCLF},
	{name: "error_log_format", option: "error-log-format", kind: format.KindErrorFormat, text: errorlog},
}

// defaultName is the dialect of frontends that have no log-format and no option that stands for one.
const defaultName = "default"

// dialect is a compiled log-format.
type dialect struct {
	*format.Dialect
	program *directive.Program
	// rare has the programs for the lines that program does not read.
	rare func() *rare
	// bareLists are the codes of the lists without quotes, which may be missing.
	bareLists []string
	// sd reads the structured data into the slots from own on; nil without a log-format-sd.
	sd  *directive.Program
	own int
	// requestList is the slot of %hrl where %hsl stands right behind it, so that nothing tells where the one ends and the
	// other begins; the slot behind it is that of %hsl, which the program does not know. -1 otherwise.
	requestList int
	// counted are the lists of which the number of values is known and can be another.
	counted []counted
	// requestBraces and responseBraces are the slots of %hr and %hs, -1 where the directive lacks one of them.
	requestBraces, responseBraces int
	http                          bool
	// moment is when its lines are printed, as far as a log-profile says.
	moment moment
	echoes []echo
	// local are the dates that are clock times of HAProxy's zone.
	local localDates
	// captures are the attributes of the captured headers, in the order of their slots.
	captures captures
	// frontends are those that print the dialect; nil is any.
	frontends []string
	// braced says that a line begins with a brace or bracket.
	braced bool
}

// localDates are the dates of a dialect that are clock times and not instants.
type localDates struct{ accept, request, log bool }

// definition is a directive to compile.
type definition struct {
	name, text, kind string
	// sd is the text of a log-format-sd; "" for none.
	sd        string
	captures  captures
	frontends []string
	// step is the step of a log-profile; "" for none, or several.
	step string
	// place is where it stands in the configuration file; "" for one that the user lists.
	place string
}

// layout reads the directive.
func (s *definition) layout() (*layout, error) {
	items, err := parseLogFormat(s.text, s.captures)
	if err != nil {
		return nil, positioned(s.text, err)
	}
	l := newLayout(items)
	l.joinLists()
	return l, nil
}

func compile(s definition) (*dialect, error) {
	whole, err := s.layout()
	if err != nil {
		return nil, err
	}
	d := &dialect{requestList: whole.pair, captures: s.captures, frontends: s.frontends, moment: momentOf(s.step)}
	if d.program, err = directive.CompileAdjacent(whole.items); err != nil {
		return nil, positioned(s.text, err)
	}
	d.counted = withoutSingles(whole.fields, d.countLists(whole))
	fields := whole.fields
	d.own = len(fields)
	if s.sd != "" {
		if d.sd, err = compileSD(s.sd, s.captures); err != nil {
			return nil, err
		}
		fields = append(fields[:len(fields):len(fields)], d.sd.Fields...)
	}
	d.requestBraces, d.responseBraces = braces(whole.fields)
	d.echoes = echoes(whole.fields)
	for i := range whole.fields {
		d.http = d.http || isHTTP(&whole.fields[i])
	}
	d.Dialect = format.NewDialect(formatName, s.name, s.text, s.kind, d.once(fields))
	d.Makes = d.makes
	d.local = localDates{d.isLocal(roleAcceptDate), d.isLocal(roleRequestDate), d.isLocal(roleLogDate)}
	for _, it := range whole.items {
		if isBareList(it) {
			d.bareLists = append(d.bareLists, it.Field.Code)
		}
	}
	first := whole.items[0]
	d.braced = first.Field == nil && (first.Literal[0] == '{' || first.Literal[0] == '[')
	d.rare = sync.OnceValue(func() *rare { return newRare(s) })
	return d, nil
}

// fullest are the codes that say more than others of their role do: the tilde of TLS, the cookies' part of the state, a
// status or a backend where the samples have none yet, and the version that stands in the request line.
var fullest = map[field.Role]string{
	roleFrontend: "%ft", roleBackend: "%b", roleStatus: "%ST", roleState: "%tsc", roleVersion: "%HV",
}

// once lets each attribute and each role be filled by one of its fields only, the fullest one or else the first: the
// others are shown by explain and write nothing, since a record has an attribute once. Structured data, which a line may
// come without, fills what the text does not. What the captured headers of the line become is theirs.
func (d *dialect) once(fields []field.Field) []field.Field {
	out := make([]field.Field, len(fields))
	keys, filled := map[string]bool{}, map[field.Role]int{}
	for i := range fields {
		r := fields[i].Role
		if first, ok := filled[r]; !ok || i < d.own && fields[i].Code == fullest[r] && fields[first].Code != fullest[r] {
			filled[r] = i
		}
		switch r {
		case roleRequestHeaders:
			for _, k := range d.captures.request {
				keys[k] = true
			}
		case roleResponseHeaders:
			for _, k := range d.captures.response {
				keys[k] = true
			}
		}
	}
	for i, f := range fields {
		other := f.Role != 0 && filled[f.Role] != i
		if f.Key != "" && (keys[f.Key] || other && f.Key == fields[filled[f.Role]].Key) {
			f.Key, f.Key2, f.Conv = "", "", field.None
		}
		if other {
			f.Role = 0
		}
		keys[f.Key] = true
		out[i] = f
	}
	return out
}

// isBareList reports whether an item is a list that is printed without quotes.
func isBareList(it directive.Item) bool {
	return it.Field != nil && it.Field.List != nil && it.Shape.Kind == directive.KindText && !isQuoted(&it.Shape)
}

func (d *dialect) isLocal(r field.Role) bool {
	f := d.Field(r)
	return f != nil && isLocal(f.Code)
}

// isHTTP reports whether only requests have the field.
func isHTTP(f *field.Field) bool {
	if c, ok := codes[strings.TrimPrefix(f.Code, "%")]; ok {
		return c.http
	}
	switch f.Role {
	case roleMethod, roleURI, rolePath, roleQuery, roleVersion, roleStatus:
		return true
	}
	return strings.HasPrefix(f.Key, "http.re") || f.Key == attr.UserAgentOriginal
}

// compileItems makes a dialect of items that no log-format can express.
func compileItems(name, kind string, items []directive.Item) (*dialect, error) {
	p, err := directive.Compile(items)
	if err != nil {
		return nil, err
	}
	none := new(rare)
	return &dialect{
		Dialect: format.NewDialect(formatName, name, "", kind, p.Fields), program: p, requestList: -1, requestBraces: -1, responseBraces: -1,
		local: localDates{accept: true}, rare: func() *rare { return none },
	}, nil
}

// run reads a line's text into the slots of the dialect, and what is missing in it. scratch has room for the slots of
// any dialect.
func (d *dialect) run(in *format.Input, scratch []field.Slot) directive.Result {
	slots := in.Begin(d.Dialect)
	line, start, end := in.Line, in.Header.Start, in.Header.End
	res := d.program.Run(line, start, end, slots[:len(d.program.Fields)])
	if res.OK {
		d.spread(slots)
		if len(d.bareLists) > 0 && !res.Ambiguous {
			res.Ambiguous = d.rare().lacksList(in, 0, scratch)
		}
		return res
	}
	r := d.rare()
	for i := range r.variants {
		if again := d.with(&r.variants[i], in, scratch); again.OK {
			again.Ambiguous = again.Ambiguous || r.lacksList(in, i+1, scratch)
			return again
		}
	}
	return res
}

// with reads a line's text into the slots of the dialect by a variant.
func (d *dialect) with(v *variant, in *format.Input, scratch []field.Slot) directive.Result {
	own, res := v.run(in, scratch)
	if res.OK {
		slots := in.Begin(d.Dialect)
		for k := range own {
			slots[v.to[k]] = own[k]
		}
	}
	return res
}

// spread moves the slots behind %hrl by one where that has taken %hsl's part too.
func (d *dialect) spread(slots []field.Slot) {
	if k := d.requestList + 1; d.requestList >= 0 && k < d.own {
		copy(slots[k+1:d.own], slots[k:d.own-1])
		slots[k] = field.Absent
	}
}
