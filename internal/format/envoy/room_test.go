// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package envoy_test

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/proxylog/proxylog/internal/decode"
	"github.com/proxylog/proxylog/internal/explain"
	"github.com/proxylog/proxylog/internal/format/formattest"
)

func config(formats ...string) decode.Config {
	cfg := decode.NewConfig()
	cfg.Format = "envoy"
	cfg.Formats.Envoy.Format = formats
	return cfg
}

// directive is a format as it stands in Envoy's configuration.
func directive(t testing.TB, name string) string {
	t.Helper()
	return string(formattest.Read(t, formattest.Corpus(t, "envoy/"+name+".directive")))
}

func capture(t testing.TB, name string) []byte {
	t.Helper()
	return formattest.Read(t, formattest.Corpus(t, "envoy/"+name+".log"))
}

var (
	folders = []string{"", "tcp/", "periodic/"}
	lines   = map[string]int{"": 632, "tcp/": 395, "periodic/": 119}
	approx  = []cmp.Option{cmpopts.EquateApprox(0, 1e-9), cmpopts.IgnoreFields(explain.Record{}, "Body")}
)

// compare holds the records of a capture against those of the oracle; adjust, where it is not nil, adds to the oracle's
// what it does not know.
func compare(t *testing.T, file string, got []explain.Line, want []event, precision time.Duration, adjust func(i int, want *explain.Record, got *explain.Record)) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d lines, want %d", file, len(got), len(want))
	}
	failed := 0
	for i := range got {
		if got[i].Error != nil {
			t.Fatalf("%s: %+v", describe(file, i), *got[i].Error)
		}
		w := expected(t, want[i], precision)
		if adjust != nil {
			adjust(i, &w, got[i].Record)
		}
		if diff := cmp.Diff(w, *got[i].Record, approx...); diff != "" {
			t.Errorf("%s (-want +got):\n%s", describe(file, i), diff)
			if failed++; failed > 3 {
				t.FailNow()
			}
		}
	}
}

// TestMaps reads the captures of a user's JSON map, of all types of lines.
func TestMaps(t *testing.T) {
	for file, c := range map[string]struct {
		directive string
		lines     int
	}{
		"ext_json": {"ext_json", 632}, "tcp/ext_json": {"ext_json", 395}, "periodic/ext_json": {"ext_json", 119},
		"listener_json": {"listener_json", 75}, "periodic/upstream_json": {"periodic/upstream_json", 115}, "udp_json": {"udp_json", 33},
	} {
		t.Run(file, func(t *testing.T) {
			want := events(t, file+".log")
			if len(want) != c.lines {
				t.Fatalf("%d lines, want %d", len(want), c.lines)
			}
			for _, formats := range [][]string{{directive(t, c.directive)}, {"gdc", "default", directive(t, c.directive)}} {
				for _, name := range []string{"envoy", "auto"} {
					cfg := config(formats...)
					cfg.Format = name
					got := formattest.Explain(t, cfg, capture(t, file))
					compare(t, file, got, want, time.Microsecond, nil)
				}
			}
		})
	}
}

// gdcKeys are the keys of the oracle that a GDC record tells too.
var gdcKeys = []string{
	"authority", "bytes_received", "bytes_sent", "term_details", "down_local", "down_remote", "duration_ms", "method", "protocol", "sni", "status",
	"code_details", "flags", "route", "start_time", "upstream_cluster", "upstream_host", "upstream_local", "up_fail", "user_agent", "xff", "request_id",
}

// gdcView is an event as a GDC record tells it, which logs the given duration.
func gdcView(t *testing.T, e event, duration string) event {
	t.Helper()
	out := e.only(gdcKeys...)
	out["path"] = e.path()
	out["duration_ms"] = sameDuration(t, e, duration)
	return out
}

// sameDuration is the duration that a line logs. Each log is written for itself, and DURATION counts until then: two
// logs of one event differ by a few milliseconds on a busy machine.
func sameDuration(t *testing.T, e event, duration string) string {
	t.Helper()
	n, err := strconv.ParseInt(duration, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	if d := n - e.num("duration_ms"); d < -50 || d > 50 {
		t.Errorf("duration %d, want %d: %v", n, e.num("duration_ms"), e)
	}
	return duration
}

// gdcDuration is the duration of a GDC record.
func gdcDuration(t *testing.T, line string) string {
	t.Helper()
	var g struct {
		Duration string `json:"duration"`
	}
	if err := json.Unmarshal([]byte(line), &g); err != nil {
		t.Fatal(err)
	}
	return g.Duration
}

// gdcOnly adds to the oracle's record what only the GDC record knows, read by encoding/json from the line itself.
func gdcOnly(t *testing.T, line string, w *explain.Record) {
	var g struct {
		Username string `json:"username"`
		API      string `json:"x_goog_api_client"`
		Service  string `json:"x_envoy_upstream_service_time"`
	}
	if err := json.Unmarshal([]byte(line), &g); err != nil {
		t.Fatal(err)
	}
	if g.Username != "-" {
		w.Attributes["user.name"] = g.Username
	}
	if g.API != "-" {
		w.Attributes["http.request.header.x-goog-api-client"] = []any{g.API}
	}
	if g.Service != "-" {
		w.Attributes["envoy.upstream_service_time"] = float64(event{"n": json.Number(g.Service)}.num("n")) / 1e3
	}
	w.Attributes["envoy.log_name"] = "otel_envoy_accesslog"
	w.Resource = map[string]any{
		"service.name": "lab-proxy", "service.namespace": "lab-system", "gdc.cluster_name": "lab-proxy.lab-system",
		"envoy.node.id": "sidecar~127.0.0.1~lab-proxy-0.lab-system~lab-system.svc.cluster.local",
		"k8s.pod.name":  "lab-proxy-0", "k8s.namespace.name": "lab-system", "k8s.pod.ip": "127.0.0.1",
		"cloud.availability_zone": "us-east1-b",
	}
}

func TestGDC(t *testing.T) {
	for _, dir := range folders {
		for _, name := range []string{"envoy", "auto"} {
			cfg := config()
			cfg.Format = name
			want := events(t, dir+"ext_json.log")
			got := formattest.Explain(t, cfg, capture(t, dir+"gdc_json"))
			if len(got) != lines[dir] {
				t.Fatalf("%d lines, want %d", len(got), lines[dir])
			}
			views := make([]event, len(want))
			for i, e := range want {
				views[i] = gdcView(t, e, gdcDuration(t, got[i].Text))
			}
			compare(t, dir+"gdc_json", got, views, time.Microsecond, func(i int, w, _ *explain.Record) { gdcOnly(t, got[i].Text, w) })
		}
	}
}

// TestGDCFlat reads the OTLP capture. Its records are in order of arrival, and a batch with invalid UTF-8 was lost as a
// whole, so each is held against the event of the same start, client and counters.
func TestGDCFlat(t *testing.T) {
	key := func(e event) string {
		return strings.Join([]string{e.text("start_time"), e.text("down_remote"), e.text("bytes_sent"), e.text("bytes_received"), e.text("status"), e.text("upstream_host"), e.text("request_id")}, " ")
	}
	all := map[string][]event{}
	for _, dir := range folders {
		for _, e := range events(t, dir+"ext_json.log") {
			all[key(e)] = append(all[key(e)], e)
		}
	}
	got := formattest.Explain(t, config(), capture(t, "gdc_otlp_flat"))
	if len(got) != 865 {
		t.Fatalf("%d lines, want 865", len(got))
	}
	for i, g := range got {
		var flat map[string]any
		dec := json.NewDecoder(strings.NewReader(g.Text))
		dec.UseNumber()
		if err := dec.Decode(&flat); err != nil {
			t.Fatal(err)
		}
		ns, err := flat["time_unix_nano"].(json.Number).Int64()
		if err != nil {
			t.Fatal(err)
		}
		f := event(flat)
		probe := event{
			"start_time": time.Unix(0, ns).UTC().Format("2006-01-02T15:04:05.000000Z"), "down_remote": f.text("downstream_remote_address"),
			"bytes_sent": f.text("bytes_sent"), "bytes_received": f.text("bytes_received"), "status": f.text("response_code"),
			"upstream_host": f.text("upstream_host"), "request_id": f.text("x_request_id"),
		}
		var e event
		for _, candidate := range all[key(probe)] {
			if d := candidate.num("duration_ms") - f.num("duration"); d >= -50 && d <= 50 {
				e = candidate
			}
		}
		if e == nil {
			t.Fatalf("%s: no event %s", describe("gdc_otlp_flat", i), key(probe))
		}
		compare(t, describe("gdc_otlp_flat", i), []explain.Line{g}, []event{gdcView(t, e, f.text("duration"))}, time.Microsecond, func(_ int, w, _ *explain.Record) { gdcOnly(t, g.Text, w) })
	}
}

// TestDefaultText reads Envoy's default format: every field and every record as the oracle has it.
func TestDefaultText(t *testing.T) {
	for _, dir := range folders {
		for _, name := range []string{"envoy", "auto"} {
			cfg := config()
			cfg.Format = name
			want := events(t, dir+"ext_json.log")
			got := formattest.Explain(t, cfg, capture(t, dir+"default_text"))
			views := make([]event, len(want))
			for i, e := range want {
				views[i] = e.only("method", "protocol", "status", "flags", "bytes_received", "bytes_sent", "duration_ms", "xff", "user_agent", "request_id", "authority", "upstream_host", "start_time")
				views[i]["path"] = e.path()
				for _, f := range got[i].Fields {
					if f.Code == "%DURATION%" {
						views[i]["duration_ms"] = sameDuration(t, e, *f.Raw)
					}
				}
				compareText(t, describe(dir+"default_text", i), got[i], e)
			}
			compare(t, dir+"default_text", got, views, time.Millisecond, func(i int, w, g *explain.Record) {
				// The oracle does not have the header; the fields were compared with the bytes above.
				if v, ok := g.Attributes["envoy.upstream_service_time"]; ok {
					w.Attributes["envoy.upstream_service_time"] = v
				}
				if separators := strings.Count(got[i].Text, `" "`); separators > 4 {
					w.Attributes["proxy.ambiguous"] = true
				}
				for _, key := range []string{"user_agent.original", "url.path", "url.query", "proxy.request.id"} {
					// Bytes that are not UTF-8 are replaced in an attribute.
					if g, ok := g.Attributes[key].(string); ok && strings.Contains(g, "\ufffd") {
						w.Attributes[key] = g
					}
				}
			})
		}
	}
}

// compareText holds the fields of a line of the default text against the oracle, byte by byte.
func compareText(t *testing.T, where string, got explain.Line, e event) {
	t.Helper()
	start, err := time.Parse(time.RFC3339Nano, e.text("start_time"))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"%START_TIME%":              start.Truncate(time.Millisecond).Format("2006-01-02T15:04:05.000Z"),
		"%REQUEST_HEADER(:METHOD)%": e.text("method"), "%REQUEST_HEADER(X-ENVOY-ORIGINAL-PATH?:PATH)%": e.path(), "%PROTOCOL%": e.text("protocol"),
		"%RESPONSE_CODE%": e.text("status"), "%RESPONSE_FLAGS%": e.text("flags"), "%BYTES_RECEIVED%": e.text("bytes_received"),
		"%BYTES_SENT%": e.text("bytes_sent"), "%REQUEST_HEADER(X-FORWARDED-FOR)%": e.text("xff"),
		"%REQUEST_HEADER(USER-AGENT)%": e.text("user_agent"), "%REQUEST_HEADER(X-REQUEST-ID)%": e.text("request_id"),
		"%REQUEST_HEADER(:AUTHORITY)%": e.text("authority"), "%UPSTREAM_HOST%": e.text("upstream_host"),
	}
	if got.Error != nil {
		t.Fatalf("%s: %+v\n%s", where, *got.Error, got.Text)
	}
	seen := 0
	for _, f := range got.Fields {
		w, ok := want[f.Code]
		if !ok {
			continue // the duration, and a header that the oracle does not have
		}
		seen++
		raw := ""
		if f.Raw != nil {
			raw = *f.Raw
		}
		if !sameText(raw, w) {
			t.Errorf("%s: %s = %q, want %q\n%s", where, f.Code, raw, w, got.Text)
		}
	}
	if seen != len(want) {
		t.Errorf("%s: %d of %d fields", where, seen, len(want))
	}
}
