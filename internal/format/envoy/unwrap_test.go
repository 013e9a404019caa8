// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package envoy_test

import (
	"encoding/csv"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/proxylog/proxylog/internal/explain"
	"github.com/proxylog/proxylog/internal/format/formattest"
)

func marshal(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	require.NoError(t, err)
	return string(b)
}

// entries are the records of the entries of one line.
func entries(t *testing.T, name, line string) []*explain.Record {
	t.Helper()
	cfg := config()
	cfg.Format = name
	var out []*explain.Record
	for _, l := range formattest.Explain(t, cfg, []byte(line)) {
		if len(l.Entries) == 0 {
			require.Nil(t, l.Error, "%.200s: %+v", line, l.Error)
			if l.Record != nil { // a line of an indented object has none
				out = append(out, l.Record)
			}
		}
		for _, e := range l.Entries {
			require.Nil(t, e.Error, "%.200s", line)
			out = append(out, e.Record)
		}
	}
	return out
}

// TestUnwrap reads GDC's records out of everything that a query or an export puts around them: they are the records of
// the lines alone, with what stands around them besides.
func TestUnwrap(t *testing.T) {
	lines := formattest.Lines(t, formattest.Testdata("envoy/ok/gdc.log"))[:3]
	lines = append(lines, formattest.Lines(t, formattest.Testdata("envoy/ok/istio.log"))[0])
	var want []*explain.Record
	for _, l := range lines {
		want = append(want, one(t, config(), l))
	}
	const ns, stamp = "1795305119000000001", "2026-11-21T23:51:59.000000001Z"
	labels := map[string]any{"cluster": "org-1", "service_name": "istio", "job": `a "b"`}
	type pair = []any
	var values, pushed []any
	var logcli, grafana, hec, hecText []string
	csvText := &strings.Builder{}
	rows := csv.NewWriter(csvText)
	tabs := ""
	for _, l := range lines {
		values = append(values, pair{ns, l})
		pushed = append(pushed, pair{ns, l, map[string]any{"trace": "t"}})
		logcli = append(logcli, marshal(t, map[string]any{"labels": labels, "line": l, "timestamp": stamp}))
		grafana = append(grafana, marshal(t, map[string]any{"line": l, "timestamp": ns, "date": stamp, "fields": labels}))
		event := map[string]any{"time": 1795305119.25, "host": "fwd-0", "source": "gdc", "index": "audit", "fields": map[string]any{"site": "north"}}
		event["event"] = l
		hecText = append(hecText, marshal(t, event))
		if l[0] == '{' {
			event["event"] = json.RawMessage(l)
		}
		hec = append(hec, marshal(t, event))
		if l[0] == '{' { // only such rows are recognised
			require.NoError(t, rows.Write([]string{"1795305119000", l, ns, "org-1"}))
		}
		tabs += stamp + "\t" + l + "\n"
	}
	rows.Flush()
	answer := map[string]any{"status": "success", "data": map[string]any{"resultType": "streams", "result": []any{map[string]any{"stream": labels, "values": values}}, "stats": map[string]any{}}}
	loki := map[string]any{"loki.label.job": `a "b"`}
	place := map[string]any{"k8s.cluster.name": "org-1", "gdc.service_name": "istio"}
	splunk := map[string]any{"com.splunk.field.site": "north"}
	index := map[string]any{"host.name": "fwd-0", "com.splunk.source": "gdc", "com.splunk.index": "audit"}
	indented, err := json.MarshalIndent(answer, "", "  ")
	require.NoError(t, err)
	for name, c := range map[string]struct {
		line                 string
		attributes, resource map[string]any
		n                    int
	}{
		"Loki's answer":            {marshal(t, answer), loki, place, 4},
		"Loki's answer, indented":  {string(indented), loki, place, 4},
		"a push to Loki":           {marshal(t, map[string]any{"streams": []any{map[string]any{"stream": labels, "values": pushed}}}), map[string]any{"loki.label.job": `a "b"`, "loki.label.trace": "t"}, place, 4},
		"logcli":                   {strings.Join(logcli, "\n"), loki, place, 4},
		"Grafana's JSON":           {"[" + strings.Join(grafana, ",") + "]", loki, place, 4},
		"Grafana's CSV":            {csvText.String(), nil, nil, 3},
		"Grafana's text":           {tabs, nil, nil, 4},
		"Splunk events":            {strings.Join(hec, ""), splunk, index, 4},
		"Splunk events, by line":   {strings.Join(hec, "\n"), splunk, index, 4},
		"Splunk events with texts": {strings.Join(hecText, "\n"), splunk, index, 4},
	} {
		for _, format := range []string{"envoy", "auto"} {
			got := entries(t, format, c.line)
			require.Len(t, got, c.n, name)
			for i := range got {
				w := *want[i]
				w.Attributes, w.Resource = with(w.Attributes, c.attributes), with(c.resource, w.Resource)
				if diff := cmp.Diff(w, *got[i]); diff != "" {
					t.Errorf("%s, entry %d: %s", name, i, diff)
				}
			}
		}
	}
}

// with is a with what b has besides, or b's own.
func with(a, b map[string]any) map[string]any {
	out := map[string]any{}
	for k, v := range a {
		out[k] = v
	}
	for k, v := range b {
		out[k] = v
	}
	return out
}

// TestUnwrapErrors: an entry that is none costs itself, and a wrapping without any is what it was before.
func TestUnwrapErrors(t *testing.T) {
	good := formattest.Lines(t, formattest.Testdata("envoy/ok/gdc.log"))[0]
	line := marshal(t, map[string]any{"streams": []any{map[string]any{"stream": map[string]any{}, "values": []any{[]any{"1", "nonsense"}, []any{"2", good}, []any{3}, "x"}}}})
	got := formattest.Explain(t, config(), []byte(line))
	require.Len(t, got, 1)
	require.Len(t, got[0].Entries, 2)
	assert.Equal(t, "unrecognized", got[0].Entries[0].Error.Reason)
	assert.NotNil(t, got[0].Entries[1].Record)
	for _, line := range []string{
		`{"event":{"a":1}}`, `{"event":"x"}`, `{"line":7}`, `{"values":[],"stream":{}}`, `{"data":{"result":[[],{"values":[1,[2]]}]}}`, `{"streams":"x"}`, `{"event":{"event":{}}}`,
		"2026-11-21T23:51:59Z\t{}", `1,"{""a"":1}"`, `1,"{""a`, `[{"line":"{\"a\":1}"}]`, `{"line":`,
	} {
		got := formattest.Explain(t, config(), []byte(line))
		require.Len(t, got, 1, line)
		require.NotNil(t, got[0].Error, line)
	}
}
