// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package all_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/proxylog/proxylog/internal/format/all"
	"github.com/proxylog/proxylog/internal/format/formattest"
)

// TestComplete wants everything there that belongs to a format besides its code: CONTRIBUTING.md, "A new format", has
// the steps.
func TestComplete(t *testing.T) {
	for _, f := range all.Formats() {
		for _, kind := range []string{"ok", "reject"} {
			for _, pattern := range []string{"*.log", "*.jsonl"} {
				pattern = f.Name + "/" + kind + "/" + pattern
				if found, _ := filepath.Glob(formattest.Testdata(pattern)); len(found) == 0 {
					t.Errorf("there is no testdata/%s: captures, and beside each what is to be read from it", pattern)
				}
			}
		}
		if _, err := os.Stat(formattest.Testdata("../docs/formats/" + f.Name + ".md")); err != nil {
			t.Errorf("%s has no page: %v", f.Name, err)
		}
		for file, text := range map[string]string{
			"docs/formats/README.md":              "](" + f.Name + ".md)",
			"README.md":                           "\n| `" + f.Name + "` |",
			"receiver/proxylogreceiver/README.md": "\n    " + f.Name + ":",
		} {
			if !strings.Contains(string(formattest.Read(t, formattest.Testdata("../"+file))), text) {
				t.Errorf("%s does not name %s: %q is not in it", file, f.Name, text)
			}
		}
	}
}

// TestNames wants the formats where they are listed: in the help of the commands, in the attribute contract, and for each
// component among the values of its metrics' attribute and in what its README says of the key.
func TestNames(t *testing.T) {
	var names []string
	for _, f := range all.Formats() {
		names = append(names, f.Name)
	}
	slices.Sort(names)
	last := len(names) - 1
	words := strings.Join(names[:last], ", ") + " or " + names[last]
	values, choice := "enum: ["+strings.Join(names, ", ")+", unknown]", "# auto | "+strings.Join(names, " | ")+"\n"
	for file, want := range map[string]string{
		"cmd/proxylog/explain.go": words, "metadata.yaml": words,
		"receiver/proxylogreceiver/metadata.yaml": values, "receiver/proxylogreceiver/README.md": choice,
		"processor/proxylogprocessor/metadata.yaml": values, "processor/proxylogprocessor/README.md": choice,
		"extension/proxylogencodingextension/metadata.yaml": values, "extension/proxylogencodingextension/README.md": choice,
		"internal/stanzaop/metadata.yaml": values,
	} {
		if n := strings.Count(string(formattest.Read(t, formattest.Testdata("../"+file))), want); n != 1 {
			t.Errorf("%s lists %q %d times, want 1", file, want, n)
		}
	}
}
