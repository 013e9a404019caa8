// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

// Package settings turns the flags that all commands share, and the proxylog section of a Collector's configuration,
// into the configuration of a decoder.
package settings

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/confmap/provider/envprovider"
	"go.opentelemetry.io/collector/confmap/provider/fileprovider"
	"go.opentelemetry.io/collector/confmap/provider/yamlprovider"
	"go.yaml.in/yaml/v3"

	"github.com/proxylog/proxylog/internal/decode"
	"github.com/proxylog/proxylog/internal/scan"
)

// Flags are what a user says about the lines.
type Flags struct {
	Format, Timezone                string
	Directive                       string
	RequestHeaders, ResponseHeaders string
	Config, Component               string
}

// Register adds --format and --timezone to a command.
func (f *Flags) Register(fs *flag.FlagSet) {
	fs.StringVar(&f.Format, "format", "", "")
	fs.StringVar(&f.Timezone, "timezone", "", "")
}

// RegisterAll adds all flags to a command.
func (f *Flags) RegisterAll(fs *flag.FlagSet) {
	f.Register(fs)
	fs.StringVar(&f.Directive, "directive", "", "")
	fs.StringVar(&f.RequestHeaders, "capture-request-headers", "", "")
	fs.StringVar(&f.ResponseHeaders, "capture-response-headers", "", "")
	fs.StringVar(&f.Config, "config", "", "")
	fs.StringVar(&f.Component, "component", "", "")
}

// Location is the zone of dates without one, as --timezone says; the local zone where it does not.
func (f *Flags) Location() (*time.Location, error) {
	loc, err := scan.LoadZone(f.Timezone)
	if err != nil {
		return nil, fmt.Errorf("--timezone: %w", err)
	}
	return loc, nil
}

// Map is what the flags alone set, as a Collector's configuration writes it.
func (f *Flags) Map() (map[string]any, error) {
	m := map[string]any{}
	set := func(format, key string, value any) {
		section, ok := m[format].(map[string]any)
		if !ok {
			section = map[string]any{}
			m[format] = section
		}
		section[key] = value
	}
	format := f.Format
	if f.Directive != "" {
		if format == "" || format == "auto" {
			var err error
			if format, err = owner(f.Directive); err != nil {
				return nil, fmt.Errorf("--directive: %w", err)
			}
		}
		key, ok := lists[format]
		if !ok {
			return nil, fmt.Errorf("--directive: the logs of %s have a fixed format", format)
		}
		directives := split(format, f.Directive)
		if len(directives) == 0 {
			return nil, errors.New("--directive: there is no directive in it")
		}
		list := make([]any, len(directives))
		for i := range directives {
			list[i] = directives[i]
		}
		set(format, key, list)
	}
	if format != "" {
		m["format"] = format
	}
	if f.Timezone != "" {
		for _, format := range []string{"g3proxy", "haproxy", "squid"} {
			set(format, "timezone", f.Timezone)
		}
	}
	if f.RequestHeaders != "" {
		set("haproxy", "capture_request_headers", words(f.RequestHeaders))
	}
	if f.ResponseHeaders != "" {
		set("haproxy", "capture_response_headers", words(f.ResponseHeaders))
	}
	return m, nil
}

func words(list string) []any {
	var out []any
	for _, w := range strings.Split(list, ",") {
		out = append(out, strings.TrimSpace(w))
	}
	return out
}

// Decoder compiles what --config and the flags say; a flag beats the file. Lines that cannot be read are dropped where
// drop is set, else kept as records.
func (f *Flags) Decoder(ctx context.Context, drop bool) (*decode.Decoder, error) {
	cfg := decode.NewConfig()
	if f.Config != "" {
		section, err := f.section(ctx)
		if err != nil {
			return nil, err
		}
		if err := section.Unmarshal(&cfg, confmap.WithIgnoreUnused()); err != nil {
			return nil, fmt.Errorf("%s: %w", f.Config, err)
		}
	}
	m, err := f.Map()
	if err != nil {
		return nil, err
	}
	if err := confmap.NewFromStringMap(m).Unmarshal(&cfg); err != nil {
		return nil, fmt.Errorf("the format does not take this setting: %w", err)
	}
	cfg.OnError = "keep"
	if drop {
		cfg.OnError = "drop"
	}
	loc, err := f.Location()
	if err != nil {
		return nil, err
	}
	return decode.New(cfg, decode.Settings{Version: "", Location: loc})
}

// section is the configuration of the proxylog receiver or processor, or of the extension proxylog_encoding, in the
// Collector's configuration, ${…} expanded.
func (f *Flags) section(ctx context.Context) (*confmap.Conf, error) {
	text, err := os.ReadFile(f.Config)
	if err != nil {
		return nil, fmt.Errorf("--config: %w", err)
	}
	var doc map[string]any
	if err := yaml.Unmarshal(text, &doc); err != nil {
		return nil, fmt.Errorf("--config: %s: %w", f.Config, err)
	}
	found := map[string]any{}
	var names []string
	for kind, name := range map[string]string{"receivers": "proxylog", "processors": "proxylog", "extensions": "proxylog_encoding"} {
		components, _ := doc[kind].(map[string]any)
		for id, section := range components {
			if id == name || strings.HasPrefix(id, name+"/") {
				found[kind+"::"+id] = section
				names = append(names, kind+"::"+id)
			}
		}
	}
	slices.Sort(names)
	name := ""
	switch {
	case f.Component != "":
		for _, n := range names {
			if n == f.Component || strings.HasSuffix(n, "::"+f.Component) {
				name = n
				break
			}
		}
		if name == "" {
			return nil, fmt.Errorf("--component: %s has no %s", f.Config, f.Component)
		}
	case len(names) == 0:
		return nil, fmt.Errorf("--config: %s has no receiver proxylog, no processor proxylog and no extension proxylog_encoding", f.Config)
	case len(names) > 1:
		return nil, fmt.Errorf("--config: %s has several: choose one with --component %s", f.Config, strings.Join(names, "|"))
	default:
		name = names[0]
	}
	return expand(ctx, f.Config+": "+name, found[name])
}

// expand resolves ${env:…}, ${file:…} and $$ as the Collector does. Only this section: others may need providers that
// are not here.
func expand(ctx context.Context, name string, section any) (*confmap.Conf, error) {
	if section == nil {
		return confmap.New(), nil
	}
	text, err := yaml.Marshal(section)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	resolver, err := confmap.NewResolver(confmap.ResolverSettings{
		URIs: []string{"yaml:" + string(text)},
		ProviderFactories: []confmap.ProviderFactory{
			yamlprovider.NewFactory(), envprovider.NewFactory(), fileprovider.NewFactory(),
		},
		DefaultScheme: "env",
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	conf, err := resolver.Resolve(ctx)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return conf, resolver.Shutdown(ctx)
}
