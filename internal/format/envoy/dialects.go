// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package envoy

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/proxylog/proxylog/internal/attr"
	"github.com/proxylog/proxylog/internal/format/envoy/bootstrap"
)

// formatName is the name of the format.
const formatName = "envoy"

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
	files := map[string][]string{}
	for i := range file.Logs {
		if l := &file.Logs[i]; l.Sink == bootstrap.SinkFile {
			files[l.Format] = append(files[l.Format], l.Path)
		}
	}
	seen := map[string]bool{"": true} // of a logger without a format
	for i := range file.Logs {
		l := &file.Logs[i]
		if seen[l.Format] {
			continue
		}
		seen[l.Format] = true
		if err := p.addFormat(l.Format, files[l.Format]); err != nil {
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
	return p.addFormat(f, nil)
}

// addFormat compiles a format: the name of a built-in, a format string or a JSON map.
func (p *parser) addFormat(f string, files []string) error {
	name := strings.TrimSpace(f)
	if alias, ok := builtinAliases[name]; ok {
		name = alias
	}
	d, err := builtinJSON(name)
	switch {
	case err != nil:
		return err
	case d != nil:
		d.Files = files
		p.json = append(p.json, d)
		return nil
	case name == dialectDefault:
		return p.addText(name, defaultText, false, files)
	case name == dialectEmissary:
		return p.addText(name, emissaryText, false, files)
	case name == dialectIstio:
		return p.addText(name, istioText, false, files)
	case strings.HasPrefix(strings.TrimSpace(f), "{"):
		return p.addMap(f, files)
	case strings.Contains(f, "%"):
		return p.addText(dialectText, f, false, files)
	}
	return fmt.Errorf("%q is neither the name of a built-in format (%s) nor a format string nor a JSON map", f, strings.Join(builtinNames, ", "))
}

// addMap compiles what begins with a brace.
func (p *parser) addMap(f string, files []string) error {
	m, err := readMap(f)
	switch {
	case errors.Is(err, errNoMap) && byHand(f):
		p.byHand = true
		return p.addText(dialectText, f, false, files)
	case err != nil:
		return err
	case m.text != "":
		p.byHand = p.byHand || strings.HasPrefix(strings.TrimSpace(m.text), "{")
		return p.addText(dialectText, m.text, m.omits, files)
	}
	d, err := newJSON(dialectJSON, "envoy.", f, m.keys, m.omits)
	if err != nil {
		return err
	}
	d.others = m.constants + len(m.keys) - len(d.sniff)
	if m.omits {
		d.names, d.least = m.names, min(d.least, 2)
	}
	// Of a user's own map and a built-in that know a line equally well the user's has it.
	d.Files = files
	p.json = slices.Insert(p.json, p.own, d)
	p.own++
	if t, err := newText(dialectText, f, false); m.bare && err == nil {
		// It may be a text that writes JSON by hand, all values in quotes. Where a map would have printed a number without
		// them, the two cannot be taken for one another; else the map comes first.
		t.spare, t.Files = true, files
		p.text = append(p.text, t)
		p.byHand = p.byHand || m.typed
	}
	return nil
}

func (p *parser) addText(name, text string, omits bool, files []string) error {
	d, err := newText(name, text, omits)
	if err == nil {
		d.Files = files
		p.text = append(p.text, d)
	}
	return err
}

// byHand reports whether a text that is no JSON map is a text format: one that writes JSON by hand, in which numbers stand
// without quotes and a command in their place, or one that begins with a brace for another reason. A map of which the end
// was lost is neither.
func byHand(f string) bool {
	items, err := parseFormat(f)
	f = strings.TrimSpace(f)
	return err == nil && len(items) > 2 && (strings.HasSuffix(f, "}") || strings.Count(f, "{") == strings.Count(f, "}"))
}
