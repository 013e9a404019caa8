// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package cfg

import (
	"slices"
	"strconv"
	"strings"
)

type kind uint8

const (
	kindOther kind = iota
	kindGlobal
	kindDefaults
	kindFrontend
	kindBackend
	kindProfile
)

// section is a section that is read; front is also what a defaults section hands down.
type section struct {
	kind  kind
	front Frontend
	// profile is that of a section log-profile.
	profile *Profile
}

func newSection(k kind) *section { return &section{kind: k} }

// inherit is a section that has what s says. Captures are no matter of defaults.
func (s *section) inherit(k kind, line int) *section {
	out := &section{kind: k, front: s.front}
	out.front.Name, out.front.Line, out.front.Listen = "", line, false
	out.front.Log, out.front.DoLog = slices.Clone(s.front.Log), slices.Clone(s.front.DoLog)
	return out
}

// defaultLen is where HAProxy cuts a line unless the log line says otherwise (MAX_SYSLOG_LEN).
const defaultLen = 1024

// global reads a line of the section global.
func (p *parser) global(w []Word) {
	switch w[0].Text {
	case "log":
		if l, ok := p.log(w); ok {
			p.file.Log = append(p.file.Log, l)
		}
	case "log-tag":
		if len(w) > 1 {
			p.file.LogTag = w[1].Text
		}
	case "setenv", "presetenv":
		if len(w) < 3 {
			p.fail(w[0], "%s has to be followed by a name and a value", w[0].Text)
			return
		}
		if w[0].Text == "presetenv" {
			if _, ok := p.env(w[1].Text); ok {
				return
			}
		}
		p.set[w[1].Text] = &w[2].Text
	case "unsetenv":
		for _, name := range w[1:] {
			p.set[name.Text] = nil
		}
	}
}

// proxy reads a line of a section defaults, frontend or listen.
func (p *parser) proxy(w []Word) {
	f := &p.current.front
	switch w[0].Text {
	case "mode":
		if len(w) > 1 {
			f.HTTP = w[1].Text == "http"
		}
	case "option":
		p.option(w[1:])
	case "no":
		if len(w) > 1 && w[1].Text == "log" {
			f.Log = nil
		}
	case "log-format":
		if p.directive(w, &f.Format) {
			f.Option = ""
		}
	case "log-format-sd":
		p.directive(w, &f.StructuredData)
	case "error-log-format":
		p.directive(w, &f.ErrorFormat)
	case "unique-id-format":
		p.directive(w, &f.UniqueID)
	case "log-tag":
		if len(w) > 1 {
			f.LogTag = w[1].Text
		}
	case "log-steps":
		f.Steps = len(w) > 1
	case "log":
		if l, ok := p.log(w); ok {
			if !slices.ContainsFunc(f.Log, func(o Log) bool { o.Line = l.Line; return o == l }) {
				f.Log = append(f.Log, l)
			}
		}
	case "capture", "declare":
		p.capture(w)
	case "http-request", "http-response", "tcp-request", "tcp-response", "http-after-response", "quic-initial":
		p.rule(w)
	}
}

// backend reads a line of a section backend, whose rules may print lines.
func (p *parser) backend(w []Word) {
	switch w[0].Text {
	case "http-request", "http-response", "tcp-request", "tcp-response", "http-after-response":
		p.rule(w)
	}
}

// option reads what option tcplog and its kin say: they replace the log-format.
func (p *parser) option(w []Word) {
	if len(w) == 0 {
		return
	}
	f := &p.current.front
	switch w[0].Text {
	case "tcplog", "httplog":
		f.Option, f.Format = w[0].Text, Directive{}
		if len(w) > 1 && w[1].Text == "clf" {
			f.Option += " clf"
		}
	case "httpslog":
		f.Option, f.Format = w[0].Text, Directive{}
	}
}

// directive reads a log-format string, which is one argument. HAProxy refuses a second one; here the blank between two
// belongs to the string, since that is what was meant.
func (p *parser) directive(w []Word, d *Directive) bool {
	if len(w) < 2 {
		p.fail(w[0], "%s has to be followed by a format", w[0].Text)
		return false
	}
	if len(w) > 2 {
		p.fail(w[2], "%s has one argument: blanks in it stand in quotes or behind a backslash", w[0].Text)
		return false
	}
	*d = Directive{Text: w[1].Text, Line: p.n, Column: w[1].Column}
	return true
}

// log reads a line "log".
func (p *parser) log(w []Word) (Log, bool) {
	l := Log{Len: defaultLen, Line: p.n}
	if len(w) < 2 {
		p.fail(w[0], "log has to be followed by an address")
		return l, false
	}
	l.Address = w[1].Text
	if l.Address == "global" {
		return Log{Address: "global", Line: p.n}, true
	}
	rest := w[2:]
	for len(rest) > 1 {
		value := rest[1]
		switch rest[0].Text {
		case "len":
			n, err := strconv.Atoi(value.Text)
			if err != nil || n <= 0 {
				p.fail(value, "%q is no length", value.Text)
				return l, false
			}
			l.Len = n
		case "format":
			if !slices.Contains([]string{"rfc3164", "rfc5424", "local", "priority", "short", "timed", "iso", "raw"}, value.Text) {
				p.fail(value, "%q is no format of log lines", value.Text)
				return l, false
			}
			l.Format = value.Text
		case "sample":
			l.Sampled = true
		case "profile":
			l.Profile, l.ProfileColumn = value.Text, value.Column
		default:
			l.Facility, l.Level = rest[0].Text, value.Text
			return l, true
		}
		rest = rest[2:]
	}
	if len(rest) > 0 {
		l.Facility = rest[0].Text
	}
	return l, true
}

// capture reads "capture request|response header NAME len N", "capture cookie NAME len N" and "declare capture
// request|response len N".
func (p *parser) capture(w []Word) {
	f := &p.current.front
	at := func(i int) string {
		if i < len(w) {
			return w[i].Text
		}
		return ""
	}
	switch {
	case at(0) == "capture" && at(1) == "cookie":
		f.Cookie = strings.TrimSuffix(at(2), "=")
	case at(0) == "capture" && at(2) == "header" && at(3) != "":
		p.slot(at(1), Capture{Header: at(3), Len: number(at(5))}, w)
	case at(0) == "declare" && at(1) == "capture":
		p.slot(at(2), Capture{Len: number(at(4))}, w)
	default:
		p.fail(w[0], "%s is not complete", w[0].Text)
	}
}

func (p *parser) slot(side string, c Capture, w []Word) {
	f := &p.current.front
	switch {
	case p.current.kind == kindDefaults:
		p.fail(w[0], "%s is not allowed in a section defaults", w[0].Text)
	case side == "request":
		f.Request = append(f.Request, c)
	case side == "response":
		f.Response = append(f.Response, c)
	default:
		p.fail(w[1], "request or response is expected")
	}
}

func number(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 {
		return 0
	}
	return n
}

// captureRule reads the action capture of http-request, http-response and tcp-request content: with len it makes a slot,
// with id it names one that was declared.
func (p *parser) captureRule(w []Word, i int) {
	var expr []string
	for i++; i < len(w) && w[i].Text != "len" && w[i].Text != "id"; i++ {
		expr = append(expr, w[i].Text)
	}
	if i+1 >= len(w) {
		p.fail(w[0], "capture has to end in len or id and a number")
		return
	}
	c := Capture{Expression: strings.Join(expr, " "), Len: number(w[i+1].Text)}
	f := &p.current.front
	slots, fetch := &f.Request, "req."
	if w[0].Text == "http-response" || w[0].Text == "http-after-response" {
		slots, fetch = &f.Response, "res."
	}
	c.Header = headerOf(c.Expression, fetch)
	if w[i].Text == "len" {
		if fetch == "req." && p.current.kind == kindFrontend {
			*slots = append(*slots, c)
		}
		return
	}
	if id, err := strconv.Atoi(w[i+1].Text); err == nil && id >= 0 && id < len(*slots) && (*slots)[id].Header == "" && (*slots)[id].Expression == "" {
		c.Len = (*slots)[id].Len
		(*slots)[id] = c
	}
}

// headerOf is the header that an expression fetches as it stands, "" for any other expression.
func headerOf(expr, fetch string) string {
	for _, fn := range []string{"hdr(", "fhdr(", "hdr_ip("} {
		rest, ok := strings.CutPrefix(strings.TrimPrefix(expr, fetch), fn)
		if !ok {
			continue
		}
		name, tail, ok := strings.Cut(rest, ")")
		if name, _, _ = strings.Cut(name, ","); ok && tail == "" {
			return strings.Trim(name, `"' `)
		}
	}
	return ""
}
