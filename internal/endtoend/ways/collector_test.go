// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package ways

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/confmap/provider/envprovider"
	"go.opentelemetry.io/collector/confmap/provider/fileprovider"
	"go.opentelemetry.io/collector/confmap/provider/yamlprovider"
	"go.opentelemetry.io/collector/otelcol"
	"go.opentelemetry.io/collector/receiver/otlpreceiver"
	"go.yaml.in/yaml/v3"

	"github.com/proxylog/proxylog/internal/format/formattest"
	"github.com/proxylog/proxylog/internal/porttest"
	"github.com/proxylog/proxylog/internal/yamlcheck"
)

// example reads the Collector's configuration in a file under examples/.
func example(t *testing.T, name string) (text string, config map[string]any) {
	t.Helper()
	found, err := yamlcheck.Configs(string(formattest.Read(t, filepath.Join(formattest.Testdata(".."), "examples", filepath.FromSlash(name)))))
	require.NoError(t, err)
	require.Len(t, found, 1, name)
	require.NoError(t, yaml.Unmarshal([]byte(found[0]), &config))
	return found[0], config
}

// below puts a directory before each pattern of files that a configuration reads, so that the patterns are used as they
// stand; it returns the changes as YAML.
func below(t *testing.T, config map[string]any, dir string) string {
	t.Helper()
	changes := map[string]any{}
	receivers, _ := config["receivers"].(map[string]any)
	for id, r := range receivers {
		settings, _ := r.(map[string]any)
		var put func(patterns []any) map[string]any
		put = func(patterns []any) map[string]any {
			var out []any
			for _, p := range patterns {
				out = append(out, dir+p.(string))
			}
			return map[string]any{"include": out, "poll_interval": "20ms"}
		}
		if include, ok := settings["include"].([]any); ok {
			changes[id] = put(include)
		}
		if file, ok := settings["file"].(map[string]any); ok {
			changes[id] = map[string]any{"file": put(file["include"].([]any))}
		}
	}
	if len(changes) == 0 {
		return "{}"
	}
	raw, err := yaml.Marshal(map[string]any{"receivers": changes})
	require.NoError(t, err)
	return string(raw)
}

// quiet keeps a Collector's own metrics and messages out of the test.
const quiet = "service: {telemetry: {metrics: {level: none}, logs: {level: error}}}"

// run runs a configuration with changes, until the end of the test or stop.
func run(t *testing.T, config string, changes ...string) (stop func()) {
	t.Helper()
	dir := t.TempDir()
	var uris []string
	for i, text := range append([]string{config}, append(changes, quiet)...) {
		path := filepath.Join(dir, fmt.Sprintf("%d.yaml", i))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		uris = append(uris, "file:"+path)
	}
	c, err := otelcol.NewCollector(otelcol.CollectorSettings{
		Factories:               func() (otelcol.Factories, error) { return components() },
		BuildInfo:               component.NewDefaultBuildInfo(),
		DisableGracefulShutdown: true,
		ConfigProviderSettings: otelcol.ConfigProviderSettings{ResolverSettings: confmap.ResolverSettings{
			URIs:              uris,
			ProviderFactories: []confmap.ProviderFactory{envprovider.NewFactory(), fileprovider.NewFactory(), yamlprovider.NewFactory()},
		}},
	})
	require.NoError(t, err)
	done := make(chan error, 1)
	go func() { done <- c.Run(context.Background()) }()
	require.Eventually(t, func() bool {
		select {
		case err := <-done:
			done <- err
			return true
		default:
			return c.GetState() == otelcol.StateRunning
		}
	}, patience, 10*time.Millisecond)
	require.Equal(t, otelcol.StateRunning, c.GetState(), "the Collector did not start: %v", first(done))
	stopped := false
	stop = func() {
		if !stopped {
			stopped = true
			c.Shutdown()
			assert.NoError(t, <-done)
		}
	}
	t.Cleanup(stop)
	return stop
}

// first is what a channel holds, if anything.
func first(c chan error) error {
	select {
	case err := <-c:
		return err
	default:
		return nil
	}
}

// destination is an OTLP server that takes what an example exports.
func destination(t *testing.T) (*sink, string) {
	t.Helper()
	got, endpoint := new(sink), porttest.Take(t)
	start(t, otlpreceiver.NewFactory(), fmt.Sprintf("protocols: {grpc: {endpoint: %q}}", endpoint), got, nil)
	return got, endpoint
}

// examples are the files under examples/ that hold a configuration of the Collector.
func examples(t *testing.T) (out []string) {
	t.Helper()
	root := filepath.Join(formattest.Testdata(".."), "examples")
	for _, pattern := range []string{"*.yaml", "*/*.yaml"} {
		files, err := filepath.Glob(filepath.Join(root, pattern))
		require.NoError(t, err)
		for _, file := range files {
			rel, err := filepath.Rel(root, file)
			require.NoError(t, err)
			if !strings.HasPrefix(rel, "builder-config") {
				out = append(out, filepath.ToSlash(rel))
			}
		}
	}
	return out
}
