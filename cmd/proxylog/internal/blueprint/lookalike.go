// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package blueprint

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/proxylog/proxylog/internal/decode"
)

// lookalikes finds out whether lines of two dialects cannot be told apart, and whether the files to which they are written
// help.
func (b *Blueprint) lookalikes() error {
	cfg := b.config(b.Dialects...)
	open, err := silent(cfg)
	if err != nil || len(open) == 0 {
		return nil // each dialect has been compiled alone, and what is wrong with it was said
	}
	path, err := filepath.Abs(b.Source)
	if err != nil {
		return err
	}
	*b.listing(&cfg.Formats).List = nil
	switch b.Proxy {
	case "squid":
		cfg.Formats.Squid.ConfigFile = path
	case "envoy":
		cfg.Formats.Envoy.ConfigFile = path
	}
	if left, err := silent(cfg); err == nil && len(left) == 0 {
		b.ConfigFile = path
		return nil
	}
	for _, text := range open {
		b.note("%s: %s", b.Source, text)
	}
	return nil
}

// silent are what a configuration's dialects leave open without their records showing it.
func silent(cfg decode.Config) (out []string, err error) {
	d, err := decode.New(cfg, decode.Settings{})
	if err != nil {
		return nil, err
	}
	for _, n := range d.Describe() {
		for _, a := range n.Ambiguities {
			if a.Silent {
				out = append(out, fmt.Sprintf("%s: %s; to avoid it: %s", strings.Join(a.Codes, " and "), a.Why, a.Avoid))
			}
		}
	}
	return out, nil
}
