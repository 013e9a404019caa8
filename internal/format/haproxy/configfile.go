// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package haproxy

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/proxylog/proxylog/internal/format"
	"github.com/proxylog/proxylog/internal/format/haproxy/cfg"
)

// ReadConfig reads what a haproxy.cfg says about logs: for each frontend its formats, the names of its captures, and
// where its lines go. The variables of its environment are those of this process; version is HAProxy's, "" where it is not
// known. The error joins one *cfg.Error, with file, line and column, for each line that is wrong.
func ReadConfig(path, version string) (*cfg.File, error) { return cfg.Read(path, nil, version) }

// file adds the formats of a haproxy.cfg. Frontends with the same format and the same captures share a dialect.
func (l *list) file(path string) error {
	f, err := ReadConfig(path, l.version)
	if err != nil {
		return err
	}
	if len(f.Frontends) == 0 {
		return fmt.Errorf("%s has no section frontend or listen", path)
	}
	for i := range f.Frontends {
		fe := &f.Frontends[i]
		for _, line := range f.Lines(fe) {
			l.line(path, fe, line)
		}
	}
	return nil
}

// line adds what some of a frontend's lines look like.
func (l *list) line(path string, f *cfg.Frontend, line cfg.Line) {
	s := definition{
		sd: line.StructuredData.Text, frontends: []string{f.Name}, kind: format.KindTraffic,
		captures: newCaptures(f),
	}
	switch {
	case line.Format.Line > 0:
		s.step = line.Step
		s.name, s.text, s.place = nameOf(f, line), line.Format.Text, fmt.Sprintf("%s:%d:%d", path, line.Format.Line, line.Format.Column)
		if line.Error {
			s.kind = format.KindErrorFormat
		}
		l.share(s)
	case line.Option != "":
		for i := range builtins {
			if b := &builtins[i]; b.option == "option "+line.Option {
				s.name, s.text, s.kind = b.name, b.text, b.kind
				if l.before17 && b.before17 != "" {
					s.text = b.before17
				}
				s.place = fmt.Sprintf("%s:%d:1", path, f.Line)
				l.share(s)
			}
		}
	default:
		l.fallback = true
	}
}

// nameOf names a format by the frontend or the step of a log-profile that prints it.
func nameOf(f *cfg.Frontend, line cfg.Line) string {
	switch {
	case line.Profile != "":
		return "log-profile[" + line.Profile + "]." + line.Step
	case line.Error:
		return "frontend[" + f.Name + "].error"
	}
	return "frontend[" + f.Name + "]"
}

// share adds a definition, or its frontend to one that is the same.
func (l *list) share(s definition) {
	for i := range l.definitions {
		o := &l.definitions[i]
		if o.place != "" && o.text == s.text && o.kind == s.kind && o.sd == s.sd &&
			slices.Equal(o.captures.request, s.captures.request) && slices.Equal(o.captures.response, s.captures.response) {
			o.frontends = append(o.frontends, s.frontends...)
			if o.step != s.step {
				o.step = ""
			}
			return
		}
	}
	l.definitions = append(l.definitions, s)
}

// capturesOf are the captures that lines of haproxy.cfg about one frontend declare.
func capturesOf(text string) (captures, error) {
	var b strings.Builder
	b.WriteString("frontend f\n")
	for line := range strings.Lines(text) {
		switch key, _ := cutWord(strings.TrimSpace(line)); key {
		case "capture", "declare", "http-request", "http-response", "tcp-request":
			b.WriteString(line)
		}
		b.WriteString("\n")
	}
	f, err := cfg.Parse("log_format", strings.NewReader(b.String()), cfg.Formats, "")
	if err != nil {
		var e *cfg.Error
		if errors.As(err, &e) {
			return captures{}, fmt.Errorf("line %d: %s", e.Line-1, e.Text)
		}
		return captures{}, err
	}
	return newCaptures(&f.Frontends[0]), nil
}

// isOf reports whether a line that was read is of one of the frontends that print the dialect; one that does not name its
// frontend may be.
func (d *dialect) isOf(in *format.Input) bool {
	if d.frontends == nil || in.Match.Role(roleFrontend) == nil {
		return true
	}
	return slices.Contains(d.frontends, strings.TrimSuffix(in.RoleText(roleFrontend), "~"))
}
