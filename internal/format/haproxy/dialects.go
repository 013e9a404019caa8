// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package haproxy

import (
	"errors"
	"fmt"
	"strings"

	"github.com/proxylog/proxylog/internal/attr"
	"github.com/proxylog/proxylog/internal/directive"
	"github.com/proxylog/proxylog/internal/field"
	"github.com/proxylog/proxylog/internal/format"
)

// The strings that the options stand for (the manual's section 8.2; 1.7 to 3.2 print the same).
const (
	tcplog  = "%ci:%cp [%t] %ft %b/%s %Tw/%Tc/%Tt %B %ts %ac/%fc/%bc/%sc/%rc %sq/%bq"
	httplog = "%ci:%cp [%tr] %ft %b/%s %TR/%Tw/%Tc/%Tr/%Ta %ST %B %CC %CS %tsc %ac/%fc/%bc/%sc/%rc %sq/%bq %hr %hs %{+Q}r"
)

// builtins are the dialects that need no directive, in the order in which they are tried.
var builtins = []struct{ name, directive string }{
	{"tcplog", tcplog},
	{"httplog", httplog},
}

// dialect is a compiled log-format.
type dialect struct {
	*format.Dialect
	program *directive.Program
	http    bool
}

func compile(name, logFormat, kind string) (*dialect, error) {
	items, err := parseLogFormat(logFormat)
	if err != nil {
		return nil, err
	}
	d, err := link(name, logFormat, kind, items)
	if err != nil {
		return nil, err
	}
	for i := range d.Fields {
		if c, ok := codes[strings.TrimPrefix(d.Fields[i].Code, "%")]; ok && c.http {
			d.http = true
		}
	}
	return d, nil
}

func link(name, text, kind string, items []directive.Item) (*dialect, error) {
	p, err := directive.Compile(items)
	if err != nil {
		return nil, err
	}
	return &dialect{Dialect: format.NewDialect("haproxy", name, text, kind, p.Fields), program: p}, nil
}

// errorLine is what HAProxy logs for a connection that failed before it became a session, where no error-log-format is
// set: no log-format can express it. The bind line's name, or its number, stands behind the frontend.
func errorLine() (*dialect, error) {
	f := func(code string, key string, role field.Role, s directive.Shape) directive.Item {
		fd := field.Field{Code: code, Key: key, Role: role}
		if key != "" {
			fd.Conv = field.Str
		}
		return directive.Item{Field: &fd, Shape: s}
	}
	client := address
	client.Func = scanAddressColon
	bind := directive.Shape{Kind: directive.KindSet, Set: directive.Except(" /\""), Min: 1, Expect: "the bind line's name"}
	return link("error", "", format.KindError, []directive.Item{
		f("%ci", "", roleClientAddress, client),
		{Literal: ":"},
		f("%cp", "", roleClientPort, digits),
		{Literal: " ["},
		f("%t", "", roleAcceptDate, dateMillis),
		{Literal: "] "},
		f("%f", "", roleFrontend, name),
		{Literal: "/"},
		f("bind", attr.HaproxyBindName, roleBind, bind),
		{Literal: ": "},
		f("message", attr.HaproxyMessage, roleMessage, directive.Shape{Kind: directive.KindText, Min: 1, Expect: "the error"}),
	})
}

// dialects compiles the user's list, or all built-ins where it is empty.
func dialects(list []string) ([]*dialect, error) {
	var out []*dialect
	var errs []error
	if len(list) == 0 {
		for _, b := range builtins {
			list = append(list, b.name)
		}
	}
	for i, text := range list {
		name, logFormat, err := resolve(text, i)
		if err == nil {
			var d *dialect
			if d, err = compile(name, logFormat, format.KindTraffic); err == nil {
				out = append(out, d)
			}
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("log_format[%d]: %w", i, err))
		}
	}
	return out, errors.Join(errs...)
}

// resolve turns an entry of log_format into a name and a log-format string: a built-in's name, option tcplog, or a
// directive with or without the keyword log-format.
func resolve(text string, i int) (name, logFormat string, err error) {
	text = strings.TrimSpace(text)
	short := strings.TrimSpace(strings.TrimPrefix(text, "option "))
	for _, b := range builtins {
		if short == b.name {
			return b.name, b.directive, nil
		}
	}
	if !strings.Contains(text, "%") {
		names := make([]string, len(builtins))
		for k, b := range builtins {
			names[k] = b.name
		}
		return "", "", fmt.Errorf("%q is neither a built-in (%s) nor a log-format: it has no variables. In a Collector's configuration a dollar sign is written $$", text, strings.Join(names, ", "))
	}
	if rest, ok := strings.CutPrefix(text, "log-format "); ok {
		text, err = unquote(strings.TrimSpace(rest))
		if err != nil {
			return "", "", err
		}
	}
	return fmt.Sprintf("log_format[%d]", i), text, nil
}

// unquote undoes the quoting of haproxy.cfg (the manual's section 2.2): strong quotes keep all, weak quotes keep all but
// backslashes, and outside of quotes a backslash keeps the blank behind it.
func unquote(s string) (string, error) {
	var b strings.Builder
	quote := byte(0)
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case quote == '\'' && c != '\'', quote == '"' && c != '"' && c != '\\':
			b.WriteByte(c)
		case c == '\\' && i+1 < len(s):
			i++
			b.WriteByte(s[i])
		case quote != 0:
			quote = 0
		case c == '"' || c == '\'':
			quote = c
		case c == '#':
			return b.String(), nil // a comment
		default:
			b.WriteByte(c)
		}
	}
	if quote != 0 {
		return "", fmt.Errorf("the %c that closes the string is missing", quote)
	}
	return b.String(), nil
}
