// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package edgeone

import (
	"fmt"

	"github.com/proxylog/proxylog/internal/attr"
	"github.com/proxylog/proxylog/internal/field"
	"github.com/proxylog/proxylog/internal/format"
	"github.com/proxylog/proxylog/internal/jsonscan"
	"github.com/proxylog/proxylog/internal/record"
)

// name is the format's name.
const name = "edgeone"

// dialectJSON is the one dialect: entries of the L4 proxy log as JSON objects.
const dialectJSON = "l4_json"

// parser is the format, compiled.
type parser struct {
	dialect *format.Dialect
	keys    *jsonscan.Keys
	reject  *record.Scope
	// sniff are the keys, in quotes, of which one has to be in an entry.
	sniff []string
}

// New compiles the format for a configuration.
func New(cfg Config) (format.Parser, error) {
	if err := cfg.validate(); err != nil {
		return nil, err
	}
	p := &parser{reject: record.NewScope(name, "rejected")}
	var list []field.Field
	var keys []jsonscan.Key
	for i, s := range fields {
		f := s.field
		f.Decode = jsonscan.Unescape
		if cfg.ByteView == viewEdge {
			switch f.Key {
			case attr.ProxyDeltaClientBytesSent:
				f.Key = attr.ProxyDeltaClientBytesReceived
			case attr.ProxyDeltaClientBytesReceived:
				f.Key = attr.ProxyDeltaClientBytesSent
			}
		}
		list = append(list, f)
		for _, key := range []string{f.Code, s.also} {
			if key == "" {
				continue
			}
			keys = append(keys, jsonscan.Key{Path: []string{key}, Field: i})
			if s.l4 {
				p.sniff = append(p.sniff, `"`+key+`"`)
			}
		}
	}
	for _, key := range l7Keys {
		p.sniff = append(p.sniff, `"`+key+`"`)
	}
	var err error
	if p.keys, err = jsonscan.NewKeys(keys); err != nil {
		return nil, fmt.Errorf("the keys of an entry: %w", err)
	}
	p.dialect = format.NewDialect(name, dialectJSON, "", format.KindTraffic, list)
	return p, nil
}

func (*parser) Name() string { return name }
