// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package envoy

import (
	"errors"
	"fmt"
	"sort"
	"strings"
	"time"

	"github.com/proxylog/proxylog/internal/format"
	"github.com/proxylog/proxylog/internal/jsonscan"
	"github.com/proxylog/proxylog/internal/record"
	"github.com/proxylog/proxylog/internal/scan"
)

// parser is the format, compiled.
type parser struct {
	json  []*jsonDialect
	own   int // of json: the user's own, which come first
	text  []*textDialect
	known []string // see knownKeys
	// byHand says that a text format writes JSON by hand.
	byHand bool
	// outer and nothing are the keys around entries, and none.
	outer, nothing *jsonscan.Keys
	reject         *record.Scope
	// zone is that of times that Envoy prints without one.
	zone *time.Location
}

// New compiles the format for a configuration; the error names the setting.
func New(cfg Config) (format.Parser, error) {
	p := &parser{reject: record.NewScope(formatName, "rejected")}
	list := cfg.Format
	if len(list) == 0 && cfg.ConfigFile == "" {
		list = builtinNames
	}
	var errs []error
	var err error
	for i, f := range list {
		if err := p.add(f); err != nil {
			errs = append(errs, fmt.Errorf("format[%d]: %w", i, err))
		}
	}
	if cfg.ConfigFile != "" {
		if err := p.addFile(cfg.ConfigFile); err != nil {
			errs = append(errs, fmt.Errorf("config_file: %w", err))
		}
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	for _, d := range p.json {
		d.findTyped()
	}
	if p.outer, err = jsonscan.NewKeys(outerKeys); err != nil {
		return nil, err
	}
	if p.nothing, err = jsonscan.NewKeys(nil); err != nil {
		return nil, err
	}
	if p.zone, err = scan.LoadZone(cfg.Timezone); err != nil {
		return nil, fmt.Errorf("timezone: %w", err)
	}
	p.known = knownKeys()
	return p, nil
}

// knownKeys are the attributes below envoy. and gdc. that the format itself writes.
func knownKeys() []string {
	seen := map[string]bool{}
	for _, op := range operators {
		seen[op.field.Key] = true
	}
	for _, key := range derived {
		seen[key] = true
	}
	var keys []string
	for key := range seen {
		if strings.HasPrefix(key, "envoy.") || strings.HasPrefix(key, "gdc.") {
			keys = append(keys, key)
		}
	}
	sort.Strings(keys)
	return keys
}

// source is what is remembered of a source of lines.
type source struct {
	readers []*jsonscan.Reader // per JSON dialect
	extras  []*format.Extras   // likewise
	json    int                // the JSON dialect of the line before
	extra   int                // how many unknown keys its lines had at most
	text    int                // the text dialect of the line before, by its place in texts
	jsons   format.Home
	texts   format.Home
	zone    scan.Zone
	outer   outer
	node    node // of the line before
	// present is what mark says of the line.
	present uint64
	// upstream says that lines without a type were of an upstream log so far.
	upstream bool
}

// LetGo implements format.Keeper.
func (src *source) LetGo() {
	for _, r := range src.readers {
		r.LetGo()
	}
	src.outer, src.node = outer{}, node{}
}

func (p *parser) source(in *format.Input) *source {
	if s, ok := in.Sticky.(*source); ok {
		return s
	}
	s := &source{zone: scan.NewZone(p.zone), jsons: format.NewHome(in.Source, p.json), texts: format.NewHome(in.Source, p.text)}
	if len(p.json) > 0 {
		s.json = s.jsons.At(0)
	}
	for _, d := range p.json {
		s.readers = append(s.readers, jsonscan.NewReader(d.keys))
		s.extras = append(s.extras, format.NewExtras(d.prefix, p.known...))
	}
	in.Sticky = s
	return s
}

// start is the first byte of the payload that is no blank and no byte order mark.
func start(in *format.Input) int {
	i := in.Header.Start
	if strings.HasPrefix(in.Line[i:], "\ufeff") {
		i += len("\ufeff")
	}
	for i < in.Header.End && (in.Line[i] == ' ' || in.Line[i] == '\t') {
		i++
	}
	return i
}

// Sniff looks for a key of a JSON dialect, or for what a text dialect begins with.
func (p *parser) Sniff(in *format.Input) bool {
	i := start(in)
	payload := in.Line[i:in.Header.End]
	if strings.HasPrefix(payload, "{") {
		for _, d := range p.json {
			for _, key := range d.sniff {
				if strings.Contains(payload, key) {
					return true
				}
			}
		}
	}
	return p.begins(payload) || wrapped(payload)
}

// begins reports whether the payload begins as a line of one of the text formats does.
func (p *parser) begins(payload string) bool {
	for _, d := range p.text {
		if d.begins(payload) {
			return true
		}
	}
	return false
}

// Parse reads one line, one record; or the records of the entries that something else has wrapped into one line.
func (p *parser) Parse(in *format.Input, out *record.Writer) *format.Error {
	src := p.source(in)
	i := start(in)
	err := p.line(in, src, i, out)
	if err == nil {
		return nil
	}
	if first := *err; !p.unwrap(in, src, i, out) {
		return in.Fail(first)
	}
	return nil
}

// line reads the line, or the entry of one, that begins at byte i.
func (p *parser) line(in *format.Input, src *source, i int, out *record.Writer) *format.Error {
	var failed *format.Error
	brace := i < in.Header.End && in.Line[i] == '{'
	if brace && p.byHand && p.begins(in.Line[i:in.Header.End]) && p.readText(in, src, i, nil) == nil {
		p.commit(in, src, out, nil, nil)
		return nil
	}
	if brace && len(p.json) > 0 {
		k, err := p.readJSON(in, src, i)
		if err == nil {
			p.commit(in, src, out, p.json[k].identities, src.extras[k])
			return nil
		}
		failed = err
	}
	if len(p.text) > 0 && (failed == nil || failed.Reason == format.Unrecognized || failed.Reason == format.BadJSON) {
		// JSON by hand is among these: nobody escapes its values.
		if err := p.readText(in, src, i, failed); err != nil {
			return err
		}
		p.commit(in, src, out, nil, nil)
		return nil
	}
	if failed == nil {
		failed = in.Fail(format.Error{Reason: format.Unrecognized, Offset: i, Expected: "a JSON object"})
	}
	return failed
}

// commit writes the record of what was read: identities are the slots of what identifies the proxy, and extras, where it
// is not nil, writes the unknown keys.
func (p *parser) commit(in *format.Input, src *source, out *record.Writer, identities []int, extras *format.Extras) {
	present := src.present
	if extras == nil {
		present = in.Match.Present()
	}
	in.Record(out, in.Hash(present, roleType, roleCode), roleFlags, roleDetails, roleMethod, roleCluster)
	text := in.Line
	if src.outer.inside {
		text = text[in.Header.Start:in.Header.End]
		src.outer.write(out)
	}
	write(in, src, out, identities)
	if extras != nil {
		extras.Write(in, out)
	}
	out.Commit(text)
	in.Done()
}
