// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package proxylogprocessor

import (
	"errors"
	"fmt"
	"strings"

	"go.opentelemetry.io/collector/component"

	"github.com/proxylog/proxylog/internal/decode"
)

// Config is the processor's configuration. Everything has a default.
type Config struct {
	// Decode holds the keys that say how lines become records: format, envelope, the dialects and the output.
	Decode lines `mapstructure:",squash"`

	// From is where the line stands: body, or attributes["key"] for the record's attribute of that name.
	From string `mapstructure:"from"`
}

// lines is decode.Config without its Validate: confmap would call it too, and name a path that no configuration has.
type lines decode.Config

func createDefaultConfig() component.Config {
	return &Config{Decode: lines(decode.NewConfig()), From: fromBody}
}

// Validate reports everything that is wrong, each with its path below the processor.
func (c *Config) Validate() error {
	err := (*decode.Config)(&c.Decode).Validate()
	_, fromErr := attributeOf(c.From)
	return errors.Join(err, fromErr)
}

const fromBody = "body"

// attributeOf is the key of the attribute that from names; "" for the body.
func attributeOf(from string) (string, error) {
	if from == fromBody {
		return "", nil
	}
	key, begins := strings.CutPrefix(from, `attributes["`)
	key, ends := strings.CutSuffix(key, `"]`)
	if !begins || !ends || key == "" {
		return "", fmt.Errorf(`from: %q is neither body nor attributes["key"]`, from)
	}
	return key, nil
}
