// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package envoy_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/proxylog/proxylog/internal/format/envoy"
	"github.com/proxylog/proxylog/internal/format/formattest"
)

// counts are the records of each capture by event, counted by an independent reading of the captures. Nothing of them is
// rejected.
var counts = map[string]map[string]int{
	"default_text":                 {"proxy.request.end": 594, "proxy.session.end": 38},
	"default_json":                 {"proxy.request.end": 594, "proxy.session.end": 38},
	"istio_text":                   {"proxy.request.end": 594, "proxy.session.end": 38},
	"istio_json":                   {"proxy.request.end": 594, "proxy.session.end": 38},
	"gdc_json":                     {"proxy.request.end": 594, "proxy.session.end": 38},
	"ext_json":                     {"proxy.request.end": 594, "proxy.session.end": 38},
	"json_omit_empty":              {"proxy.request.end": 594},
	"gdc_otlp_flat":                {"proxy.request.end": 489, "proxy.session.end": 376},
	"gdc_doc_examples":             {"proxy.request.end": 2},
	"listener_json":                {"proxy.session.end": 69, "proxy.connection.error": 6},
	"udp_json":                     {"proxy.session.progress": 23, "proxy.session.end": 10},
	"tcp/default_text":             {"proxy.session.end": 395},
	"tcp/default_json":             {"proxy.session.end": 395},
	"tcp/istio_text":               {"proxy.session.end": 395},
	"tcp/istio_json":               {"proxy.session.end": 395},
	"tcp/gdc_json":                 {"proxy.session.end": 395},
	"tcp/ext_json":                 {"proxy.session.start": 89, "proxy.session.progress": 210, "proxy.session.end": 96},
	"periodic/default_text":        {"proxy.session.start": 38, "proxy.request.end": 81},
	"periodic/default_json":        {"proxy.session.start": 38, "proxy.request.end": 81},
	"periodic/json_omit_empty":     {"proxy.session.start": 38, "proxy.request.end": 81},
	"periodic/istio_text":          {"proxy.session.start": 38, "proxy.request.end": 81},
	"periodic/istio_json":          {"proxy.session.start": 38, "proxy.request.end": 81},
	"periodic/gdc_json":            {"proxy.session.start": 38, "proxy.request.end": 81},
	"periodic/ext_json":            {"proxy.session.start": 38, "proxy.session.progress": 46, "proxy.request.end": 35},
	"periodic/upstream_json":       {"proxy.session.progress": 115},
	"periodic/upstream_istio_text": {"proxy.session.progress": 115},
}

// TestCounts reads every capture without being told its format; custom_text and text_as_json have to be told.
func TestCounts(t *testing.T) {
	list := envoy.ErrorTypes()
	seen := map[string]bool{}
	for file, want := range counts {
		cfg := config()
		cfg.Format = "auto"
		got := map[string]int{}
		for _, l := range formattest.Explain(t, cfg, capture(t, file)) {
			require.Nil(t, l.Error, "%s: %s", file, l.Text)
			got[l.Record.Event]++
			// error.type is one of the list or a status, and there is one where there is a failure.
			e, _ := l.Record.Attributes["error.type"].(string)
			assert.Equal(t, l.Record.Attributes["proxy.outcome"] == "failure", e != "", l.Text)
			assert.True(t, e == "" || slices.Contains(list, e) || regexp.MustCompile(`^[45]\d\d$`).MatchString(e), "%s: %s", e, l.Text)
			seen[e] = true
		}
		assert.Equal(t, want, got, file)
	}
	assert.Greater(t, len(seen), 20)
}

// TestDocumentation wants what a user may meet in the documentation.
func TestDocumentation(t *testing.T) {
	doc := string(formattest.Read(t, "../../../docs/formats/envoy.md"))
	for _, s := range slices.Concat(envoy.ErrorTypes(), envoy.Dialects(), []string{"json", "text"}) {
		assert.Contains(t, doc, "`"+s+"`")
	}
	// And nothing as an error.type there that is none.
	_, section, ok := strings.Cut(doc, "## error.type\n")
	require.True(t, ok)
	section, _, _ = strings.Cut(section, "\n## ")
	for _, m := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(section, -1) {
		assert.True(t, slices.Contains(envoy.ErrorTypes(), m[1]) || m[1] == "400" || m[1] == "599", m[1])
	}
}

// TestNames reads a capture under every name that a configuration may give.
func TestNames(t *testing.T) {
	files := map[string]string{
		"gdc": "gdc_json", "gdc_json": "gdc_json", "gdc_audit": "gdc_json", "default": "default_text", "default_text": "default_text", "istio": "istio_text",
		"istio_text": "istio_text", "default_json": "default_json", "istio_json": "istio_json", "common_json": "ext_json",
	}
	require.Len(t, envoy.Dialects(), len(files))
	for _, name := range envoy.Dialects() {
		for _, l := range formattest.Explain(t, config(name), capture(t, "periodic/"+files[name])) {
			require.Nil(t, l.Error, "%s: %s", name, l.Text)
		}
	}
}
