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
	"strings"
	"time"

	"go.opentelemetry.io/collector/confmap"

	"github.com/proxylog/proxylog/internal/decode"
	"github.com/proxylog/proxylog/internal/format/all"
	"github.com/proxylog/proxylog/internal/scan"
)

// Flags are what a user says about the lines.
type Flags struct {
	Format, Timezone                string
	Directive                       string
	RequestHeaders, ResponseHeaders string
	Config, Component               string

	doc map[string]any // what Config names, once it was read: a pipe can be read only once
}

// Register adds the flags that describe the lines to a command.
func (f *Flags) Register(fs *flag.FlagSet) {
	fs.StringVar(&f.Format, "format", "", "")
	fs.StringVar(&f.Timezone, "timezone", "", "")
	fs.Func("directive", "", func(text string) error {
		if strings.TrimSpace(text) == "" {
			return errors.New("it is empty")
		}
		f.Directive = text
		return nil
	})
	fs.StringVar(&f.RequestHeaders, "capture-request-headers", "", "")
	fs.StringVar(&f.ResponseHeaders, "capture-response-headers", "", "")
}

// RegisterAll adds all flags to a command: also those that name a configuration.
func (f *Flags) RegisterAll(fs *flag.FlagSet) {
	f.Register(fs)
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
		var key string
		var list []any
		var err error
		if format, key, list, err = f.directives(); err != nil {
			return nil, err
		}
		set(format, key, list)
	}
	if format != "" {
		m["format"] = format
	}
	if f.Timezone != "" {
		zoned, err := withZone()
		if err != nil {
			return nil, err
		}
		for _, format := range zoned {
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

// directives are those of --directive, with their format and its setting that lists them.
func (f *Flags) directives() (format, key string, list []any, err error) {
	format = f.Format
	if format == "" || format == "auto" {
		if format, err = owner(f.Directive); err != nil {
			return "", "", nil, fmt.Errorf("--directive: %w", err)
		}
	}
	entry, ok := all.Find(format)
	switch {
	case !ok:
		return "", "", nil, fmt.Errorf("--format: %q is neither auto nor the name of a format", format)
	case entry.Listing == nil:
		return "", "", nil, fmt.Errorf("--directive: the logs of %s have a fixed format", format)
	}
	for _, d := range split(format, f.Directive) {
		list = append(list, d)
	}
	if len(list) == 0 {
		return "", "", nil, errors.New("--directive: there is no directive in it")
	}
	return format, entry.Listing(&all.Config{}).Key, list, nil
}

// withZone are the formats that have a setting for the zone of dates without one.
func withZone() ([]string, error) {
	conf := confmap.New()
	if err := conf.Marshal(all.NewConfig()); err != nil {
		return nil, err
	}
	var names []string
	for _, f := range all.Formats() {
		if conf.IsSet(f.Name + "::timezone") {
			names = append(names, f.Name)
		}
	}
	return names, nil
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
	switch {
	case f.Config != "":
		if err := f.load(ctx, &cfg); err != nil {
			return nil, err
		}
	case f.Component != "":
		return nil, errors.New("--component: it chooses from a --config, which is not there")
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
