// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package envoy

import (
	"errors"
	"fmt"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/proxylog/proxylog/internal/attr"
	"github.com/proxylog/proxylog/internal/format"
	"github.com/proxylog/proxylog/internal/format/envoy/bootstrap"
	"github.com/proxylog/proxylog/internal/jsonscan"
	"github.com/proxylog/proxylog/internal/record"
	"github.com/proxylog/proxylog/internal/scan"
)

// formatName is the name of the format.
const formatName = "envoy"

// parser is the format, compiled.
type parser struct {
	json  []*jsonDialect
	own   int // of json: the user's own, which come first
	text  []*textDialect
	known []string // attributes below envoy. and gdc. that the format itself writes
	// byHand says that a text format writes JSON by hand.
	byHand bool
	// outer and nothing are the keys around entries, and none.
	outer, nothing *jsonscan.Keys
	reject         *record.Scope
	// zone is that of times that Envoy prints without one.
	zone *time.Location
}

// New compiles the format for a configuration.
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
	seen := map[string]bool{}
	for _, op := range operators {
		seen[op.field.Key] = true
	}
	for _, key := range derived {
		seen[key] = true
	}
	for key := range seen {
		if strings.HasPrefix(key, "envoy.") || strings.HasPrefix(key, "gdc.") {
			p.known = append(p.known, key)
		}
	}
	sort.Strings(p.known)
	return p, nil
}

// derived are the attributes that write makes without a field of their name.
var derived = []string{
	attr.EnvoyClusterDirection, attr.EnvoyClusterPort, attr.EnvoyClusterSubset, attr.EnvoyClusterHost, attr.EnvoyEmitTime,
	attr.EnvoyResponseFlags, attr.EnvoyResponseFlagsLong, attr.EnvoyRewrittenPath, attr.EnvoyNodeID, attr.GDCBody, attr.GDCClusterName,
	attr.EnvoyUpstreamServiceTime,
}

// addFile compiles the formats of a configuration of Envoy's, each once.
func (p *parser) addFile(path string) error {
	file, err := bootstrap.Read(path)
	if err != nil {
		return err
	}
	var errs []error
	seen := map[string]bool{"": true} // of a logger without a format
	for i := range file.Logs {
		l := &file.Logs[i]
		if seen[l.Format] {
			continue
		}
		seen[l.Format] = true
		if err := p.addFormat(l.Format); err != nil {
			errs = append(errs, fmt.Errorf("%s: %s: %w", path, l.Where, err))
		}
	}
	if len(p.json)+len(p.text) == 0 && len(errs) == 0 {
		errs = append(errs, fmt.Errorf("%s: none of its access logs has a format", path))
	}
	return errors.Join(errs...)
}

// add compiles one entry of the configuration; comments before it are passed over.
func (p *parser) add(f string) error {
	f = strings.TrimLeft(f, " \t\r\n")
	for strings.HasPrefix(f, "#") {
		_, rest, _ := strings.Cut(f, "\n")
		f = strings.TrimLeft(rest, " \t\r\n")
	}
	return p.addFormat(f)
}

// addFormat compiles a format: the name of a built-in, a format string or a JSON map.
func (p *parser) addFormat(f string) error {
	name := strings.TrimSpace(f)
	if alias, ok := builtinAliases[name]; ok {
		name = alias
	}
	d, err := builtinJSON(name)
	switch {
	case err != nil:
		return err
	case d != nil:
		p.json = append(p.json, d)
		return nil
	case name == dialectDefault:
		return p.addText(name, defaultText, false)
	case name == dialectIstio:
		return p.addText(name, istioText, false)
	case strings.HasPrefix(strings.TrimSpace(f), "{"):
		return p.addMap(f)
	case strings.Contains(f, "%"):
		return p.addText(dialectText, f, false)
	}
	return fmt.Errorf("%q is neither the name of a built-in format (%s) nor a format string nor a JSON map", f, strings.Join(builtinNames, ", "))
}

// addMap compiles what begins with a brace.
func (p *parser) addMap(f string) error {
	m, err := readMap(f)
	switch {
	case errors.Is(err, errNoMap) && byHand(f):
		p.byHand = true
		return p.addText(dialectText, f, false)
	case err != nil:
		return err
	case m.text != "":
		p.byHand = p.byHand || strings.HasPrefix(strings.TrimSpace(m.text), "{")
		return p.addText(dialectText, m.text, m.omits)
	}
	d, err := newJSON(dialectJSON, "envoy.", f, m.keys, m.omits)
	if err != nil {
		return err
	}
	d.others = m.constants + len(m.keys) - len(d.sniff)
	if m.omits {
		d.least = min(d.least, 2)
	}
	// Of a user's own map and a built-in that know a line equally well the user's has it.
	p.json = slices.Insert(p.json, p.own, d)
	p.own++
	if t, err := newText(dialectText, f, false); m.bare && err == nil {
		// It may be a text that writes JSON by hand, all values in quotes. Where a map would have printed a number without
		// them, the two cannot be taken for one another; else the map comes first.
		t.spare = true
		p.text = append(p.text, t)
		p.byHand = p.byHand || m.typed
	}
	return nil
}

func (p *parser) addText(name, text string, omits bool) error {
	d, err := newText(name, text, omits)
	if err == nil {
		p.text = append(p.text, d)
	}
	return err
}

// byHand reports whether a text that is no JSON map is a text format that writes JSON by hand: numbers stand in it
// without quotes, and a command in their place.
func byHand(f string) bool {
	items, err := parseFormat(f)
	return err == nil && len(items) > 2 && strings.HasSuffix(strings.TrimSpace(f), "}")
}
