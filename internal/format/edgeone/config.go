// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package edgeone

import (
	"errors"
	"fmt"
	"strings"
)

// Config is the edgeone part of the configuration.
type Config struct {
	// ByteView says whose view SentBytes and ReceivedBytes are: client (SentBytes is what the client sent to the edge,
	// as the names and the documented directions suggest) or edge.
	ByteView string `mapstructure:"byte_view"`
	// Fields is the order of columns of entries in CSV, as it was chosen in EdgeOne's console. Empty: the order of the
	// documentation, with SessionID or without.
	Fields []string `mapstructure:"fields"`
	// Delimiter is what separates the columns: comma, tab or semicolon. Empty: whichever fits.
	Delimiter string `mapstructure:"delimiter"`
}

// NewConfig is the default configuration.
func NewConfig() Config { return Config{ByteView: viewClient} }

// The values of ByteView.
const (
	viewClient = "client"
	viewEdge   = "edge"
)

// delimiterNames are the values of Delimiter.
var delimiterNames = map[string]string{"": delimiters, "comma": ",", "tab": "\t", "semicolon": ";", ",": ",", "\t": "\t", ";": ";"}

// maxFields bounds the columns.
const maxFields = 256

func (c *Config) validate() error {
	var errs []error
	if c.ByteView != viewClient && c.ByteView != viewEdge {
		errs = append(errs, fmt.Errorf("byte_view: %q is neither %s nor %s", c.ByteView, viewClient, viewEdge))
	}
	if _, ok := delimiterNames[c.Delimiter]; !ok {
		errs = append(errs, fmt.Errorf("delimiter: %q is none of comma, tab, semicolon", c.Delimiter))
	}
	if len(c.Fields) > maxFields {
		errs = append(errs, fmt.Errorf("fields: %d columns, the limit is %d", len(c.Fields), maxFields))
	}
	seen := map[string]bool{}
	l4, times := 0, 0
	for i, n := range c.Fields {
		key := strings.Replace(n, "Disconnect", "Disconnet", 1)
		switch {
		case strings.TrimSpace(n) == "":
			errs = append(errs, fmt.Errorf("fields[%d]: a name is missing", i))
		case seen[key]:
			errs = append(errs, fmt.Errorf("fields[%d]: %q is there twice", i, n))
		}
		seen[key] = true
		for k := range fields {
			if fields[k].field.Code != key {
				continue
			}
			if fields[k].l4 {
				l4++
			}
			if fields[k].kind == moment {
				times++
			}
		}
	}
	if len(c.Fields) > 0 && (l4 < 2 || times == 0) {
		errs = append(errs, errors.New("fields: an entry needs at least two fields of the L4 proxy log, one of them a time, such as LogTimeStamp"))
	}
	return errors.Join(errs...)
}
