// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package yamlcheck

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/proxylog/proxylog/internal/decode"
	"github.com/proxylog/proxylog/internal/format"
)

const root = "../.."

// TestConfigurationsAreValid holds every Collector configuration in a Markdown file and under examples/ against the
// distribution.
func TestConfigurationsAreValid(t *testing.T) {
	lean := distribution(t, "bin/otelcol-proxylog")
	checked := 0
	for _, b := range blocks(t) {
		configs, err := Configs(b.text)
		if !assert.NoErrorf(t, err, "%s is no YAML", b.where) {
			continue
		}
		for i, config := range configs {
			checked++
			t.Run(b.where+"#"+strconv.Itoa(i), func(t *testing.T) {
				binary := lean
				if strings.Contains(b.text, full) {
					// internal/endtoend/ways runs these with the components themselves, whether it is built or not.
					binary = distribution(t, full)
				}
				file := filepath.Join(t.TempDir(), "config.yaml")
				require.NoError(t, os.WriteFile(file, []byte(config), 0o600))
				// What the examples take from the environment and cannot have a default.
				t.Setenv("EDGEONE_SECRET_ID", "an-id")
				t.Setenv("EDGEONE_SECRET_KEY", "a-key")
				t.Setenv("FLUENT_SHARED_KEY", "a-key")
				t.Setenv("FLUENT_PASSWORD", "a-password")
				out, err := exec.CommandContext(t.Context(), binary, "validate", "--config="+file).CombinedOutput()
				assert.NoErrorf(t, err, "%s\nthe configuration as validated:\n%s", out, config)
			})
		}
	}
	assert.Positive(t, checked, "no configuration found: the search is broken")
}

// full is where the distribution is built that examples with more components name in their comments.
const full = "build/full/otelcol-proxylog-full"

// distribution is the path of a Collector; a test without it is skipped.
func distribution(t *testing.T, name string) string {
	t.Helper()
	binary, err := filepath.Abs(filepath.Join(root, filepath.FromSlash(name)))
	require.NoError(t, err)
	if _, err := os.Stat(binary); err != nil {
		t.Skipf("the distribution is not built (make build; examples/builder-config-full.yaml): %v", err)
	}
	return binary
}

// TestTheDistributionRefuses proves that the check above can fail: a key that does not exist is refused.
func TestTheDistributionRefuses(t *testing.T) {
	binary := distribution(t, "bin/otelcol-proxylog")
	configs, err := Configs("receivers: {proxylog: {file: {include: [a.log]}, no_such_key: 1}}")
	require.NoError(t, err)
	require.Len(t, configs, 1)
	file := filepath.Join(t.TempDir(), "config.yaml")
	require.NoError(t, os.WriteFile(file, []byte(configs[0]), 0o600))
	out, err := exec.CommandContext(t.Context(), binary, "validate", "--config="+file).CombinedOutput()
	require.Error(t, err)
	assert.Contains(t, string(out), "no_such_key")
}

func TestFenced(t *testing.T) {
	got := fenced("a.md", "text\n```yaml\na: 1\n```\n```sh\nb\n```\n- item\n  ```yaml title\n  c:\n    d: 2\n  ```\n")
	assert.Equal(t, []block{{where: "a.md:3", text: "a: 1\n"}, {where: "a.md:10", text: "c:\n  d: 2\n"}}, got)
}

func TestConfigs(t *testing.T) {
	for name, tt := range map[string]struct {
		text string
		want []string
	}{
		"part": {
			"processors: {session_stitch: {}}",
			[]string{`{exporters: {nop: null}, processors: {session_stitch: {}}, receivers: {otlp: {protocols: {grpc: {}}}},
				service: {pipelines: {logs: {receivers: [otlp], processors: [session_stitch], exporters: [nop]}}}}`},
		},
		"extension": {
			"receivers: {a: {}}\nextensions: {b: {}}\nexporters: {c: {}}",
			[]string{`{exporters: {c: {}}, extensions: {b: {}}, receivers: {a: {}},
				service: {extensions: [b], pipelines: {logs: {receivers: [a], processors: [], exporters: [c]}}}}`},
		},
		"whole":   {"service: {telemetry: {}}", []string{"service: {telemetry: {}}"}},
		"several": {"service: {a: 1}\n---\nservice: {a: 2}", []string{"service: {a: 1}", "service: {a: 2}"}},
		"builder": {"receivers:\n  - gomod: x v1", nil},
		"other":   {"kind: ConfigMap", nil},
		"ConfigMap": {
			"kind: ConfigMap\ndata:\n  a.yaml: |\n    service: {a: 1}\n  b.txt: hello\n---\nkind: Secret\ndata: {a.yaml: 'service: {a: 2}'}",
			[]string{"service: {a: 1}"},
		},
		"values": {"mode: daemonset\nalternateConfig: {service: {a: 1}}", []string{"service: {a: 1}"}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Configs(tt.text)
			require.NoError(t, err)
			require.Len(t, got, len(tt.want))
			for i := range got {
				assert.YAMLEq(t, tt.want[i], got[i])
			}
		})
	}
}

// TestBuilderConfigsAgree: the full distribution is the lean one and more, with the same versions.
func TestBuilderConfigsAgree(t *testing.T) {
	lean, full := builderConfig(t, "builder-config.yaml"), builderConfig(t, "examples/builder-config-full.yaml")
	for kind, modules := range lean {
		for _, m := range modules {
			assert.Containsf(t, full[kind], m, "examples/builder-config-full.yaml lacks %s of %s", m, kind)
		}
	}
	assert.Greater(t, len(full["receivers"]), len(lean["receivers"]))
}

// builderConfig returns, per kind of component, the module and import path of each entry.
func builderConfig(t *testing.T, name string) map[string][]string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(root, name))
	require.NoError(t, err)
	var doc map[string]yaml.Node
	require.NoError(t, yaml.Unmarshal(raw, &doc))
	out := map[string][]string{}
	for kind, node := range doc {
		if node.Kind != yaml.SequenceNode || kind == "replaces" {
			continue
		}
		var entries []struct{ GoMod, Import string }
		require.NoError(t, node.Decode(&entries))
		for _, e := range entries {
			out[kind] = append(out[kind], strings.TrimSpace(e.GoMod+" "+e.Import))
		}
	}
	require.NotEmpty(t, out["receivers"])
	return out
}

// blocks returns the YAML of the Markdown files of the repository and of the files under examples/.
func blocks(t *testing.T) []block {
	t.Helper()
	var out []block
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		if d.IsDir() {
			if slices.Contains([]string{".git", "bin", "build", "testdata"}, d.Name()) {
				return fs.SkipDir
			}
			return nil
		}
		example := strings.HasPrefix(filepath.ToSlash(rel), "examples/")
		switch ext := filepath.Ext(path); {
		case ext == ".md":
			raw, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			out = append(out, fenced(filepath.ToSlash(rel), string(raw))...)
		case example && (ext == ".yaml" || ext == ".yml"):
			raw, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			out = append(out, block{where: filepath.ToSlash(rel) + ":1", text: string(raw)})
		}
		return nil
	})
	require.NoError(t, err)
	return out
}

// TestPackagesAreOnTheMap: CONTRIBUTING.md says of every package below internal what it is for.
func TestPackagesAreOnTheMap(t *testing.T) {
	doc, err := os.ReadFile(filepath.Join(root, "CONTRIBUTING.md"))
	require.NoError(t, err)
	_, section, _ := strings.Cut(string(doc), "## Where things are")
	section, _, _ = strings.Cut(section, "\n## ")
	folders, err := filepath.Glob(filepath.Join(root, "internal", "*"))
	require.NoError(t, err)
	require.NotEmpty(t, folders)
	for _, f := range folders {
		if name := filepath.Base(f); !strings.Contains(section, "`internal/"+name+"`") {
			t.Errorf("internal/%s is not in CONTRIBUTING.md, \"Where things are\"", name)
		}
	}
}

// TestReasonsAreDocumented: the reject reasons and formats of the metadata are those of the code.
func TestReasonsAreDocumented(t *testing.T) {
	for _, component := range []string{"receiver/proxylogreceiver", "processor/proxylogprocessor", "extension/proxylogencodingextension", "internal/stanzaop"} {
		raw, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(component), "metadata.yaml"))
		require.NoError(t, err)
		var doc struct {
			Attributes map[string]struct{ Enum []string }
		}
		require.NoError(t, yaml.Unmarshal(raw, &doc))
		var want []string
		for r := range format.NumReasons {
			want = append(want, r.String())
		}
		assert.Equal(t, want, doc.Attributes["reason"].Enum, component)
		formats := decode.FormatNames()
		assert.ElementsMatch(t, formats[:], doc.Attributes["format"].Enum,
			"attributes::format::enum of %s/metadata.yaml; then go generate ./%[1]s/...", component)
	}
}
