// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package cfg

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// Limits of what is read, so that a file that is no configuration costs little.
const (
	maxLine      = 1 << 20
	maxFrontends = 1 << 14
)

// Read reads a configuration. env are the variables of HAProxy's environment, nil those of this process, and version is
// that of HAProxy, such as 2.8, "" where it is not known: conditions may ask for both. The error joins one *Error for each
// line that is wrong, or says why the file cannot be read.
func Read(path string, env Env, version string) (*File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.IsDir() {
		return nil, fmt.Errorf("%s is a directory: name the file", path)
	}
	return Parse(path, f, env, version)
}

// Parse reads a configuration from a reader; path is for messages.
func Parse(path string, r io.Reader, env Env, version string) (*File, error) {
	if env == nil {
		env = os.LookupEnv
	}
	p := parser{file: &File{Path: path}, env: env, version: version, set: map[string]*string{}, defaults: map[string]*section{}}
	p.current = &section{kind: kindOther}
	p.last = newSection(kindDefaults)
	sc := bufio.NewScanner(r)
	sc.Buffer(nil, maxLine)
	for sc.Scan() {
		p.n++
		p.inCondition, p.ownVariable = isConditional(sc.Text()), false
		if p.skipping() && !p.inCondition {
			continue
		}
		words, err := p.words(sc.Text())
		if err != nil {
			var e *SyntaxError
			if errors.As(err, &e) {
				p.fail(Word{Column: e.Column}, "%s", e.Text)
			}
			continue
		}
		if len(words) > 0 {
			p.sayMissing(words)
			p.line(words)
		}
	}
	if err := sc.Err(); err != nil {
		return nil, fmt.Errorf("%s:%d: %w", path, p.n+1, err)
	}
	p.finish()
	if len(p.errs) > 0 {
		return nil, errors.Join(p.errs...)
	}
	return p.file, nil
}

type parser struct {
	file *File
	env  Env
	// set are the variables that the section global sets; nil is one that it unsets.
	set map[string]*string
	n   int // the line, from 1
	// current is the section that is read; last are the defaults that the next section inherits.
	current, last *section
	defaults      map[string]*section
	errs          []error
	// blocks are the conditional blocks that are open, and version is HAProxy's.
	blocks  []block
	version string
	// inCondition says that the line is .if or its like, and ownVariable that it needs a variable that HAProxy sets itself and
	// that is not known.
	inCondition, ownVariable bool
	// missing are the variables of the line that nobody sets, and warned those that were said.
	missing []missing
	warned  map[string]bool
}

func (p *parser) fail(at Word, format string, args ...any) {
	p.errs = append(p.errs, &Error{p.file.Path, p.n, max(at.Column, 1), fmt.Sprintf(format, args...)})
}

func (p *parser) warn(format string, args ...any) {
	p.file.Warnings = append(p.file.Warnings, Warning{p.n, fmt.Sprintf(format, args...)})
}

// line reads a line of at least one word.
func (p *parser) line(w []Word) {
	key := w[0].Text
	if isConditional(key) {
		p.conditional(w)
		return
	}
	switch key {
	case "global", "program", "peers", "resolvers", "mailers", "ring", "log-forward", "log-profile", "cache", "userlist",
		"http-errors", "fcgi-app", "crt-store", "traces", "acme", "backend", "defaults", "frontend", "listen":
		p.open(key, w)
		return
	}
	switch p.current.kind {
	case kindGlobal:
		p.global(w)
	case kindDefaults, kindFrontend:
		p.proxy(w)
	case kindBackend:
		p.backend(w)
	case kindProfile:
		p.profile(w)
	case kindOther:
	}
}

// open begins a section.
func (p *parser) open(key string, w []Word) {
	p.close()
	switch key {
	case "global":
		p.current = newSection(kindGlobal)
	case "defaults":
		from, ok := p.from(w[1:])
		if !ok {
			return
		}
		p.current = from.inherit(kindDefaults, p.n)
		if len(w) > 1 && w[1].Text != "from" {
			p.current.front.Name = w[1].Text
		}
	case "frontend", "listen":
		if len(w) < 2 {
			p.fail(w[0], "%s has to be followed by a name", key)
			p.current = newSection(kindOther)
			return
		}
		from, ok := p.from(w[2:])
		if !ok {
			return
		}
		if len(w) == 2 || w[2].Text != "from" {
			from = p.last
		}
		p.current = from.inherit(kindFrontend, p.n)
		p.current.front.Name, p.current.front.Listen = w[1].Text, key == "listen"
	case "backend":
		p.current = newSection(kindBackend)
	case "log-profile":
		if len(w) < 2 {
			p.fail(w[0], "log-profile has to be followed by a name")
			p.current = newSection(kindOther)
			return
		}
		p.current = newSection(kindProfile)
		p.current.profile = &Profile{Name: w[1].Text, Line: p.n}
	default:
		p.current = newSection(kindOther)
	}
}

// from is the defaults section that an argument "from" names; without one it is an empty one.
func (p *parser) from(w []Word) (*section, bool) {
	for i := range w {
		if w[i].Text != "from" {
			continue
		}
		if i+1 == len(w) {
			p.fail(w[i], "from has to be followed by the name of a defaults section")
			p.current = newSection(kindOther)
			return nil, false
		}
		s, ok := p.defaults[w[i+1].Text]
		if !ok {
			p.fail(w[i+1], "there is no defaults section %q before this line", w[i+1].Text)
			p.current = newSection(kindOther)
			return nil, false
		}
		return s, true
	}
	return newSection(kindDefaults), true
}

// close ends the section that is read.
func (p *parser) close() {
	s := p.current
	switch s.kind {
	case kindDefaults:
		p.last = s
		if s.front.Name != "" {
			p.defaults[s.front.Name] = s
		}
	case kindFrontend:
		if len(p.file.Frontends) < maxFrontends {
			p.file.Frontends = append(p.file.Frontends, s.front)
		}
	case kindProfile:
		p.file.Profiles = append(p.file.Profiles, *s.profile)
	case kindGlobal, kindBackend, kindOther:
	}
	p.current = newSection(kindOther)
}

// finish settles what depends on the whole file: log global means the section global's, wherever that stands.
func (p *parser) finish() {
	p.close()
	p.unclosed()
	p.resolve(p.file.Log, p.file.DoLog)
	for i := range p.file.Frontends {
		f := &p.file.Frontends[i]
		var out []Log
		for _, l := range f.Log {
			if l.Address != "global" {
				out = append(out, l)
				continue
			}
			out = append(out, p.file.Log...)
		}
		f.Log = out
		p.resolve(out, f.DoLog)
		if f.LogTag == "" {
			f.LogTag = p.file.LogTag
		}
		if !f.HTTP && strings.HasPrefix(f.Option, "http") {
			// As HAProxy itself does, with a warning.
			p.file.Warnings = append(p.file.Warnings, Warning{f.Line, fmt.Sprintf("%s is of mode tcp: option %s logs as option tcplog", f.Name, f.Option)})
			f.Option = strings.Replace(strings.Replace(f.Option, "https", "http", 1), "httplog", "tcplog", 1)
		}
	}
}
