// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

//go:generate go tool -modfile=../../tools/go.mod mdatagen metadata.yaml

// Package stanzaop is the operator proxylog_parser of stanza, with which file_log, tcp_log and the other receivers made of
// it read the lines of EdgeOne, Envoy, g3proxy, HAProxy and Squid. Importing it is enough for them to know it.
package stanzaop

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"go.opentelemetry.io/collector/component"

	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/stanza/entry"
	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/stanza/operator"
	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/stanza/operator/helper"

	"github.com/proxylog/proxylog/internal/decode"
	"github.com/proxylog/proxylog/internal/linecount"
	"github.com/proxylog/proxylog/internal/sources"
	"github.com/proxylog/proxylog/internal/stanzaop/internal/metadata"
)

// Type is the operator's name in configurations.
const Type = "proxylog_parser"

// Stanza finds operators in a registry of the whole program only.
//
//nolint:gochecknoinits // there is no other way in
func init() {
	operator.Register(Type, func() operator.Builder { return NewConfig() })
}

// Config is the operator's configuration: what stanza's parsers have in common (id, output, parse_from, parse_to,
// on_error, if), and how lines become records, as of the proxylog receiver. Everything has a default.
type Config struct {
	helper.TransformerConfig `mapstructure:",squash"`
	// ParseFrom is the field that holds the line, as text or bytes, and ParseTo the one that gets the attributes.
	ParseFrom entry.Field         `mapstructure:"parse_from"`
	ParseTo   entry.RootableField `mapstructure:"parse_to"`
	// Decode has no on_error of its own: stanza's beats it.
	Decode lines `mapstructure:",squash"`
	// Unknown are the keys that nobody knows, which stanza lets pass and Validate refuses.
	Unknown map[string]any `mapstructure:",remain"`
}

// lines is decode.Config without its Validate: confmap would call it too, and name a path that no configuration has.
type lines decode.Config

// NewConfig is the default configuration.
func NewConfig() *Config {
	return &Config{
		TransformerConfig: helper.NewTransformerConfig(Type, Type),
		ParseFrom:         entry.NewBodyField(),
		ParseTo:           entry.RootableField{Field: entry.NewAttributeField()},
		Decode:            lines(decode.NewConfig()),
	}
}

// decode is the configuration of the lines. Those that cannot be read are kept there: on_error says later what becomes
// of their entries.
func (c *Config) decode() decode.Config {
	out := decode.Config(c.Decode)
	out.OnError = "keep"
	return out
}

// Validate reports everything that is wrong, each with its path below the operator.
func (c *Config) Validate() error {
	cfg := c.decode()
	errs := []error{cfg.Validate()}
	actions := []string{helper.SendOnError, helper.SendOnErrorQuiet, helper.DropOnError, helper.DropOnErrorQuiet}
	if !slices.Contains(actions, c.OnError) {
		errs = append(errs, fmt.Errorf("on_error: %q is none of %s", c.OnError, strings.Join(actions, ", ")))
	}
	if c.IfExpr != "" {
		if _, err := helper.ExprCompileBool(c.IfExpr); err != nil {
			errs = append(errs, fmt.Errorf("if: %w", err))
		}
	}
	for _, key := range slices.Sorted(maps.Keys(c.Unknown)) {
		errs = append(errs, fmt.Errorf("%s: there is no such key", key))
	}
	return errors.Join(errs...)
}

// Build implements operator.Builder.
func (c Config) Build(set component.TelemetrySettings) (operator.Operator, error) {
	if err := c.Validate(); err != nil {
		return nil, fmt.Errorf("%s: %w", c.ID(), err)
	}
	transformer, err := c.TransformerConfig.Build(set)
	if err != nil {
		return nil, err
	}
	telemetry, err := metadata.NewTelemetryBuilder(set)
	if err != nil {
		return nil, fmt.Errorf("%s: telemetry: %w", c.ID(), err)
	}
	decoder, err := decode.New(c.decode(), decode.Settings{
		Logger: transformer.Logger(), NearMiss: linecount.NearMisses(telemetry.OperatorProxylogParserNearMisses),
		ReadOnly: true, // entries are made of the records
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.ID(), err)
	}
	p := &Parser{
		TransformerOperator: transformer,
		decoder:             decoder,
		sources:             sources.New(decoder, sources.Max),
		readings:            linecount.NewReadings(telemetry.OperatorProxylogParserLines, telemetry.OperatorProxylogParserRejects),
		parseFrom:           c.ParseFrom,
		parseTo:             c.ParseTo.Field,
		resource:            c.Decode.Resource,
		now:                 time.Now,
	}
	p.setBody = bodyOf(c)
	to, ok := c.ParseTo.FieldInterface.(entry.AttributeField)
	p.toAttributes = ok && len(to.Keys) == 0
	p.batches.New = func() any { return decoder.NewBatch() }
	return p, nil
}

// bodyOf says whether the operator sets the body. It does not where attributes go there, nor, with the original body, where
// the line is from another field: then the body that there is stays.
func bodyOf(c Config) bool {
	if _, ok := c.ParseTo.FieldInterface.(entry.BodyField); ok {
		return false
	}
	return c.Decode.Body != "original" || c.ParseFrom.String() == entry.NewBodyField().String()
}
