// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package fluentin

import (
	"errors"
	"fmt"

	"go.opentelemetry.io/collector/config/configopaque"
	"go.opentelemetry.io/collector/config/configoptional"
	"go.opentelemetry.io/collector/config/configtls"
	"go.opentelemetry.io/collector/confmap"

	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/stanza/operator/helper"

	"github.com/proxylog/proxylog/receiver/proxylogreceiver/internal/listener"
)

// Config is a listener of the fluentd forward protocol and who may send to it.
type Config struct {
	// Endpoint is host:port, where an empty host is every address of this machine.
	Endpoint string `mapstructure:"endpoint"`
	// TLS is that of the listener. With a client_ca_file, clients must show a certificate.
	TLS configoptional.Optional[configtls.ServerConfig] `mapstructure:"tls"`
	// SharedKey is what clients must know; empty: there is no handshake.
	SharedKey configopaque.String `mapstructure:"shared_key"`
	// Users are those of whom clients must also know one; empty: the shared key is enough.
	Users []User `mapstructure:"users"`
	// Hostname is what the listener calls itself in the handshake; empty is the name of this machine.
	Hostname string `mapstructure:"hostname"`
	// MaxConnections bounds the clients that are served at the same time.
	MaxConnections int `mapstructure:"max_connections"`
	// MaxMessageBytes bounds a message, which may hold many records, as it comes and unpacked.
	MaxMessageBytes helper.ByteSize `mapstructure:"max_message_bytes"`
}

// User is a name and its password.
type User struct {
	Username string              `mapstructure:"username"`
	Password configopaque.String `mapstructure:"password"`
}

const (
	// defaultEndpoint is where it listens unless another endpoint is configured; the port is fluentd's.
	defaultEndpoint    = "localhost:24224"
	defaultConnections = 256
	maxConnections     = 65536
	// defaultMessage is twice what fluentd puts into a message by default, in bytes.
	defaultMessage = 16 << 20
	// minMessage holds a record of g3proxy; maxMessage is what a length may be, in bytes.
	minMessage = 64 << 10
	maxMessage = 1 << 30
	// maxUsers and maxHostname bound what a handshake costs.
	maxUsers    = 1024
	maxHostname = 255
)

// NewConfig is the default configuration.
func NewConfig() Config {
	return Config{Endpoint: defaultEndpoint, MaxConnections: defaultConnections, MaxMessageBytes: defaultMessage}
}

// Unmarshal implements confmap.Unmarshaler: a shared_key that is there and empty, such as that of an environment variable
// which is not set, is an error, since without a key everybody may send.
func (c *Config) Unmarshal(conf *confmap.Conf) error {
	if err := conf.Unmarshal(c); err != nil {
		return err
	}
	if conf.IsSet("shared_key") && c.SharedKey == "" {
		return errors.New("fluent::shared_key: it is empty; leave the key out to let everybody send without a handshake")
	}
	return nil
}

// Check reports everything that is wrong, each with its path; path is that of the input.
func (c *Config) Check(path string) error {
	var errs []error
	bad := func(key, format string, args ...any) {
		errs = append(errs, fmt.Errorf("%s::%s: %w", path, key, fmt.Errorf(format, args...)))
	}
	if err := listener.CheckEndpoint(c.Endpoint); err != nil {
		bad("endpoint", "%w", err)
	}
	if n := c.MaxConnections; n < 1 || n > maxConnections {
		bad("max_connections", "%d is not between 1 and %d", n, maxConnections)
	}
	if n := c.MaxMessageBytes; n < minMessage || n > maxMessage {
		bad("max_message_bytes", "%d is not between %d and %d bytes", n, minMessage, maxMessage)
	}
	if n := len(c.Hostname); n > maxHostname {
		bad("hostname", "it is longer than %d bytes", maxHostname)
	}
	switch n := len(c.Users); {
	case n > maxUsers:
		bad("users", "%d are more than %d", n, maxUsers)
	case n > 0 && c.SharedKey == "":
		bad("users", "needs shared_key, which is not set: without it there is no handshake")
	}
	seen := make(map[string]bool)
	for i, u := range c.Users {
		switch {
		case u.Username == "":
			bad(fmt.Sprintf("users[%d]::username", i), "set it")
		case seen[u.Username]:
			bad(fmt.Sprintf("users[%d]::username", i), "%q is there twice", u.Username)
		}
		if u.Password == "" {
			bad(fmt.Sprintf("users[%d]::password", i), "set it")
		}
		seen[u.Username] = true
	}
	return errors.Join(errs...)
}
