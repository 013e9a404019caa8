// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package haproxy

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/proxylog/proxylog/internal/format"
)

// Keywords of haproxy.cfg.
const (
	keyLogFormat   = "log-format "
	keyLogFormatSD = "log-format-sd "
	keyErrorFormat = "error-log-format "
	keyUniqueID    = "unique-id-format "
)

// list is the user's setting log_format on its way to dialects.
type list struct {
	before17 bool
	sources  []source
	captures captures
	// fallback says that lines of the default format are expected.
	fallback bool
	// from is the index of the first source that a log-format-sd in the next entry belongs to.
	from int
	// sd waits for the directive that it belongs to.
	sd string
}

// dialects compiles the user's list, or all built-ins where it is empty. fallback says that lines of the default format
// are expected too.
func dialects(cfg Config, before17 bool) (out []*dialect, fallback bool, err error) {
	entries := cfg.LogFormat
	l := list{before17: before17, captures: captures{
		headerKeys("http.request.header.", cfg.CaptureRequestHeaders), headerKeys("http.response.header.", cfg.CaptureResponseHeaders),
	}}
	var errs []error
	for i, text := range entries {
		if err := l.entry(text, fmt.Sprintf("log_format[%d]", i)); err != nil {
			errs = append(errs, fmt.Errorf("log_format[%d]: %w", i, err))
		}
	}
	if len(entries) == 0 || l.sd != "" {
		l.all()
		l.give(0, l.sd)
	}
	for _, s := range l.sources {
		d, err := compile(s)
		if err != nil {
			at := s.name
			if !strings.HasPrefix(at, "log_format[") {
				at = "log_format: " + at
			}
			errs = append(errs, fmt.Errorf("%s: %w", at, err))
			continue
		}
		out = append(out, d)
	}
	return out, l.fallback, errors.Join(errs...)
}

// all adds every built-in.
func (l *list) all() {
	for i := range builtins {
		l.builtin(&builtins[i])
	}
	l.fallback = true
}

func (l *list) builtin(b *builtin) {
	s := source{name: b.name, text: b.text, kind: b.kind, captures: l.captures}
	if l.before17 && b.before17 != "" {
		s.text = b.before17
	}
	l.sources = append(l.sources, s)
}

// entry reads one entry of log_format: a built-in's name, or the lines of haproxy.cfg about one frontend. A
// log-format-sd belongs to the other directives of its entry; in an entry of its own it belongs to the entry before it, as
// the first one to the entry behind it, and as the only one to all built-ins.
func (l *list) entry(text, name string) error {
	before := len(l.sources)
	var sd string
	var errs []error
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		// What unique-id-format makes is %ID, wherever that stands.
		if line == "" || line[0] == '#' || strings.HasPrefix(line, keyUniqueID) {
			continue
		}
		if rest, ok := strings.CutPrefix(line, keyLogFormatSD); ok {
			var err error
			if sd, err = unquote(strings.TrimSpace(rest)); err != nil {
				errs = append(errs, err)
			}
			continue
		}
		if err := l.directive(line, name); err != nil {
			errs = append(errs, err)
		}
	}
	switch {
	case len(errs) > 0:
		return errors.Join(errs...)
	case len(l.sources) > before:
		l.from = before
		if sd == "" {
			sd, l.sd = l.sd, ""
		}
	case sd == "" && !l.fallback:
		return errors.New("it is empty")
	case len(l.sources) == 0:
		l.sd = sd
		return nil
	}
	l.give(l.from, sd)
	return nil
}

// give gives a log-format-sd to the sources from one on.
func (l *list) give(from int, sd string) {
	for i := from; i < len(l.sources) && sd != ""; i++ {
		l.sources[i].sd = sd
	}
}

// directive reads one directive, or the name of a built-in.
func (l *list) directive(text, name string) error {
	words := strings.Join(strings.Fields(text), " ")
	for i := range builtins {
		b := &builtins[i]
		if words == b.name || words == b.option || words == strings.TrimPrefix(b.option, "option ") {
			l.builtin(b)
			return nil
		}
	}
	if words == defaultName || words == "clf" {
		l.fallback = l.fallback || words == defaultName
		if words == "clf" {
			return l.directive("httplog clf", name)
		}
		return nil
	}
	kind := format.KindTraffic
	rest, ok := strings.CutPrefix(text, keyLogFormat)
	if !ok {
		if rest, ok = strings.CutPrefix(text, keyErrorFormat); ok {
			kind, name = format.KindErrorFormat, name+".error"
		}
	}
	switch {
	case ok:
		var err error
		if text, err = unquote(strings.TrimSpace(rest)); err != nil {
			return err
		}
	case !strings.Contains(text, "%"):
		names := make([]string, 0, len(builtins)+1)
		for i := range builtins {
			names = append(names, builtins[i].name)
		}
		return fmt.Errorf("%q is neither a built-in (%s, %s) nor a log-format: it has no variables. In a Collector's configuration a dollar sign is written $$",
			text, strings.Join(names, ", "), defaultName)
	}
	l.sources = append(l.sources, source{name: name, text: text, kind: kind, captures: l.captures})
	return nil
}

// before17 reports whether a version is before 1.7, whose option httplog means other times by the same shape. An empty
// version is a current one.
func before17(version string) (bool, error) {
	if version == "" {
		return false, nil
	}
	major, rest, ok := strings.Cut(version, ".")
	minor, _, _ := strings.Cut(rest, ".")
	a, errA := strconv.Atoi(major)
	b, errB := strconv.Atoi(minor)
	if !ok || errA != nil || errB != nil || a < 1 || b < 0 || a == 1 && b < 5 {
		return false, fmt.Errorf("version: %q is no version of HAProxy from 1.5 on, such as 2.8", version)
	}
	return a == 1 && b < 7, nil
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
