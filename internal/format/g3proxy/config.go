// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package g3proxy

import (
	"fmt"
	"time"

	"github.com/proxylog/proxylog/internal/scan"
)

// Config is the format's part of the configuration.
type Config struct {
	// Timezone is the zone of the RFC 3164 header, which g3proxy writes in the local time of its host: Local, UTC or
	// a name of the zone database. Local is the zone of the syslog headers in general.
	Timezone string `mapstructure:"timezone"`
}

// NewConfig is the default configuration.
func NewConfig() Config { return Config{Timezone: "Local"} }

// location is the zone in which the header has to be read again; nil where its time is right as it is.
func (c *Config) location() (*time.Location, error) {
	if c.Timezone == "" || c.Timezone == "Local" || c.Timezone == "local" {
		return nil, nil
	}
	loc, err := scan.LoadZone(c.Timezone)
	if err != nil {
		return nil, fmt.Errorf("timezone: %w", err)
	}
	return loc, nil
}
