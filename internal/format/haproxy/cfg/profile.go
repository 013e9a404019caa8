// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package cfg

import (
	"fmt"
	"slices"
	"strings"
)

// Profile is a section log-profile (3.1; the manual's section 8.3.5): log lines that name it print its formats.
type Profile struct {
	Name string
	Line int
	// LogTag stands in place of the frontend's; "" where nothing is said.
	LogTag string
	Steps  []Step
}

// Step is a line "on": what is printed at one step of a session.
type Step struct {
	// Name is accept, request, connect, response, close, error, any, or a ruleset in which do-log stands, such as http-req.
	Name string
	Line int
	// Drop says that nothing is printed.
	Drop bool
	// Format and StructuredData stand in place of the frontend's; Line is 0 where there is none.
	Format, StructuredData Directive
}

// The steps with a meaning of their own: any is that of all that are not named.
const (
	stepError = "error"
	stepAny   = "any"
)

// transactionSteps are those of every session that log-steps may ask for.
var transactionSteps = [...]string{"accept", "request", "connect", "response", "close"}

// profile reads a line of a section log-profile.
func (p *parser) profile(w []Word) {
	prof := p.current.profile
	switch w[0].Text {
	case "log-tag":
		if len(w) > 1 {
			prof.LogTag = w[1].Text
		}
	case "on":
		if s, ok := p.step(w); ok {
			prof.Steps = slices.DeleteFunc(prof.Steps, func(o Step) bool { return o.Name == s.Name })
			prof.Steps = append(prof.Steps, s)
		}
	}
}

// step reads "on STEP [drop] [format FORMAT] [sd FORMAT]".
func (p *parser) step(w []Word) (Step, bool) {
	if len(w) < 2 {
		p.fail(w[0], "on has to be followed by a step, such as close, error or any")
		return Step{}, false
	}
	s := Step{Name: w[1].Text, Line: p.n}
	for rest := w[2:]; len(rest) > 0; {
		var d *Directive
		switch key := rest[0]; key.Text {
		case "drop":
			s.Drop = true
			rest = rest[1:]
			continue
		case "format":
			d = &s.Format
		case "sd":
			d = &s.StructuredData
		default:
			p.fail(key, "drop, format or sd is expected: blanks in a format stand in quotes or behind a backslash")
			return s, false
		}
		if len(rest) < 2 {
			p.fail(rest[0], "%s has to be followed by a format", rest[0].Text)
			return s, false
		}
		*d = Directive{Text: rest[1].Text, Line: p.n, Column: rest[1].Column}
		rest = rest[2:]
	}
	if s.Format.isConstant() && !s.Drop {
		p.warn("the format of step %s has no variables: there is nothing to read in its lines, which are rejected", s.Name)
	}
	return s, true
}

// isConstant reports whether there are no variables in what is printed.
func (d Directive) isConstant() bool {
	return d.Line > 0 && !strings.Contains(strings.ReplaceAll(d.Text, "%%", ""), "%")
}

// on is the step of a name, nil where the profile does not have it.
func (p *Profile) on(name string) *Step {
	for i := range p.Steps {
		if p.Steps[i].Name == name {
			return &p.Steps[i]
		}
	}
	return nil
}

// namesAll reports whether the profile names every step of a session.
func (p *Profile) namesAll() bool {
	for _, name := range transactionSteps {
		if p.on(name) == nil {
			return false
		}
	}
	return true
}

// Line is what lines of a frontend look like.
type Line struct {
	// Profile and Step say which log-profile's they are; "" where it is the frontend's own format.
	Profile, Step string
	// Error says that they tell of connections that failed.
	Error bool
	// Option is as in Frontend, where Format.Line is 0.
	Option                 string
	Format, StructuredData Directive
}

// Lines are the forms of a frontend's lines: its own, unless all of its log lines have a profile, and those of the
// profiles. What a profile says of a step stands for all of that step: what it leaves out is the frontend's and not
// that of any. Formats and structured data of profiles in which there is nothing to read are left out.
func (f *File) Lines(fe *Frontend) []Line {
	var out []Line
	if len(fe.Log) == 0 || slices.ContainsFunc(fe.Log, func(l Log) bool { return l.Profile == "" }) {
		out = append(out, fe.own())
		out = append(out, fe.ownErrors()...)
	}
	add := func(lines []Line) {
		for _, line := range lines {
			if !slices.ContainsFunc(out, line.isLike) && (line.Profile == "" || !line.Format.isConstant()) {
				out = append(out, line)
			}
		}
	}
	var seen []string
	for _, l := range fe.Log {
		prof := f.profile(l.Profile)
		if prof == nil || slices.Contains(seen, l.Profile) {
			continue
		}
		seen = append(seen, l.Profile)
		add(fe.profiled(prof))
	}
	for _, d := range slices.Concat(fe.DoLog, f.DoLog) {
		profiles := []string{d.Profile}
		if d.Profile == "" {
			profiles = seen
		}
		for _, name := range profiles {
			if prof := f.profile(name); prof != nil {
				add(fe.ruled(prof, d.Step))
			}
		}
	}
	return out
}

// profile is the log-profile of a name, nil for none.
func (f *File) profile(name string) *Profile {
	for i := range f.Profiles {
		if name != "" && f.Profiles[i].Name == name {
			return &f.Profiles[i]
		}
	}
	return nil
}

// own is what the frontend prints of a session where no profile says otherwise.
func (fe *Frontend) own() Line {
	return Line{Option: fe.Option, Format: fe.Format, StructuredData: fe.StructuredData}
}

// ownErrors is the frontend's error-log-format, if it has one.
func (fe *Frontend) ownErrors() []Line {
	if fe.ErrorFormat.Line == 0 {
		return nil
	}
	return []Line{{Error: true, Format: fe.ErrorFormat, StructuredData: fe.StructuredData}}
}

// profiled are the lines of a frontend by a profile.
func (fe *Frontend) profiled(prof *Profile) []Line {
	var out []Line
	named := func(s *Step, base ...Line) {
		for _, l := range base {
			if !s.Drop {
				out = append(out, l.by(prof, s))
			}
		}
	}
	for i := range prof.Steps {
		if s := &prof.Steps[i]; s.Name != stepError && s.Name != stepAny {
			named(s, fe.own())
		}
	}
	rest := prof.on(stepAny)
	switch {
	case rest != nil:
		named(rest, fe.own())
	case !prof.namesAll():
		out = append(out, fe.own())
	}
	switch s := prof.on(stepError); {
	case s != nil && s.Format.Line > 0:
		named(s, Line{Error: true, StructuredData: fe.StructuredData})
	case s != nil:
		named(s, fe.ownErrors()...)
	case rest == nil:
		out = append(out, fe.ownErrors()...)
	case rest.Format.Line == 0: // else its format is that of errors too
		named(rest, fe.ownErrors()...)
	}
	return out
}

// by is the line with what a step of a profile says.
func (l Line) by(prof *Profile, s *Step) Line {
	if s.Format.Line > 0 {
		l.Profile, l.Step, l.Option, l.Format = prof.Name, s.Name, "", s.Format
	}
	if s.StructuredData.Line > 0 {
		l.StructuredData = s.StructuredData
	}
	if l.StructuredData.isConstant() {
		l.StructuredData = Directive{}
	}
	return l
}

// isLike reports whether two lines look the same and are of the same step.
func (l Line) isLike(o Line) bool {
	return l.Error == o.Error && l.Step == o.Step && l.Option == o.Option && l.Format.Text == o.Format.Text && l.StructuredData.Text == o.StructuredData.Text &&
		(l.Format.Line > 0) == (o.Format.Line > 0)
}

// resolve says which log lines and rules name a log-profile that the file does not have: HAProxy does not start then. It
// may stand behind them.
func (p *parser) resolve(logs []Log, rules []DoLog) {
	check := func(name string, line, column int) {
		if name == "" || p.file.profile(name) != nil {
			return
		}
		err := &Error{p.file.Path, line, column, fmt.Sprintf("there is no section log-profile %q", name)}
		if !slices.ContainsFunc(p.errs, func(e error) bool { return e.Error() == err.Error() }) {
			p.errs = append(p.errs, err)
		}
	}
	for _, l := range logs {
		check(l.Profile, l.Line, l.ProfileColumn)
	}
	for _, d := range rules {
		check(d.Profile, d.Line, d.Column)
	}
}
