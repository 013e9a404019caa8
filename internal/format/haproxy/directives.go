// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package haproxy

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/proxylog/proxylog/internal/directive"
	"github.com/proxylog/proxylog/internal/format"
	"github.com/proxylog/proxylog/internal/format/haproxy/cfg"
)

// list is the user's setting log_format on its way to dialects.
type list struct {
	version     string
	before17    bool
	old         bool // of 1.5, which knows no quotes
	definitions []definition
	captures    captures
	// fallback says that lines of the default format are expected.
	fallback bool
	// from is the index of the first definition that a log-format-sd in the next entry belongs to.
	from int
	// sd waits for the directive that it belongs to.
	sd string
}

// dialects compiles the user's list and what the configuration file says, or all built-ins where both are empty.
// fallback says that lines of the default format are expected too.
func dialects(c Config, before17 bool) (out []*dialect, fallback bool, err error) {
	l := list{version: c.Version, before17: before17, old: c.Version == "1.5" || strings.HasPrefix(c.Version, "1.5."), captures: captures{
		headerKeys(format.RequestHeader, c.CaptureRequestHeaders), headerKeys(format.ResponseHeader, c.CaptureResponseHeaders),
	}}
	var errs []error
	for i, text := range c.LogFormat {
		if err := l.entry(text, fmt.Sprintf("log_format[%d]", i)); err != nil {
			errs = append(errs, fmt.Errorf("log_format[%d]: %w", i, err))
		}
	}
	if c.ConfigFile != "" {
		if err := l.file(c.ConfigFile); err != nil {
			errs = append(errs, fmt.Errorf("config_file: %w", err))
		}
	} else if len(c.LogFormat) == 0 || l.sd != "" {
		l.all()
	}
	if l.sd != "" {
		l.give(0, l.sd)
	}
	for _, s := range l.definitions {
		d, err := compile(s)
		if err == nil {
			out = append(out, d)
			continue
		}
		at := s.name
		switch {
		case s.place != "":
			at = "config_file: " + s.place
		case !strings.HasPrefix(at, "log_format["):
			at = "log_format: " + at
		}
		errs = append(errs, fmt.Errorf("%s: %w", at, err))
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
	s := definition{name: b.name, text: b.text, kind: b.kind, captures: l.captures}
	if l.before17 && b.before17 != "" {
		s.text = b.before17
	}
	l.definitions = append(l.definitions, s)
}

// entry reads one entry of log_format: a built-in's name, or the lines of haproxy.cfg about one frontend. A
// log-format-sd belongs to the other directives of its entry; in an entry of its own it belongs to the entry before it, as
// the first one to the entry behind it, and as the only one to all built-ins.
func (l *list) entry(text, name string) error {
	before, all := len(l.definitions), l.captures
	defer func() { l.captures = all }()
	var sd string
	var errs []error
	if own, err := capturesOf(text); err != nil {
		errs = append(errs, err)
	} else if len(own.request)+len(own.response) > 0 {
		l.captures = own
	}
	for line := range strings.Lines(text) {
		line = trim(line)
		key, rest := cutWord(line)
		switch key {
		case "log-format-sd":
			var err error
			if sd, err = l.unquote(rest); err != nil {
				errs = append(errs, err)
			}
		// What unique-id-format makes is %ID, wherever that stands; captures were read already, and the others change nothing.
		case "", "unique-id-format", "capture", "declare", "http-request", "http-response", "tcp-request", "mode", "log", "log-tag":
		default:
			if key[0] == '#' {
				continue
			}
			if err := l.directive(line, name); err != nil {
				errs = append(errs, err)
			}
		}
	}
	switch {
	case len(errs) > 0:
		return errors.Join(errs...)
	case len(l.definitions) > before:
		l.from = before
		if sd == "" {
			sd, l.sd = l.sd, ""
		}
	case sd == "" && !l.fallback:
		return errors.New("it is empty")
	case len(l.definitions) == 0:
		l.sd = sd
		return nil
	}
	l.give(l.from, sd)
	return nil
}

// give gives a log-format-sd to the definitions from one on.
func (l *list) give(from int, sd string) {
	for i := from; i < len(l.definitions) && sd != ""; i++ {
		l.definitions[i].sd = sd
	}
}

// directive reads one directive, or the name of a built-in.
func (l *list) directive(text, name string) error {
	if l.named(strings.Join(strings.Fields(text), " ")) {
		return nil
	}
	key, rest := cutWord(text)
	kind := format.KindTraffic
	var err error
	switch key {
	case "option":
		if option, _ := cutWord(rest); strings.HasSuffix(option, "log") {
			break
		}
		if !strings.Contains(text, "%") {
			return nil // logasap, dontlognull and so on change which lines there are, not what they look like
		}
	case "log-format", "error-log-format":
		if key == "error-log-format" {
			kind, name = format.KindErrorFormat, name+".error"
		}
		if text, err = l.unquote(rest); err != nil {
			return err
		}
	default:
		text = l.bare(text)
	}
	switch {
	case key == "log-format" || key == "error-log-format":
		if text == "" {
			return fmt.Errorf("%s has to be followed by a format. %s", key, dollars)
		}
		if strings.Contains(text, "$") && !strings.Contains(text, "%") {
			return fmt.Errorf("%q has no variables: HAProxy reads those of the environment in double quotes only", text)
		}
	case !strings.Contains(text, "%"):
		return fmt.Errorf("%q is neither a built-in (%s) nor a log-format: it has no variables. %s", text, builtinNames(), dollars)
	}
	l.definitions = append(l.definitions, definition{name: name, text: text, kind: kind, captures: l.captures})
	return nil
}

// named adds the dialect of a name, or of an option that stands for one; false where there is none.
func (l *list) named(words string) bool {
	if words == "clf" {
		words = "httplog clf"
	}
	for i := range builtins {
		b := &builtins[i]
		if words == b.name || words == b.option || words == strings.TrimPrefix(b.option, "option ") {
			l.builtin(b)
			return true
		}
	}
	if words == defaultName {
		l.fallback = true
	}
	return words == defaultName
}

// builtinNames lists the names of built-in dialects, for a person.
func builtinNames() string {
	var b strings.Builder
	for i := range builtins {
		b.WriteString(builtins[i].name + ", ")
	}
	return b.String() + defaultName
}

// dollars helps where a variable was replaced by nothing before the text came here.
const dollars = "In a Collector's configuration a dollar sign is written $$"

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

// cutWord parts a line behind its first word.
func cutWord(s string) (word, rest string) {
	i := strings.IndexAny(s, " \t")
	if i < 0 {
		return s, ""
	}
	return s[:i], trim(s[i:])
}

// trim takes the blanks around a line off, but for one at the end behind a backslash, which is part of the last word.
func trim(s string) string {
	out := strings.TrimSpace(s)
	escapes := len(out) - len(strings.TrimRight(out, `\`))
	if escapes%2 == 1 && strings.HasPrefix(s[strings.Index(s, out)+len(out):], " ") {
		out += " "
	}
	return out
}

// unquote undoes the quoting of haproxy.cfg (the manual's section 2.2) of what follows a keyword.
func (l *list) unquote(s string) (string, error) {
	var unknown error
	env := func(name string, at int) (string, bool) {
		v, ok := cfg.Formats(name)
		if !ok && unknown == nil {
			unknown = &directive.PositionError{Directive: s, At: at, Err: fmt.Errorf(
				"the variable %s is not known here: write what it stands for; a dollar sign itself is \\$ or stands in single quotes", name)}
		}
		return v, ok
	}
	words, err := cfg.WordsAt(s, env)
	if l.old {
		words, err = cfg.OldWords(s)
	}
	var syntax *cfg.SyntaxError
	switch {
	case errors.As(err, &syntax):
		return "", &directive.PositionError{Directive: s, At: syntax.Column - 1, Err: errors.New(syntax.Text)}
	case err != nil:
		return "", err
	}
	if unknown != nil {
		return "", unknown
	}
	texts := make([]string, len(words))
	for i := range words {
		texts[i] = words[i].Text
	}
	return strings.Join(texts, " "), nil
}

// bare is a format without its keyword: as it stands, or in quotes where it is one quoted argument. HAProxy's own
// formats may be named by their variables.
func (l *list) bare(s string) string {
	if q := s[0]; (q == '"' || q == '\'') && len(s) > 1 && s[len(s)-1] == q {
		if words, err := cfg.Words(s, cfg.Formats); err == nil && len(words) == 1 {
			return words[0].Text
		}
	}
	for name := range strings.FieldsFuncSeq(s, func(r rune) bool { return r != '_' && (r < 'A' || r > 'Z') }) {
		if v, ok := cfg.Formats(name); ok {
			s = strings.ReplaceAll(strings.ReplaceAll(s, "${"+name+"}", v), "$"+name, v)
		}
	}
	return s
}
