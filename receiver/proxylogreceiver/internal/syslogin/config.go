// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package syslogin

import (
	"errors"
	"fmt"
	"net"
	"strconv"

	"go.opentelemetry.io/collector/config/confignet"
)

// defaultConnections is how many clients of a tcp listener are served at the same time.
const defaultConnections = 1024

// Config is one listener.
type Config struct {
	// Transport is udp or tcp.
	Transport confignet.TransportType `mapstructure:"transport"`
	// Endpoint is host:port; an empty host is every address of this machine.
	Endpoint string `mapstructure:"endpoint"`
	// MaxConnections bounds the clients of a tcp listener; 0 is the default, 1024.
	MaxConnections int `mapstructure:"max_connections"`
}

// Check reports everything that is wrong, each with its path; path is that of the listener.
func (c *Config) Check(path string) error {
	var errs []error
	bad := func(key, format string, args ...any) {
		errs = append(errs, fmt.Errorf("%s::%s: %w", path, key, fmt.Errorf(format, args...)))
	}
	switch c.Transport {
	case confignet.TransportTypeUDP, confignet.TransportTypeTCP:
	case "":
		bad("transport", "set it to udp or tcp")
	default:
		bad("transport", "%q is not supported by this version; it knows udp and tcp", c.Transport)
	}
	if err := checkEndpoint(c.Endpoint); err != nil {
		bad("endpoint", "%w", err)
	}
	switch {
	case c.MaxConnections < 0:
		bad("max_connections", "%d is negative", c.MaxConnections)
	case c.MaxConnections > 0 && c.Transport == confignet.TransportTypeUDP:
		bad("max_connections", "udp has no connections")
	}
	return errors.Join(errs...)
}

// Same reports whether two listeners want the same port of the same address.
func (c *Config) Same(o *Config) bool {
	_, port, _ := net.SplitHostPort(c.Endpoint)
	return c.Transport == o.Transport && c.Endpoint == o.Endpoint && port != "0"
}

func checkEndpoint(endpoint string) error {
	if endpoint == "" {
		return errors.New("set it to host:port")
	}
	_, port, err := net.SplitHostPort(endpoint)
	if err != nil {
		return err
	}
	if n, err := strconv.Atoi(port); err != nil || n < 0 || n > 65535 {
		return fmt.Errorf("%q: the port is not a number from 0 to 65535", endpoint)
	}
	return nil
}
