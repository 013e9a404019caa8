// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package cfg

import (
	"fmt"
	"slices"
)

// missing is a variable that nobody sets, and what stands in its place: "", or the default that ${NAME-default} gives.
type missing struct{ name, fallback string }

// words are those of a line, with the variables that are known.
func (p *parser) words(line string) ([]Word, error) {
	p.missing = p.missing[:0]
	r := reader{
		line: line, env: func(name string, _ int) (string, bool) { return p.lookup(name) },
		without: func(name, fallback string) { p.missing = append(p.missing, missing{name, fallback}) },
	}
	return r.read()
}

// lookup finds a variable: one that the configuration sets, one that HAProxy has, or one of the environment.
func (p *parser) lookup(name string) (string, bool) {
	if v, ok := p.set[name]; ok {
		if v == nil {
			return "", false
		}
		return *v, true
	}
	if v, ok := Formats(name); ok {
		return v, true
	}
	v, ok := p.env(name)
	if r, known := parseRelease(p.version); !ok && known && name == "HAPROXY_BRANCH" {
		return fmt.Sprintf("%d.%d", r.major, r.minor), true
	}
	if !ok && p.inCondition && isOwn(name) {
		p.ownVariable = true
	}
	return v, ok
}

// sayMissing warns of the variables of a line that nobody sets, where the line matters to logs: those of the others, such
// as the addresses of servers, change nothing here.
func (p *parser) sayMissing(w []Word) {
	if !matters(w) {
		return
	}
	for _, m := range p.missing {
		p.say(m)
	}
}

// say warns of a variable, once.
func (p *parser) say(m missing) {
	if p.warned[m.name] || p.inCondition && isOwn(m.name) {
		return
	}
	if p.warned == nil {
		p.warned = map[string]bool{}
	}
	p.warned[m.name] = true
	as := "empty"
	if m.fallback != "" {
		as = fmt.Sprintf("%q, which the line says", m.fallback)
	}
	p.warn("the environment variable %s is not known here and taken as %s", m.name, as)
}

// matters reports whether a line may say something of logs.
func matters(w []Word) bool {
	switch key := w[0].Text; key {
	case "log", "log-format", "log-format-sd", "error-log-format", "unique-id-format", "log-tag", "log-steps", "option", "mode",
		"capture", "declare", "setenv", "presetenv", "on", "defaults", "frontend", "listen", "log-profile":
		return true
	default:
		return isConditional(key) || slices.ContainsFunc(w, func(o Word) bool { return o.Text == "do-log" || o.Text == "capture" })
	}
}
