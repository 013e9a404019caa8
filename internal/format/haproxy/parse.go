// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package haproxy

import (
	"errors"
	"fmt"
	"time"

	"github.com/proxylog/proxylog/internal/directive"
	"github.com/proxylog/proxylog/internal/field"
	"github.com/proxylog/proxylog/internal/format"
	"github.com/proxylog/proxylog/internal/record"
	"github.com/proxylog/proxylog/internal/scan"
)

// parser is the format, compiled.
type parser struct {
	dialects []*dialect // traffic first, then what no log-format can express
	events   *format.Dialect
	location *time.Location
	slots    int  // the most that a dialect has
	braced   bool // a line of one of the dialects begins with a brace or bracket
}

// source is what is remembered of a source of lines: the dialect of the line before, and the zone's last offset.
type source struct {
	last    int
	foreign int // the first dialect that fitted but for the name of the frontend; -1 for none
	zone    scan.Zone
	scratch []field.Slot
}

// New compiles the format for a configuration; the error names the setting.
func New(cfg Config) (format.Parser, error) {
	old, errVersion := before17(cfg.Version)
	list, fallback, err := dialects(cfg, old)
	if fallback {
		lines, errLines := defaultLines()
		list, err = append(list, lines...), errors.Join(err, errLines)
	}
	legacy, errLegacy := errorLines()
	loc, errZone := scan.LoadZone(cfg.Timezone)
	if errZone != nil {
		errZone = fmt.Errorf("timezone: %w", errZone)
	}
	errs := append([]error{err, errVersion, errLegacy, errZone}, checkNames("capture_request_headers", cfg.CaptureRequestHeaders)...)
	errs = append(errs, checkNames("capture_response_headers", cfg.CaptureResponseHeaders)...)
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	p := &parser{dialects: append(list, legacy...), events: eventDialect(), location: loc}
	for _, d := range p.dialects {
		p.slots, p.braced = max(p.slots, len(d.Fields)), p.braced || d.braced
	}
	return p, nil
}

// Sniff accepts all that is no JSON, since a log-format may begin with anything, and JSON where a dialect begins so.
func (p *parser) Sniff(in *format.Input) bool {
	text := in.Line[in.Header.Start:in.Header.End]
	return text != "" && (p.braced || text[0] != '{' && text[0] != '[')
}

// Parse reads one line: with the dialect of the line before, with the others, and where none fits as an event, as a line with
// a forged cookie, and as one that was cut.
func (p *parser) Parse(in *format.Input, out *record.Writer) *format.Error {
	src, ok := in.Sticky.(*source)
	if !ok {
		src = &source{zone: scan.NewZone(p.location), scratch: make([]field.Slot, p.slots)}
		in.Sticky = src
	}
	src.foreign = -1
	err := p.accept(in, src, src.last, p.dialects[src.last].run(in, src.scratch), false, out)
	if err == nil {
		return nil
	}
	best := *err
	for i, d := range p.dialects {
		if i == src.last {
			continue
		}
		if err = p.accept(in, src, i, d.run(in, src.scratch), false, out); err == nil {
			if d.Kind == format.KindTraffic {
				src.last = i
			}
			return nil
		}
		if err.Offset > best.Offset {
			best = *err
		}
	}
	if src.foreign >= 0 {
		// It is of a frontend that the configuration file does not have: of a later one, or of another process.
		return p.accept(in, src, src.foreign, p.dialects[src.foreign].run(in, src.scratch), true, out)
	}
	if p.event(in, out) {
		return nil
	}
	if p.forged(in, src, out) || p.cut(in, src, &best, out) {
		return nil
	}
	if best.Offset == in.Header.Start {
		best.Reason = format.Unrecognized
	}
	return in.Fail(best)
}

// cut reads the line as one that HAProxy has cut, with the dialect of the line before first. Where it is none it
// corrects the error of the best dialect.
func (p *parser) cut(in *format.Input, src *source, best *format.Error, out *record.Writer) bool {
	for i := range p.dialects {
		k := i
		switch {
		case i == 0:
			k = src.last
		case i <= src.last:
			k = i - 1
		}
		d := p.dialects[k]
		c := d.rare().cut
		if c == nil {
			continue
		}
		ok, e := d.truncated(in, c)
		if ok {
			p.write(in, src, d, out)
			return true
		}
		if best.Dialect == d.Dialect {
			*best = e // what does not fit from the right is not what is wrong first
		}
	}
	return false
}

// accept makes a record of a line that a dialect has read. Unless any frontend will do, the line has to be of one of the
// dialect's.
func (p *parser) accept(in *format.Input, src *source, i int, res directive.Result, anyFrontend bool, out *record.Writer) *format.Error {
	d := p.dialects[i]
	if !res.OK {
		return in.Fail(failure(d, d.program, res, in))
	}
	if d.http && in.RoleText(roleRequest) == tcpRequest {
		return in.Fail(format.Error{
			Reason: format.Mismatch, Dialect: d.Dialect, Offset: int(in.Match.Role(roleRequest).Start), Field: "%r", Expected: request.Expect,
		})
	}
	if !anyFrontend && !d.isOf(in) {
		if src.foreign < 0 {
			src.foreign = i
		}
		return in.Fail(format.Error{
			Reason: format.Mismatch, Dialect: d.Dialect, Offset: int(in.Match.Role(roleFrontend).Start),
			Field: d.Field(roleFrontend).Code, Expected: "the name of a frontend with this format",
		})
	}
	in.Match.Ambiguous = res.Ambiguous
	if d.requestList >= 0 {
		d.divideLists(in)
	}
	if len(d.counted) > 0 && d.miscounted(in) {
		in.Match.Ambiguous = true
	}
	if d.requestBraces >= 0 {
		d.sideOfBraces(in)
	}
	if len(d.echoes) > 0 {
		d.settle(in)
	}
	p.write(in, src, d, out)
	return nil
}
