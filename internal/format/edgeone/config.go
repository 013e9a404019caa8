// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package edgeone

import (
	"errors"
	"fmt"
)

// Config is the edgeone part of the configuration.
type Config struct {
	// ByteView says whose view SentBytes and ReceivedBytes are: client (SentBytes is what the client sent to the edge,
	// as the names and the documented directions suggest) or edge.
	ByteView string `mapstructure:"byte_view"`
	// Fields is the order of columns of entries in CSV. They are not read yet, so it has to be empty.
	Fields []string `mapstructure:"fields"`
}

// NewConfig is the default configuration.
func NewConfig() Config { return Config{ByteView: viewClient} }

// The values of ByteView.
const (
	viewClient = "client"
	viewEdge   = "edge"
)

func (c *Config) validate() error {
	var errs []error
	if c.ByteView != viewClient && c.ByteView != viewEdge {
		errs = append(errs, fmt.Errorf("byte_view: %q is neither %s nor %s", c.ByteView, viewClient, viewEdge))
	}
	if len(c.Fields) > 0 {
		errs = append(errs, errors.New("fields: entries in CSV are not supported; only JSON is read, which names its fields itself"))
	}
	return errors.Join(errs...)
}
