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

// Names of the dialects.
const (
	dialectJSON = "l4_json"           // entries of the L4 proxy log as JSON objects
	dialectCSV  = "l4_csv"            // the same as values in a known order
	dialectTest = "connectivity_test" // the object of another log with which EdgeOne tries a new receiver
)

// dialect is one way in which entries are written.
type dialect struct {
	*format.Dialect
	specs []spec // of its fields
}

// newDialect makes a dialect of some of the fields.
func newDialect(cfg *Config, dialectName string, specs []spec, decode func(string) string) *dialect {
	d := &dialect{specs: specs}
	var list []field.Field
	for _, s := range specs {
		f := s.field
		f.Decode = decode
		if cfg.ByteView == viewEdge {
			switch f.Key {
			case attr.ProxyDeltaClientBytesSent:
				f.Key = attr.ProxyDeltaClientBytesReceived
			case attr.ProxyDeltaClientBytesReceived:
				f.Key = attr.ProxyDeltaClientBytesSent
			}
		}
		list = append(list, f)
	}
	d.Dialect = format.NewDialect(name, dialectName, "", format.KindTraffic, list)
	d.Makes = makes
	d.Keyed = true
	return d
}

// parser is the format, compiled.
type parser struct {
	json   *dialect
	keys   *jsonscan.Keys
	test   *format.Dialect
	tables []*table
	delims string
	reject *record.Scope
	// sniff are the keys, in quotes, of which one has to be in an entry.
	sniff []string
}

// New compiles the format for a configuration.
func New(cfg Config) (format.Parser, error) {
	if err := cfg.validate(); err != nil {
		return nil, err
	}
	p := &parser{reject: record.NewScope(name, "rejected"), delims: delimiterNames[cfg.Delimiter]}
	p.json = newDialect(&cfg, dialectJSON, fields, jsonscan.Unescape)
	p.json.KeyOf = jsonscan.KeyOf
	p.test = format.NewDialect(name, dialectTest, "", format.KindEvent, nil)
	p.test.Keyed = true
	var keys []jsonscan.Key
	for i, s := range fields {
		for _, key := range []string{s.field.Code, s.also} {
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
	if len(cfg.Fields) > 0 {
		p.tables = []*table{newTable(&cfg, cfg.Fields)}
		return p, nil
	}
	for _, session := range []bool{true, false} {
		t := newTable(&cfg, documented(session))
		t.guess = true
		p.tables = append(p.tables, t)
	}
	return p, nil
}
