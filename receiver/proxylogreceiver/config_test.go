// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package proxylogreceiver

import (
	"net"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/config/configoptional"
	"go.opentelemetry.io/collector/config/configtls"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/confmap/confmaptest"
	"go.opentelemetry.io/collector/receiver/receivertest"

	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/stanza/operator/helper"

	"github.com/proxylog/proxylog/receiver/proxylogreceiver/internal/fluentin"
	"github.com/proxylog/proxylog/receiver/proxylogreceiver/internal/httpin"
	"github.com/proxylog/proxylog/receiver/proxylogreceiver/internal/syslogin"
)

func load(t *testing.T, name string) (*Config, error) {
	t.Helper()
	file, err := confmaptest.LoadConf(filepath.Join("testdata", "config.yaml"))
	require.NoError(t, err)
	sub, err := file.Sub(name)
	require.NoError(t, err)
	require.NotEmpty(t, sub.ToStringMap(), "testdata/config.yaml has no %s", name)
	cfg := createDefaultConfig().(*Config)
	return cfg, sub.Unmarshal(cfg)
}

func TestConfigFull(t *testing.T) {
	cfg, err := load(t, "full")
	require.NoError(t, err)
	require.NoError(t, confmap.Validate(cfg))
	assert.Equal(t, "haproxy", cfg.Decode.Format)
	assert.Equal(t, "drop", cfg.Decode.OnError)
	assert.Equal(t, map[string]string{"service.name": "edge"}, cfg.Decode.Resource)
	assert.Equal(t, component.MustNewID("file_storage"), *cfg.Storage)
	assert.Equal(t, helper.ByteSize(256<<10), cfg.MaxLineBytes)
	f := cfg.File.Get().Consumer
	assert.Equal(t, []string{"/var/log/haproxy.log*"}, f.Include)
	assert.Equal(t, time.Second, f.PollInterval)
	assert.Equal(t, "read_whole_file", f.OnTruncate)
	assert.True(t, f.IncludeFileName)
	assert.True(t, f.IncludeFilePath)
	assert.Equal(t, helper.ByteSize(2000), f.FingerprintSize)
	require.Len(t, cfg.Syslog, 4)
	assert.Equal(t, helper.ByteSize(8<<20), cfg.Syslog[0].ReadBufferSize)
	assert.Equal(t, "/etc/proxylog/ca.pem", cfg.Syslog[2].TLS.Get().ClientCAFile)
	assert.True(t, cfg.Syslog[2].TLS.Get().ReloadClientCAFile)
	assert.Equal(t, "0622", cfg.Syslog[3].Mode)
	assert.Equal(t, "localhost:5141", cfg.Syslog[1].Endpoint)
	assert.Equal(t, 100, cfg.Syslog[1].MaxConnections)
	assert.Equal(t, fluentin.Config{
		Endpoint: "localhost:24225", SharedKey: "secret", Users: []fluentin.User{{Username: "a", Password: "b"}}, Hostname: "sink",
		MaxConnections: 10, MaxMessageBytes: 1 << 20,
	}, *cfg.Fluent.Get())
	in := cfg.HTTP.Get()
	assert.Equal(t, "localhost:8089", in.Server.NetAddr.Endpoint)
	assert.Equal(t, "/edgeone", in.Path)
	assert.Equal(t, int64(1_000_000), in.Server.MaxRequestBodySize)
	assert.Equal(t, 4, in.MaxConcurrentRequests)
	assert.Equal(t, 30*time.Second, in.Server.ReadTimeout)
	assert.Equal(t, "/etc/proxylog/server.pem", in.Server.TLS.Get().CertFile)
	assert.Equal(t, time.Minute, in.EdgeOneAuth.Get().MaxSkew)
	assert.Equal(t, []httpin.Secret{{ID: "a", Key: "b"}, {ID: "a", Key: "c"}}, in.EdgeOneAuth.Get().Secrets)
}

// TestConfigDefaults has a default for everything but an input.
func TestConfigDefaults(t *testing.T) {
	require.NoError(t, componenttest.CheckConfigStruct(createDefaultConfig()))
	cfg, err := load(t, "least")
	require.NoError(t, err)
	require.NoError(t, confmap.Validate(cfg))
	assert.Equal(t, helper.ByteSize(1<<20), cfg.MaxLineBytes)
	assert.Equal(t, "auto", cfg.Decode.Format)
	assert.Equal(t, "end", cfg.File.Get().Consumer.StartAt)
	assert.Nil(t, cfg.Storage)
	assert.False(t, cfg.HTTP.HasValue())
	assert.False(t, cfg.Fluent.HasValue())
}

// TestConfigErrors names the path of everything that is wrong, as the Collector prints it.
func TestConfigErrors(t *testing.T) {
	for name, want := range map[string][]string{
		"no_input":      {"no input: set one of file, syslog, http, fluent"},
		"file_empty":    {"file::include: name at least one file or pattern"},
		"wrong_choices": {"format: \"nosuch\" is neither auto", "file::include: "},
		"wrong_output":  {"body: \"all\"", "timestamp: \"middle\"", "on_error: \"panic\"", "trace_id: \"yes\"", "envelope: \"paper\""},
		"wrong_limits":  {"max_line_bytes: 10 is not between", "file::start_at: \"now\"", "file::poll_interval: -1s"},
		"wrong_file": {
			"file::poll_interval: 7ns is less than 1ms; a number needs a unit", "file::exclude_older_than: -5s is negative",
			"file::fingerprint_size: 7 is not between 16 and 1048576 bytes", "file::on_truncate: \"nothing\" is none of read_whole_file, read_new, ignore",
			"file::exclude[0]: \"a[\" is no pattern",
		},
		"wrong_http_server": {
			"http::endpoint: address 8088: missing port", "http::read_timeout: -1s is negative", "http::read_header_timeout: -2s is negative",
			"http::write_timeout: -3s is negative", "http::compression_algorithms[1]: \"brotli\" is none of gzip, zstd",
		},
		"refused_keys": {"file::delete_after_read: not accepted", "file::compression: not accepted", "file::multiline: not accepted"},
		"wrong_listener": {
			"syslog[0]::transport: \"unix\" is not supported", "syslog[1]::transport: set it", "syslog[1]::endpoint: set it",
			"syslog[2]::endpoint: \"localhost:http\"", "syslog[3]::max_connections: udp", "syslog[3]::mode: only unixgram",
			"syslog[4]::endpoint: \"proxylog.sock\" is not an absolute path", "syslog[4]::mode: \"0999\" is not a mode",
			"syslog[4]::read_buffer_size: only udp", "syslog[5]::read_buffer_size: 2147483648 is not between",
			"syslog[5]::tls: only tcp", "syslog::6::tls: ", "syslog::7::tls: ",
		},
		"wrong_http": {
			"http::endpoint: set it", "http::path: \"edgeone\" does not begin with /", "http::max_request_body_size: -1",
			"http::max_concurrent_requests: 0 is not between", "http::edgeone_auth::max_skew: 0s is not between",
			"http::edgeone_auth::secrets[0]::key: set it", "http::edgeone_auth::secrets[1]::id: set it",
			"http::edgeone_auth::secrets[3]: it is secrets[2] once more",
		},
		"wrong_fluent": {
			"fluent::endpoint: \"localhost:http\"", "fluent::max_connections: 0 is not between", "fluent::max_message_bytes: 10 is not between",
			"fluent::users: needs shared_key", "fluent::users[0]::password: set it", "fluent::users[1]::username: set it",
			"fluent::users[2]::username: \"a\" is there twice",
		},
		"no_secrets":    {"http::path: \"/edgeone?a=b\" is more than a path", "http::edgeone_auth::secrets: list 1 to 64 of them, each with an id and a key"},
		"archive_alone": {"file::polls_to_archive: needs storage"},
		"same_listener": {"syslog[1]::endpoint: udp localhost:5140 is taken by syslog[0]", "syslog[3]::endpoint: unixgram /run//a.sock is taken by syslog[2]"},
	} {
		t.Run(name, func(t *testing.T) {
			cfg, err := load(t, name)
			require.NoError(t, err)
			err = confmap.Validate(cfg)
			for _, w := range want {
				assert.ErrorContains(t, err, w)
			}
			if err != nil {
				assert.NotContains(t, err.Error(), "decode::", "a path that no configuration has")
			}
		})
	}
	for name, want := range map[string]string{
		"unknown_key":      "https",
		"unknown_http_key": "endpoints",
		"unknown_auth_key": "secret",
		"unknown_fluent":   "sharedkey",
		"empty_fluent_key": "fluent::shared_key: it is empty",
		"unknown_file_key": "includes",
		"unknown_tls":      "certificate",
		"mode_unquoted":    "mode",
		"bad_size":         "max_line_bytes",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := load(t, name)
			assert.ErrorContains(t, err, want)
		})
	}
}

// TestStorageErrors fails the start where the storage is not there or is none.
func TestStorageErrors(t *testing.T) {
	cfg := fileConfig(filepath.Join(t.TempDir(), "*.log"))
	cfg.Storage = &storageID
	r, err := NewFactory().CreateLogs(t.Context(), receivertest.NewNopSettings(NewFactory().Type()), cfg, newSink())
	require.NoError(t, err)
	require.ErrorContains(t, r.Start(t.Context(), hostWith(nil)), `storage: there is no extension "memory"; it has to stand in extensions and in service::extensions`)
	other := host{storageID: struct {
		component.StartFunc
		component.ShutdownFunc
	}{}}
	require.ErrorContains(t, r.Start(t.Context(), other), `storage: the extension "memory" is not a storage`)
	require.NoError(t, r.Shutdown(t.Context()))
}

// TestListenErrors name the one of several listeners that cannot be opened.
func TestListenErrors(t *testing.T) {
	taken, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer taken.Close()
	missing := filepath.Join(t.TempDir(), "missing")
	tls := configoptional.Some(configtls.ServerConfig{Config: configtls.Config{CertFile: missing, KeyFile: missing}})
	for want, change := range map[string]func(*Config){
		"syslog[1]: listen tcp ": func(cfg *Config) {
			cfg.Syslog = append(cfg.Syslog, syslogin.Config{Transport: "tcp", Endpoint: taken.Addr().String()})
		},
		"syslog[1]: listen unixgram " + missing: func(cfg *Config) {
			cfg.Syslog = append(cfg.Syslog, syslogin.Config{Transport: "unixgram", Endpoint: missing + "/there.sock"})
		},
		"fluent: listen tcp ": func(cfg *Config) { cfg.Fluent.GetOrInsertDefault().Endpoint = taken.Addr().String() },
		"fluent::tls: ":       func(cfg *Config) { cfg.Fluent.GetOrInsertDefault().TLS = tls },
	} {
		cfg := syslogConfig("udp", "127.0.0.1:0")
		change(cfg)
		r, err := NewFactory().CreateLogs(t.Context(), receivertest.NewNopSettings(NewFactory().Type()), cfg, newSink())
		require.NoError(t, err)
		require.ErrorContains(t, r.Start(t.Context(), hostWith(nil)), want)
		require.NoError(t, r.Shutdown(t.Context()))
	}
}
