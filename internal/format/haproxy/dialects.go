// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package haproxy

import (
	"strings"

	"github.com/proxylog/proxylog/internal/directive"
	"github.com/proxylog/proxylog/internal/format"
	"github.com/proxylog/proxylog/internal/format/haproxy/cfg"
)

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
	// trimmed reads lines whose last blank, or last list and the blank before it, are missing: a relay may take blanks off
	// the end of a line. nil where the directive does not end so.
	trimmed *directive.Program
	// sd reads the structured data into the slots from own on; nil without a log-format-sd.
	sd  *directive.Program
	own int
	// cut reads lines that were cut behind the counters; nil where nothing could be cut there.
	cut *cutter
	// requestList is the slot of %hrl where %hsl stands right behind it, so that nothing tells where the one ends and the
	// other begins; the slot behind it is that of %hsl, which the program does not know. -1 otherwise.
	requestList int
	// requestBraces and responseBraces are the slots of %hr and %hs, -1 where the directive lacks one of them.
	requestBraces, responseBraces int
	http                          bool
}

// source is a directive to compile.
type source struct {
	name, text, kind string
	// sd is the text of a log-format-sd; "" for none.
	sd string
}

func compile(s source) (*dialect, error) {
	items, err := parseLogFormat(s.text)
	if err != nil {
		return nil, positioned(s.text, err)
	}
	items, responseList := joinLists(items)
	program, err := directive.Compile(items)
	if err != nil {
		return nil, positioned(s.text, err)
	}
	d := &dialect{program: program, requestList: -1}
	fields := program.Fields
	if responseList != nil {
		d.requestList = len(fields) - 1
		fields = append(fields[:len(fields):len(fields)], *responseList)
	}
	d.own = len(fields)
	if s.sd != "" {
		if d.sd, err = compileSD(s.sd); err != nil {
			return nil, err
		}
		fields = append(fields[:len(fields):len(fields)], d.sd.Fields...)
	}
	d.Dialect = format.NewDialect("haproxy", s.name, s.text, s.kind, once(fields))
	d.Makes = d.makes
	if d.trimmed, err = compileTrimmed(items); err != nil {
		return nil, err
	}
	if s.kind == format.KindTraffic {
		d.cut = newCutter(items)
	}
	d.requestBraces, d.responseBraces = braces(program.Fields)
	for i := range program.Fields {
		if c, ok := codes[strings.TrimPrefix(program.Fields[i].Code, "%")]; ok && c.http {
			d.http = true
		}
	}
	return d, nil
}

// link makes a dialect of items that no log-format can express.
func link(name, kind string, items []directive.Item) (*dialect, error) {
	p, err := directive.Compile(items)
	if err != nil {
		return nil, err
	}
	return &dialect{
		Dialect: format.NewDialect("haproxy", name, "", kind, p.Fields), program: p, requestList: -1, requestBraces: -1, responseBraces: -1,
	}, nil
}

// compileTrimmed compiles the directive without what may be missing at the end of a line, nil where that is nothing.
func compileTrimmed(items []directive.Item) (*directive.Program, error) {
	n := len(items)
	for n > 0 && items[n-1].Field != nil && items[n-1].Field.List != nil {
		n--
	}
	if n == 0 || items[n-1].Field != nil || items[n-1].Literal != " " {
		return nil, nil
	}
	return directive.Compile(items[:n-1])
}
