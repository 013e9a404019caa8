// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package edgeone

import (
	"github.com/proxylog/proxylog/internal/attr"
	"github.com/proxylog/proxylog/internal/field"
	"github.com/proxylog/proxylog/internal/format"
)

// formatName is the name of the format.
const formatName = "edgeone"

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
	d.Dialect = format.NewDialect(formatName, dialectName, "", format.KindTraffic, list)
	d.Makes = makes
	d.Keyed = true
	return d
}
