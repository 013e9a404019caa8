// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package haproxy

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/proxylog/proxylog/internal/format"
	"github.com/proxylog/proxylog/internal/record"
	"github.com/proxylog/proxylog/internal/scan"
)

// parser is the format, compiled.
type parser struct {
	dialects []*dialect // traffic first, then the legacy error line
	events   *format.Dialect
	location *time.Location
	request  []string // attribute of each captured request header
	response []string
}

// memory is what the format keeps of a source: the dialect of the line before, and the zone's last offset.
type memory struct {
	last int
	zone scan.Zone
}

// New compiles the format for a configuration; the error names the setting.
func New(cfg Config) (format.Parser, error) {
	list, err := dialects(cfg.LogFormat)
	legacy, errLegacy := errorLine()
	loc, errZone := scan.LoadZone(cfg.Timezone)
	if errZone != nil {
		errZone = fmt.Errorf("timezone: %w", errZone)
	}
	if err := errors.Join(err, errLegacy, errZone); err != nil {
		return nil, err
	}
	return &parser{
		dialects: append(list, legacy), events: eventDialect(), location: loc,
		request:  headerKeys("http.request.header.", cfg.CaptureRequestHeaders),
		response: headerKeys("http.response.header.", cfg.CaptureResponseHeaders),
	}, nil
}

func headerKeys(prefix string, names []string) []string {
	keys := make([]string, len(names))
	for i, n := range names {
		keys[i] = prefix + strings.ToLower(n)
	}
	return keys
}

func (*parser) Name() string { return "haproxy" }

// Sniff accepts what HAProxy's tag announces, and what begins like an address or an event.
func (p *parser) Sniff(in *format.Input) bool {
	text := in.Line[in.Header.Start:in.Header.End]
	if text == "" || text[0] == '{' || text[0] == '[' {
		return false
	}
	return true
}

func (p *parser) Parse(in *format.Input, out *record.Writer) error {
	m, ok := in.Sticky.(*memory)
	if !ok {
		m = &memory{zone: scan.NewZone(p.location)}
		in.Sticky = m
	}
	err := p.try(in, m, m.last, out)
	if err == nil {
		return nil
	}
	best := *err
	for i := range p.dialects {
		if i == m.last {
			continue
		}
		if err = p.try(in, m, i, out); err == nil {
			if p.dialects[i].Kind == format.KindTraffic {
				m.last = i
			}
			return nil
		}
		if err.Offset > best.Offset {
			best = *err
		}
	}
	if isEvent(in.Line[in.Header.Start:in.Header.End]) {
		p.event(in, out)
		return nil
	}
	if best.Offset == in.Header.Start {
		best.Reason = format.Unrecognized
	}
	return in.Fail(best)
}

// try reads the line with one dialect.
func (p *parser) try(in *format.Input, m *memory, i int, out *record.Writer) *format.Error {
	d := p.dialects[i]
	slots := in.Begin(d.Dialect)
	res := d.program.Run(in.Line, in.Header.Start, in.Header.End, slots)
	if !res.OK {
		e := format.Error{
			Reason: format.Mismatch, Dialect: d.Dialect, Offset: res.Offset,
			Field: d.program.Code(res.Item), Expected: d.program.Expected(res.Item),
		}
		switch {
		case res.Item < 0:
			e.Reason = format.Trailing
		case res.Offset >= in.Header.End:
			e.Reason = format.Truncated
		}
		return in.Fail(e)
	}
	in.Match.Ambiguous = res.Ambiguous
	p.write(in, m, d, out)
	return nil
}

// isEvent reports whether a line is one that HAProxy logs of itself, its proxies and its servers: src/haproxy.c,
// src/proxy.c, src/server.c and src/check.c hold the texts.
func isEvent(text string) bool {
	for _, p := range []string{
		"Proxy ", "Server ", "Backup Server ", "backend ", "Backend ", "Health check for ", "Connect from ",
		"Pausing ", "Stopping ", "Enabling ", "New worker ", "Loading success", "Process ", "Agent check ",
	} {
		if strings.HasPrefix(text, p) {
			return p != "Connect from "
		}
	}
	return false
}
