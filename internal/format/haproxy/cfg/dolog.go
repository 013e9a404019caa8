// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package cfg

// DoLog is the action do-log of a rule (3.1), which prints a line of the frontend that the session came by.
type DoLog struct {
	// Step is the ruleset, as log-profile names it, such as http-req.
	Step string
	// Profile is the log-profile in place of the log line's, "" for none; Column is where it is named.
	Profile      string
	Line, Column int
}

// rulesets are the steps of the rules in which do-log may stand.
var rulesets = map[string]string{
	"http-request": "http-req", "http-response": "http-res", "http-after-response": "http-after-res", "quic-initial": "quic-init",
	"tcp-request connection": "tcp-req-conn", "tcp-request session": "tcp-req-sess", "tcp-request content": "tcp-req-cont",
	"tcp-response content": "tcp-res-cont",
}

// rule reads the actions of a rule that matter to logs: capture and do-log.
func (p *parser) rule(w []Word) {
	i := 1
	if w[0].Text == "tcp-request" || w[0].Text == "tcp-response" {
		i = 2
	}
	switch {
	case len(w) > i && w[i].Text == "do-log":
		p.doLog(w, i)
	case len(w) > i+1 && w[i].Text == "capture":
		p.captureRule(w, i)
	}
}

// doLog reads the action do-log at word i of a rule.
func (p *parser) doLog(w []Word, i int) {
	ruleset := w[0].Text
	if i == 2 {
		ruleset += " " + w[1].Text
	}
	d := DoLog{Step: rulesets[ruleset], Line: p.n}
	if len(w) > i+1 && w[i+1].Text == "profile" {
		if len(w) == i+2 {
			p.fail(w[i+1], "profile has to be followed by the name of a log-profile")
			return
		}
		d.Profile, d.Column = w[i+2].Text, w[i+2].Column
	}
	if p.current.kind == kindBackend {
		p.file.DoLog = append(p.file.DoLog, d)
		return
	}
	p.current.front.DoLog = append(p.current.front.DoLog, d)
}

// ruled is the line that do-log prints by a profile, none where it prints nothing.
func (fe *Frontend) ruled(prof *Profile, step string) []Line {
	s := prof.on(step)
	if s == nil {
		s = prof.on(stepAny)
	}
	switch {
	case s == nil:
		return []Line{fe.own()}
	case s.Drop:
		return nil
	}
	return []Line{fe.own().by(prof, s)}
}
