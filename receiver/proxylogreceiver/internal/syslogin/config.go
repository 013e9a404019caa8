// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package syslogin

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"go.opentelemetry.io/collector/config/confignet"
	"go.opentelemetry.io/collector/config/configoptional"
	"go.opentelemetry.io/collector/config/configtls"

	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/stanza/operator/helper"

	"github.com/proxylog/proxylog/receiver/proxylogreceiver/internal/listener"
)

const (
	// defaultConnections is how many clients of a tcp listener are served at the same time.
	defaultConnections = 1024
	// defaultReadBuffer is asked of the kernel for a udp socket, in bytes, for when lines come in a burst.
	defaultReadBuffer = 4 << 20
	// maxReadBuffer is the most that may be asked for, in bytes.
	maxReadBuffer = 1 << 30
	// defaultMode lets the owner of a unixgram socket and its group send.
	defaultMode = 0o660
	// maxPath is the longest path of a socket, in bytes, that every system takes.
	maxPath = 103
)

// Config is one listener.
type Config struct {
	// Transport is udp, tcp or unixgram.
	Transport confignet.TransportType `mapstructure:"transport"`
	// Endpoint is host:port, where an empty host is every address of this machine; with unixgram, the socket's path.
	Endpoint string `mapstructure:"endpoint"`
	// MaxConnections bounds the clients of a tcp listener; 0 is the default, 1024.
	MaxConnections int `mapstructure:"max_connections"`
	// TLS is that of a tcp listener. With a client_ca_file, clients must show a certificate.
	TLS configoptional.Optional[configtls.ServerConfig] `mapstructure:"tls"`
	// ReadBufferSize is asked of the kernel for a udp socket; 0 is the default, 4 MiB. The kernel may give less.
	ReadBufferSize helper.ByteSize `mapstructure:"read_buffer_size"`
	// Mode is who may send to a unixgram socket, as chmod takes it in digits; empty is the default, 0660.
	Mode string `mapstructure:"mode"`
}

// Check reports everything that is wrong, each with its path; path is that of the listener.
func (c *Config) Check(path string) error {
	var errs []error
	bad := func(key, format string, args ...any) {
		errs = append(errs, fmt.Errorf("%s::%s: %w", path, key, fmt.Errorf(format, args...)))
	}
	only := func(key string, isSet bool, transport confignet.TransportType, reason string) {
		if isSet && c.Transport != transport {
			bad(key, "%s", reason)
		}
	}
	check := listener.CheckEndpoint
	switch c.Transport {
	case confignet.TransportTypeUDP, confignet.TransportTypeTCP:
	case confignet.TransportTypeUnixgram:
		check = checkPath
	case "":
		bad("transport", "set it to udp, tcp or unixgram")
	default:
		bad("transport", "%q is not supported; it knows udp, tcp and unixgram", c.Transport)
		check = func(string) error { return nil }
	}
	if err := check(c.Endpoint); err != nil {
		bad("endpoint", "%w", err)
	}
	if c.MaxConnections < 0 {
		bad("max_connections", "%d is negative", c.MaxConnections)
	}
	if n := c.ReadBufferSize; n < 0 || n > maxReadBuffer {
		bad("read_buffer_size", "%d is not between 0 and %d bytes", n, maxReadBuffer)
	}
	if _, err := c.mode(); err != nil {
		bad("mode", "%w", err)
	}
	if c.Transport != "" {
		only("max_connections", c.MaxConnections > 0, confignet.TransportTypeTCP, string(c.Transport)+" has no connections")
		only("tls", c.TLS.HasValue(), confignet.TransportTypeTCP, "only tcp can have it")
		only("read_buffer_size", c.ReadBufferSize > 0, confignet.TransportTypeUDP, "only udp can have it")
		only("mode", c.Mode != "", confignet.TransportTypeUnixgram, "only unixgram can have it")
	}
	return errors.Join(errs...)
}

// Same reports whether two listeners want the same port of the same address, or the same path.
func (c *Config) Same(o *Config) bool {
	if c.Transport == confignet.TransportTypeUnixgram {
		return o.Transport == c.Transport && filepath.Clean(c.Endpoint) == filepath.Clean(o.Endpoint)
	}
	_, port, _ := net.SplitHostPort(c.Endpoint)
	return c.Transport == o.Transport && c.Endpoint == o.Endpoint && port != "0"
}

// mode is who may send to a unixgram socket.
func (c *Config) mode() (os.FileMode, error) {
	if c.Mode == "" {
		return defaultMode, nil
	}
	n, err := strconv.ParseUint(strings.TrimPrefix(c.Mode, "0o"), 8, 32)
	if err != nil || n > 0o777 {
		return 0, fmt.Errorf("%q is not a mode in octal digits, such as \"0660\" (in quotes)", c.Mode)
	}
	return os.FileMode(n), nil
}

func checkPath(path string) error {
	switch {
	case path == "":
		return errors.New("set it to the path of the socket")
	case !filepath.IsAbs(path):
		return fmt.Errorf("%q is not an absolute path", path)
	case len(path) > maxPath:
		return fmt.Errorf("%q is longer than %d bytes, which a socket's path may not be", path, maxPath)
	}
	return nil
}
