// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package httpin

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"go.opentelemetry.io/collector/config/confighttp"
	"go.opentelemetry.io/collector/config/confignet"
	"go.opentelemetry.io/collector/config/configopaque"
	"go.opentelemetry.io/collector/config/configoptional"
	"go.opentelemetry.io/collector/confmap"

	"github.com/proxylog/proxylog/receiver/proxylogreceiver/internal/listener"
)

// Config is the HTTP server and who may send to it.
type Config struct {
	// Server is where it listens, TLS, authentication extensions and the limits of a request.
	Server confighttp.ServerConfig `mapstructure:",squash"`
	// Path is the path of requests; others are answered with 404. "/" takes every path.
	Path string `mapstructure:"path"`
	// MaxConcurrentRequests bounds the requests whose bodies are in memory.
	MaxConcurrentRequests int `mapstructure:"max_concurrent_requests"`
	// EdgeOneAuth lets in only requests that EdgeOne has signed.
	EdgeOneAuth configoptional.Optional[Auth] `mapstructure:"edgeone_auth"`
}

// Auth is what EdgeOne's signatures are checked with.
type Auth struct {
	// Secrets are those that hold; several while one is replaced by another.
	Secrets []Secret `mapstructure:"secrets"`
	// MaxSkew is how far the time of a signature may be from now, in either direction.
	MaxSkew time.Duration `mapstructure:"max_skew"`
}

// Secret is a pair from EdgeOne's console.
type Secret struct {
	// ID is the SecretId, which requests carry as access_key.
	ID string `mapstructure:"id"`
	// Key is the SecretKey, which requests are signed with.
	Key configopaque.String `mapstructure:"key"`
}

const (
	// defaultEndpoint is where it listens unless another endpoint is configured.
	defaultEndpoint = "localhost:8088"
	// defaultBody is the size of a body, unpacked, in bytes.
	defaultBody = 20 << 20
	// maxBody is the most that may be configured, in bytes.
	maxBody = 1 << 30
	// defaultRequests keep the memory for bodies below 20 MiB each.
	defaultRequests = 32
	maxRequests     = 4096
	// maxSecrets bounds what is computed for each request.
	maxSecrets = 64
	// minSkew and maxSkew bound the window of a signature.
	minSkew = time.Second
	maxSkew = 24 * time.Hour
)

// NewConfig is the default configuration. Unlike those of confighttp, its timeouts bound how long a slow client may hold
// the place of a request, and its compressions are those that are unpacked as they are read.
func NewConfig() Config {
	server := confighttp.NewDefaultServerConfig()
	server.NetAddr.Endpoint = defaultEndpoint
	server.MaxRequestBodySize = defaultBody
	server.ReadTimeout = 30 * time.Second
	server.WriteTimeout = time.Minute
	server.CompressionAlgorithms = []string{"", "gzip", "zstd", "zlib", "deflate"}
	return Config{
		Server: server, Path: "/", MaxConcurrentRequests: defaultRequests,
		EdgeOneAuth: configoptional.Default(Auth{MaxSkew: 300 * time.Second}),
	}
}

// keys are those of a Config. Its server has no method Unmarshal, which would let keys pass that nobody knows.
type keys struct {
	Server                serverKeys                    `mapstructure:",squash"`
	Path                  string                        `mapstructure:"path"`
	MaxConcurrentRequests int                           `mapstructure:"max_concurrent_requests"`
	EdgeOneAuth           configoptional.Optional[Auth] `mapstructure:"edgeone_auth"`
}

type serverKeys confighttp.ServerConfig

// Unmarshal implements confmap.Unmarshaler: a key that nobody knows is an error.
func (c *Config) Unmarshal(conf *confmap.Conf) error {
	if err := conf.Unmarshal(new(keys)); err != nil {
		return err
	}
	return conf.Unmarshal(c)
}

// Check reports everything that is wrong, each with its path; path is that of the input.
func (c *Config) Check(path string) error {
	var errs []error
	bad := func(key, format string, args ...any) {
		errs = append(errs, fmt.Errorf("%s::%s: %w", path, key, fmt.Errorf(format, args...)))
	}
	if c.Server.NetAddr.Transport != confignet.TransportTypeUnix {
		if err := listener.CheckEndpoint(c.Server.NetAddr.Endpoint); err != nil {
			bad("endpoint", "%w", err)
		}
	}
	for _, d := range []struct {
		key   string
		value time.Duration
	}{
		{"read_timeout", c.Server.ReadTimeout},
		{"read_header_timeout", c.Server.ReadHeaderTimeout},
		{"write_timeout", c.Server.WriteTimeout},
	} {
		if d.value < 0 {
			bad(d.key, "%s is negative; 0 is without a bound", d.value)
		}
	}
	for i, name := range c.Server.CompressionAlgorithms {
		if !slices.Contains(compressions(), name) {
			bad(fmt.Sprintf("compression_algorithms[%d]", i), "%q is none of %s", name, strings.Join(compressions()[1:], ", "))
		}
	}
	if n := c.Server.MaxRequestBodySize; n < 0 || n > maxBody {
		bad("max_request_body_size", "%d is not between 0 (%d) and %d bytes", n, defaultBody, maxBody)
	}
	if n := c.MaxConcurrentRequests; n < 1 || n > maxRequests {
		bad("max_concurrent_requests", "%d is not between 1 and %d", n, maxRequests)
	}
	if err := checkPath(c.Path); err != nil {
		bad("path", "%w", err)
	}
	if auth := c.EdgeOneAuth.Get(); auth != nil {
		auth.check(func(key, format string, args ...any) { bad("edgeone_auth::"+key, format, args...) })
	}
	return errors.Join(errs...)
}

// compressions are those that confighttp knows; the first is none. It takes any other name, and fails at the first request.
func compressions() []string {
	return []string{"", "gzip", "zstd", "zlib", "snappy", "deflate", "lz4", "x-snappy-framed"}
}

func checkPath(path string) error {
	if !strings.HasPrefix(path, "/") {
		return fmt.Errorf("%q does not begin with /", path)
	}
	u, err := url.ParseRequestURI(path)
	if err != nil {
		return err
	}
	if u.Path != path {
		return fmt.Errorf("%q is more than a path", path)
	}
	return nil
}

func (a *Auth) check(bad func(key, format string, args ...any)) {
	if a.MaxSkew < minSkew || a.MaxSkew > maxSkew {
		bad("max_skew", "%s is not between %s and %s", a.MaxSkew, minSkew, maxSkew)
	}
	if n := len(a.Secrets); n == 0 || n > maxSecrets {
		bad("secrets", "list 1 to %d of them, each with an id and a key", maxSecrets)
	}
	for i, s := range a.Secrets {
		if s.ID == "" {
			bad(fmt.Sprintf("secrets[%d]::id", i), "set it to the SecretId")
		}
		if s.Key == "" {
			bad(fmt.Sprintf("secrets[%d]::key", i), "set it to the SecretKey")
		}
		for k := range i {
			if a.Secrets[k] == s {
				bad(fmt.Sprintf("secrets[%d]", i), "it is secrets[%d] once more", k)
			}
		}
	}
}
