// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package endtoend

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.yaml.in/yaml/v3"

	"github.com/proxylog/proxylog/internal/decode"
	"github.com/proxylog/proxylog/internal/format"
	"github.com/proxylog/proxylog/internal/format/all"
	"github.com/proxylog/proxylog/internal/format/formattest"
)

// open are the prefixes of keys that come from the log or the configuration; docs/formats/README.md lists them. What
// they hold is of any type unless one is given.
var open = map[string]string{
	"http.request.header.":  "string[]",
	"http.response.header.": "string[]",

	"squid.field.": "", "squid.adapted.header.": "string[]", "squid.icap.request.header.": "string[]",
	"squid.icap.response.header.": "string[]", "squid.icap.last_response.header.": "string[]",

	"haproxy.": "", "envoy.": "", "gdc.": "", "edgeone.": "", "g3proxy.": "",
}

// contract is the attribute contract: the type of every key.
func contract(t *testing.T) map[string]string {
	t.Helper()
	var meta struct {
		Attributes map[string]struct {
			Type string `yaml:"type"`
		} `yaml:"attributes"`
	}
	require.NoError(t, yaml.Unmarshal(formattest.Read(t, formattest.Testdata("../metadata.yaml")), &meta))
	types := map[string]string{}
	for k, a := range meta.Attributes {
		types[k] = a.Type
	}
	require.NotEmpty(t, types)
	return types
}

// typed reports whether a value is of a type of the contract.
func typed(v pcommon.Value, want string) bool {
	elements := func(kind pcommon.ValueType) bool {
		if v.Type() != pcommon.ValueTypeSlice {
			return false
		}
		for _, e := range v.Slice().All() {
			if e.Type() != kind {
				return false
			}
		}
		return true
	}
	switch want {
	case "":
		return true
	case "string":
		return v.Type() == pcommon.ValueTypeStr
	case "int":
		return v.Type() == pcommon.ValueTypeInt
	case "double":
		return v.Type() == pcommon.ValueTypeDouble
	case "bool":
		return v.Type() == pcommon.ValueTypeBool
	case "string[]":
		return elements(pcommon.ValueTypeStr)
	case "double[]":
		return elements(pcommon.ValueTypeDouble)
	case "slice":
		return v.Type() == pcommon.ValueTypeSlice
	}
	return false
}

// directed is the configuration that reads a capture with the directive beside it, of which the format is the first
// folder of the corpus; ok is false where there is none.
func directed(t *testing.T, path, name string) (cfg decode.Config, ok bool) {
	t.Helper()
	text, err := os.ReadFile(strings.TrimSuffix(path, filepath.Ext(path)) + ".directive")
	if err != nil {
		return cfg, false
	}
	cfg = formattest.Config(t, name, string(text))
	return cfg, cfg.Validate() == nil
}

// captures are the files of lines in the corpus, by the folder of their format.
func captures(t *testing.T) map[string][]string {
	t.Helper()
	root := formattest.Corpus(t, "")
	files := map[string][]string{}
	require.NoError(t, filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, _ := filepath.Rel(root, path)
		name, _, nested := strings.Cut(filepath.ToSlash(rel), "/")
		base := filepath.Base(path)
		isLog := filepath.Ext(base) == ".log" || base == "entries.jsonl" || base == "entries.csv" || base == "journalctl.json"
		if nested && isLog {
			files[name] = append(files[name], path)
		}
		return nil
	}))
	return files
}

// TestContract wants every attribute of every record of every capture, read without being told the format and with its
// own directive, to be in the attribute contract with the type that it has there, or below an open prefix.
func TestContract(t *testing.T) {
	types := contract(t)
	files := captures(t)
	for _, f := range all.Formats() {
		name := f.Name
		t.Run(name, func(t *testing.T) {
			enough := 1000
			if len(files[name]) == 0 {
				// It is younger than the corpus.
				files[name], _ = filepath.Glob(formattest.Testdata(name + "/ok/*.log"))
				enough = 1
			}
			require.NotEmpty(t, files[name])
			told, seen := map[string]bool{}, map[string]bool{}
			check := func(m pcommon.Map, path string) {
				for k, v := range m.All() {
					seen[k] = true
					want, known := types[k]
					for prefix, elements := range open {
						if !known && strings.HasPrefix(k, prefix) {
							want, known = elements, true
						}
					}
					if (!known || !typed(v, want)) && !told[k] {
						told[k] = true
						t.Errorf("%s: %s is %s %s, metadata.yaml says %q, and open in contract_test.go has no prefix of it", filepath.Base(path), k, v.Type(), v.AsString(), want)
					}
				}
			}
			records := 0
			for _, path := range files[name] {
				lines := formattest.Lines(t, path)
				configs := []decode.Config{decode.NewConfig()}
				if cfg, ok := directed(t, path, name); ok {
					configs = append(configs, cfg)
				}
				for _, cfg := range configs {
					for _, logs := range read(t, cfg, lines) {
						records += logs.LogRecordCount()
						each(logs, func(resource pcommon.Resource, scope pcommon.InstrumentationScope, lr plog.LogRecord) {
							check(resource.Attributes(), path)
							check(scope.Attributes(), path)
							check(lr.Attributes(), path)
						})
					}
				}
			}
			if records < enough || len(seen) < min(20, enough) {
				t.Errorf("%d records with %d keys: that is not the corpus", records, len(seen))
			}
		})
	}
}

// each calls f for each record.
func each(logs plog.Logs, f func(pcommon.Resource, pcommon.InstrumentationScope, plog.LogRecord)) {
	for _, rl := range logs.ResourceLogs().All() {
		for _, sl := range rl.ScopeLogs().All() {
			for _, lr := range sl.LogRecords().All() {
				f(rl.Resource(), sl.Scope(), lr)
			}
		}
	}
}

// TestReasons wants the documentation to list the reasons for which lines are rejected, and no others.
func TestReasons(t *testing.T) {
	doc := string(formattest.Read(t, formattest.Testdata("../docs/formats/README.md")))
	_, doc, _ = strings.Cut(doc, "| reason |")
	doc, _, _ = strings.Cut(doc, "\n\n")
	var got, want []string
	for _, l := range strings.Split(doc, "\n") {
		if reason, ok := strings.CutPrefix(l, "| `"); ok {
			reason, _, _ = strings.Cut(reason, "`")
			got = append(got, reason)
		}
	}
	for r := range format.NumReasons {
		want = append(want, r.String())
	}
	require.Equal(t, want, got)
}

// TestOpenPrefixes wants the documentation to list the prefixes.
func TestOpenPrefixes(t *testing.T) {
	doc := string(formattest.Read(t, formattest.Testdata("../docs/formats/README.md")))
	for p := range open {
		if !strings.Contains(doc, "`"+p+"`") {
			t.Errorf("docs/formats/README.md does not name %s", p)
		}
	}
}
