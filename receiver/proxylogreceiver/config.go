// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package proxylogreceiver

import (
	"errors"
	"fmt"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/config/configoptional"

	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/stanza/operator/helper"

	"github.com/proxylog/proxylog/internal/decode"
	"github.com/proxylog/proxylog/internal/line"
	"github.com/proxylog/proxylog/receiver/proxylogreceiver/internal/filein"
	"github.com/proxylog/proxylog/receiver/proxylogreceiver/internal/fluentin"
	"github.com/proxylog/proxylog/receiver/proxylogreceiver/internal/httpin"
	"github.com/proxylog/proxylog/receiver/proxylogreceiver/internal/syslogin"
)

// Config is the receiver's configuration. One input is required; everything else has a default.
type Config struct {
	// Decode holds the keys that say how lines become records: format, envelope, the dialects and the output.
	Decode lines `mapstructure:",squash"`

	// Storage is the extension that keeps how far files were read; without one, positions live in memory.
	Storage *component.ID `mapstructure:"storage"`
	// MaxLineBytes is the longest line of any input, its end not counted; a longer one is cut, marked and counted once.
	MaxLineBytes helper.ByteSize `mapstructure:"max_line_bytes"`

	// File reads files.
	File configoptional.Optional[filein.Config] `mapstructure:"file"`
	// Syslog listens for lines on the network.
	Syslog []syslogin.Config `mapstructure:"syslog"`
	// HTTP takes lines in the bodies of requests.
	HTTP configoptional.Optional[httpin.Config] `mapstructure:"http"`
	// Fluent takes messages of the fluentd forward protocol.
	Fluent configoptional.Optional[fluentin.Config] `mapstructure:"fluent"`
}

// lines is decode.Config without its Validate: confmap would call it too, and name a path that no configuration has.
type lines decode.Config

func createDefaultConfig() component.Config {
	return &Config{
		Decode:       lines(decode.NewConfig()),
		MaxLineBytes: line.DefaultLimit,
		File:         configoptional.Default(filein.NewConfig()),
		HTTP:         configoptional.Default(httpin.NewConfig()),
		Fluent:       configoptional.Default(fluentin.NewConfig()),
	}
}

// Validate reports everything that is wrong, each with its path below the receiver.
func (c *Config) Validate() error {
	var errs []error
	add := func(path string, err error) {
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", path, err))
		}
	}
	if err := (*decode.Config)(&c.Decode).Validate(); err != nil {
		errs = append(errs, err)
	}
	add("max_line_bytes", line.CheckLimit(int64(c.MaxLineBytes)))
	file := c.File.Get()
	if file == nil && len(c.Syslog) == 0 && !c.HTTP.HasValue() && !c.Fluent.HasValue() {
		errs = append(errs, errors.New("no input: set one of file, syslog, http, fluent"))
	}
	if file != nil {
		errs = append(errs, file.Check("file"))
		if file.Consumer.PollsToArchive > 0 && c.Storage == nil {
			add("file::polls_to_archive", errors.New("needs storage, which is not set"))
		}
	}
	for i := range c.Syslog {
		errs = append(errs, c.Syslog[i].Check(fmt.Sprintf("syslog[%d]", i)))
	}
	for i := range c.Syslog {
		for j := range i {
			if c.Syslog[i].Same(&c.Syslog[j]) {
				add(fmt.Sprintf("syslog[%d]::endpoint", i), fmt.Errorf("%s %s is taken by syslog[%d]", c.Syslog[i].Transport, c.Syslog[i].Endpoint, j))
			}
		}
	}
	if http := c.HTTP.Get(); http != nil {
		errs = append(errs, http.Check("http"))
	}
	if fluent := c.Fluent.Get(); fluent != nil {
		errs = append(errs, fluent.Check("fluent"))
	}
	return errors.Join(errs...)
}
