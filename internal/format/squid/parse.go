// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package squid

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/proxylog/proxylog/internal/directive"
	"github.com/proxylog/proxylog/internal/field"
	"github.com/proxylog/proxylog/internal/format"
	"github.com/proxylog/proxylog/internal/record"
	"github.com/proxylog/proxylog/internal/scan"
)

// parser is the format, compiled.
type parser struct {
	dialects []*dialect
	location *time.Location
	custom   bool // a definition of the user's is among the dialects, so that a line may begin with anything
}

// source is what is remembered of a source of lines: the dialect of the line before, by its place in the order in which
// they are tried, and the zone's last offset.
type source struct {
	last int
	home format.Home
	zone scan.Zone
	// sure has a bit for each guessed dialect of which there was a line that nobody else writes.
	sure uint64
}

// read notes that the dialect at place k of the order has read a line.
func (src *source) read(k int) {
	if src.home.Stays(src.home.At(k)) {
		src.last = k
	}
}

// New compiles the format for a configuration; the error names the setting.
func New(cfg Config) (format.Parser, error) {
	list, err := dialects(cfg)
	loc, errZone := scan.LoadZone(cfg.Timezone)
	if errZone != nil {
		errZone = fmt.Errorf("timezone: %w", errZone)
	}
	if err := errors.Join(err, errZone); err != nil {
		return nil, err
	}
	p := &parser{dialects: list, location: loc}
	for _, d := range list {
		p.custom = p.custom || !d.builtin
	}
	return p, nil
}

// Sniff accepts what begins like the built-ins: with seconds, a point, three digits and a blank, or with an address and
// later on the first bracket, in which there is a date with a zone.
func (p *parser) Sniff(in *format.Input) bool {
	i, end := in.Header.Start, in.Header.End
	if p.custom {
		return i < end
	}
	for i < end && i < in.Header.Start+maxEpochDigits && in.Line[i]-'0' <= 9 {
		i++
	}
	if i > in.Header.Start && i+5 <= end && in.Line[i] == '.' && scan.Digits(in.Line, i+1, end, 3) >= 0 && in.Line[i+4] == ' ' {
		return true
	}
	for i < end && addresses.Set[in.Line[i]] {
		i++
	}
	if i == in.Header.Start || i >= end || in.Line[i] != ' ' {
		return false
	}
	k := strings.IndexByte(in.Line[i:end], '[')
	if k < 0 {
		return false
	}
	e, _ := scan.CommonDate(in.Line, i+k+1, end)
	return e > 0 && e < end && in.Line[e] == ' '
}

// maxEpochDigits is how many digits the seconds since 1970 have at most: until the year 5138.
const maxEpochDigits = 11

// Parse reads one line: with the dialect of the line before, with the others, and where none fits with those that take any
// text for a URL.
func (p *parser) Parse(in *format.Input, out *record.Writer) *format.Error {
	src, ok := in.Sticky.(*source)
	if !ok {
		src = &source{zone: scan.NewZone(p.location), home: format.NewHome(in.Source, p.dialects)}
		in.Sticky = src
	}
	last := src.home.At(src.last)
	err := p.try(in, src, last, p.dialects[last].program, out)
	if err == nil {
		return nil
	}
	best := *err
	for k := range p.dialects {
		i := src.home.At(k)
		if i == last {
			continue
		}
		if err = p.try(in, src, i, p.dialects[i].program, out); err == nil {
			src.read(k)
			return nil
		}
		if err.Offset > best.Offset {
			best = *err
		}
	}
	if p.unlikely(in, src, out) {
		return nil
	}
	switch {
	case !p.Sniff(in):
		best.Reason, best.Field, best.Offset = format.Unrecognized, "", in.Header.Start
		best.Expected = "a time as 1795304950.095, or an address and a date"
	case best.Offset == in.Header.Start && best.Reason != format.Truncated:
		best.Reason = format.Unrecognized
	case in.Header.End-in.Header.Start == recordLimit:
		best.Reason, best.Field, best.Offset = format.Truncated, "", in.Header.End
		best.Expected = "the rest of a line that Squid cut"
	}
	return in.Fail(best)
}

// unlikely reads a line that no dialect has taken with those that take any text for a URL too: Squid logs what a client
// has sent for one, whether it could be one or not.
func (p *parser) unlikely(in *format.Input, src *source, out *record.Writer) bool {
	for n := range p.dialects {
		k := (src.last + n) % len(p.dialects)
		i := src.home.At(k)
		if loose := p.dialects[i].program.Loose(); loose != nil && !p.dialects[i].guessed && p.try(in, src, i, loose, out) == nil {
			src.read(k)
			return true
		}
	}
	return false
}

// recordLimit is the most bytes that Squid writes of one line, the end of line not counted; it cuts longer ones in the
// middle of a field (src/log/File.h, MAX_URL and its kin).
const recordLimit = 8191

// try reads the line with one dialect, by its program or the loose one.
func (p *parser) try(in *format.Input, src *source, i int, program *directive.Program, out *record.Writer) *format.Error {
	d := p.dialects[i]
	slots := in.Begin(d.Dialect)
	end := in.Header.End
	var mime suffix
	if d.mime && end > in.Header.Start && in.Line[end-1] == ']' {
		mime = headerSuffix(in.Line, in.Header.Start, end)
		if mime.end > 0 {
			end = mime.end
		}
	}
	res := program.Run(in.Line, in.Header.Start, end, slots)
	if s, code, expected := d.foreign(in); s != nil {
		return in.Fail(format.Error{Reason: format.Mismatch, Dialect: d.Dialect, Offset: int(s.Start), Field: code, Expected: expected})
	}
	if !res.OK {
		e := format.Error{
			Reason: format.Mismatch, Dialect: d.Dialect, Offset: res.Offset,
			Field: d.program.Code(res.Item), Expected: d.program.Expected(res.Item),
		}
		switch {
		case res.Item < 0:
			e.Reason = format.Trailing
		case res.Offset >= in.Header.End && (d.ident < 0 || e.Field == ""):
			// The end of common and combined is read first, so that a field missing there says nothing: other servers write
			// lines that begin alike.
			e.Reason = format.Truncated
		}
		return in.Fail(e)
	}
	if d.guessed && src.sure>>i&1 == 0 {
		if s := d.unsure(in); s != nil {
			return in.Fail(format.Error{
				Reason: format.Unrecognized, Dialect: d.Dialect, Offset: int(s.Start), Expected: "a line that only Squid writes, or its logformat in the configuration",
			})
		}
		src.sure |= 1 << i
	}
	d.trimVersion(in)
	in.Match.Ambiguous = res.Ambiguous || d.twoNames(in) || d.noUser(in)
	if d.access != nil && in.RoleText(roleICAPMethod) == "NONE" {
		d = d.access
		in.Match.Dialect = d.Dialect
	}
	write(in, src, d, mime, out)
	return nil
}

// foreign tells lines of icap.log and access.log apart, which look alike: an outcome begins with ICAP_, a result code
// does not; and those of referrer from both, where a time with many digits would pass for an address. It returns the
// slot that says so, and its code.
func (d *dialect) foreign(in *format.Input) (s *field.Slot, code, expected string) {
	if s = in.Match.Role(roleICAPOutcome); s != nil && !strings.HasPrefix(s.Text(in.Line), "ICAP_") {
		return s, d.Field(roleICAPOutcome).Code, "an ICAP outcome"
	}
	if s = in.Match.Role(roleResult); s != nil && strings.HasPrefix(s.Text(in.Line), "ICAP_") {
		return s, d.Field(roleResult).Code, "a result code"
	}
	if s = in.Match.Role(roleClientAddress); s != nil && d.builtin && !d.icap && !strings.ContainsAny(s.Text(in.Line), ".:") {
		return s, d.Field(roleClientAddress).Code, addresses.Expect
	}
	return nil, "", ""
}

// suffix is what log_mime_hdrs appends: the headers of request and reply, in brackets and encoded as blobs.
type suffix struct {
	request, response string
	// end is where the line without it ends; 0 where there is none.
	end int
}

// headerSuffix finds " [request headers] [reply headers]" at the end of line[start:end]. Brackets inside are encoded.
func headerSuffix(line string, start, end int) suffix {
	response := strings.LastIndexByte(line[start:end], '[') + start
	if response-3 < start || line[response-1] != ' ' || line[response-2] != ']' {
		return suffix{}
	}
	request := strings.LastIndexByte(line[start:response-2], '[') + start
	if request-1 < start || line[request-1] != ' ' {
		return suffix{}
	}
	return suffix{request: line[request+1 : response-2], response: line[response+1 : end-1], end: request - 1}
}
