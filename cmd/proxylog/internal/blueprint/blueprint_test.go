// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package blueprint_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"github.com/proxylog/proxylog/cmd/proxylog/internal/blueprint"
)

func draw(t *testing.T, name, text string) *blueprint.Blueprint {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	b, err := blueprint.Draw(path, "")
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// inputs are the inputs of a blueprint in short.
func inputs(b *blueprint.Blueprint) string {
	var out []string
	for _, f := range b.Files {
		out = append(out, f.Pattern)
	}
	for _, l := range b.Listeners {
		out = append(out, l.Transport+" "+l.Endpoint)
	}
	if b.OTLP {
		out = append(out, "otlp")
	}
	return strings.Join(out, ", ")
}

func notes(b *blueprint.Blueprint) string { return strings.Join(b.Notes, "\n") }

// TestHAProxyTargets: an input for each way in which HAProxy sends lines, and a note where it takes more than that.
func TestHAProxyTargets(t *testing.T) {
	for target, want := range map[string]struct{ inputs, note string }{
		"127.0.0.1:5140 local0":                     {"udp 127.0.0.1:5140", ""},
		"127.0.0.1 local0":                          {"udp 127.0.0.1:514", ""},
		"udp@localhost:5140 len 8192 local0":        {"udp localhost:5140", ""},
		"ipv6@::1:5140 len 8192 local0":             {"udp [::1]:5140", ""},
		"tcp@127.0.0.1:5141 len 8192 local0":        {"tcp 127.0.0.1:5141", ""},
		"192.0.2.9:5140 len 8192 local0":            {"udp 0.0.0.0:5140", "192.0.2.9:5140: run the Collector there"},
		"/dev/log len 8192 local0":                  {"/var/log/haproxy.log*", "check that the syslog daemon writes it"},
		"/var/lib/haproxy/dev/log len 8192 local0":  {"/var/log/haproxy.log*", "check that the syslog daemon writes it"},
		"unix@/run/proxylog.sock len 8192 local0":   {"unixgram /run/proxylog.sock", ""},
		"stdout format raw daemon":                  {"/var/log/containers/*haproxy*.log", "logs to standard output"},
		"ring@trace len 8192 local0":                {"udp localhost:5140", "where ring@trace leads is not read here"},
		"127.0.0.1:5140 sample 1:10 local0":         {"udp 127.0.0.1:5140", "only a sample"},
		"127.0.0.1:5140 profile json len 99 local0": {"udp 127.0.0.1:5140", "the format of step connect has no variables"},
	} {
		t.Run(target, func(t *testing.T) {
			b := draw(t, "haproxy.cfg", "log-profile json\n on connect format 'connected'\nfrontend f\n mode http\n option httplog\n log "+target+"\n")
			if got := inputs(b); got != want.inputs {
				t.Errorf("inputs %q, want %q", got, want.inputs)
			}
			if !strings.Contains(notes(b), want.note) {
				t.Errorf("notes %q, want %q in them", notes(b), want.note)
			}
			if short := strings.Contains(notes(b), `add "len 8192"`); short == strings.Contains(target, "len 8192") {
				t.Errorf("notes %q about the length", notes(b))
			}
		})
	}
}

// TestHAProxyLevels: what takes events and errors only is no second place for requests.
func TestHAProxyLevels(t *testing.T) {
	const frontend = "frontend f\n mode tcp\n log global\n"
	for log, want := range map[string]struct{ inputs, note string }{
		"log 127.0.0.1:5140 local0\n log 127.0.0.1:5141 local1 notice\n": {"udp 127.0.0.1:5140", ""},
		"log 127.0.0.1:5140 local0 info\n log 127.0.0.1:5141 local1\n":   {"udp 127.0.0.1:5140, udp 127.0.0.1:5141", "each line goes to 2 places"},
		"log 127.0.0.1:5141 len 2048 local1 warning err\n":               {"udp 127.0.0.1:5141", "have the level info, and its log lines take warning and above only"},
	} {
		b := draw(t, "haproxy.cfg", "global\n "+log+frontend)
		if got := inputs(b); got != want.inputs {
			t.Errorf("%q: inputs %q, want %q", log, got, want.inputs)
		}
		if got := notes(b); want.note == "" && got != "" || !strings.Contains(got, want.note) {
			t.Errorf("%q: notes %q, want %q", log, got, want.note)
		}
	}
}

func TestHAProxyFormats(t *testing.T) {
	b := draw(t, "haproxy.cfg", `
global
 log 127.0.0.1:5140 len 8192 local0
defaults
 log global
frontend a
 mode http
 option httplog
frontend b
 mode http
 option httplog
 error-log-format "%ci err \$5"
frontend c
 mode tcp
 log-format 'it'\''s "%ci" $5'
 log-format-sd '[a@1 ci="%ci"]'
frontend d
 mode tcp
frontend e
 mode tcp
 log-format '%ci %nosuch'
frontend quiet
 no log
frontend id
 log-format '%ci %ID'
`[1:])
	want := []string{
		"option httplog", "option httplog\nerror-log-format '%ci err $5'",
		"log-format 'it'\\''s \"%ci\" $5'\nlog-format-sd '[a@1 ci=\"%ci\"]'", "default", "log-format '%ci %ID'",
	}
	if diff := cmp.Diff(want, b.Dialects); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, note := range []string{
		"frontend e: this format cannot be read and is left out: at byte 4: no variable %nosuch is known", "frontend quiet logs nothing",
	} {
		if !strings.Contains(notes(b), note) {
			t.Errorf("notes %q, want %q in them", notes(b), note)
		}
	}
	if b.Stitch != "" {
		t.Error("sessions of one line each are stitched")
	}
}

// TestHAProxyStitch: lines are joined where steps give a session several, and not with option logasap, whose early line is
// the only one of its session: session_stitch would keep it until idle_timeout is over.
func TestHAProxyStitch(t *testing.T) {
	const front = "global\n log 127.0.0.1:5140 local0\nfrontend a\n log global\n mode tcp\n log-format '%ci %ID %B'\n default_backend b\n"
	for _, tt := range []struct {
		name, lines string
		stitched    bool
	}{
		{"id", "", false},
		{"logasap", " option logasap\n", false},
		{"steps", " log-steps accept,close\n", true},
		{"do-log", " tcp-request content do-log\n", true},
		{"do-log in the backend", "backend b\n tcp-request content do-log\n", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if b := draw(t, "haproxy.cfg", front+tt.lines); (b.Stitch != "") != tt.stitched {
				t.Errorf("stitch %q, want one: %v", b.Stitch, tt.stitched)
			}
		})
	}
}

// TestHAProxyProfiles: the formats of a log-profile are those of the frontends whose log lines name it, each with that
// frontend's captures, and stand in the configuration once.
func TestHAProxyProfiles(t *testing.T) {
	b := draw(t, "haproxy.cfg", `
global
 log 127.0.0.1:5140 len 8192 profile steps local0
defaults
 mode http
 log global
frontend a
 option httplog
frontend b
 log-format '%ci own'
 error-log-format '%ci err'
 log 127.0.0.1:5140 len 8192 local1
frontend c
 option httplog
 capture request header Host len 9
log-profile steps
 on accept format '%ci in'
 on connect format '%ci %OG' sd '[x@1 id="%ID"]'
 on close sd "[x]"
 on response drop
`[1:])
	want := []string{
		"log-format '%ci in'", "log-format '%ci %OG'\nlog-format-sd '[x@1 id=\"%ID\"]'", "option httplog",
		"log-format '%ci own'\nerror-log-format '%ci err'",
		"log-format '%ci in'\ncapture request header 'Host' len 9",
		"log-format '%ci %OG'\nlog-format-sd '[x@1 id=\"%ID\"]'\ncapture request header 'Host' len 9",
		"option httplog\ncapture request header 'Host' len 9",
	}
	if diff := cmp.Diff(want, b.Dialects); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if b.Stitch == "" {
		t.Error("the steps of a session are not stitched")
	}
}

// TestHAProxyConditions: only formats of branches that may hold are listed, and a note says where that was not known.
// TestLookalikes: where only the files tell the lines of two formats apart, the Collector reads the proxy's configuration
// itself; where they do not either, a note says it.
func TestLookalikes(t *testing.T) {
	const formats = "logformat a %ts %>st %<st\nlogformat b %ts %<st %>st\naccess_log stdio:/a a\n"
	b := draw(t, "squid.conf", formats+"access_log stdio:/b b\n")
	text, err := b.YAML()
	if err != nil {
		t.Fatal(err)
	}
	if !filepath.IsAbs(b.ConfigFile) || notes(b) != "" || !strings.Contains(string(text), "config_file: "+b.ConfigFile) || strings.Contains(string(text), "logformat a") {
		t.Errorf("%q %q\n%s", b.ConfigFile, notes(b), text)
	}
	b = draw(t, "squid.conf", formats+"access_log udp://127.0.0.1:5140 b\n")
	if b.ConfigFile != "" || !strings.Contains(notes(b), "squid.conf: %<st and %>st: its lines look like those of a %ts %>st %<st, and are read as those of the first") {
		t.Errorf("%q %q", b.ConfigFile, notes(b))
	}
	b = draw(t, "squid.conf", formats+"access_log stdio:/b a\n")
	if b.ConfigFile != "" || notes(b) != "" {
		t.Errorf("%q %q", b.ConfigFile, notes(b))
	}
	const log = "- {typed_config: {\"@type\": a.FileAccessLog, path: /%s, log_format: {text_format: \"%%START_TIME%% %s\"}}}\n"
	b = draw(t, "envoy.yaml", "access_log:\n"+fmt.Sprintf(log, "a", "%BYTES_SENT%")+fmt.Sprintf(log, "b", "%DURATION%"))
	if filepath.Base(b.ConfigFile) != "envoy.yaml" || notes(b) != "" {
		t.Errorf("%q %q", b.ConfigFile, notes(b))
	}
}

func TestHAProxyConditions(t *testing.T) {
	b := draw(t, "haproxy.cfg", `
.if 0
frontend a
 log-format '%ci a'
 log 127.0.0.1:5140 len 8192 local0
.elif feature(QUIC)
frontend b
 log-format '%ci b'
 log 127.0.0.1:5140 len 8192 local0
.else
frontend c
 log-format '%ci c'
 log 127.0.0.1:5140 len 8192 local0
.endif
`[1:])
	if diff := cmp.Diff([]string{"log-format '%ci b'", "log-format '%ci c'"}, b.Dialects); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if !strings.Contains(notes(b), "haproxy.cfg:5: .elif: conditions that depend on the HAProxy that runs") {
		t.Errorf("%q", notes(b))
	}
}

func TestHAProxyCaptures(t *testing.T) {
	const two = "frontend a\n log 127.0.0.1:1 len 8192 local0\n mode http\n option httplog\n capture request header Host len 9\n" +
		"frontend b\n log 127.0.0.1:1 len 8192 local0\n mode http\n option httplog\n capture request header %s len 9\n"
	b := draw(t, "haproxy.cfg", strings.Replace(two, "%s", "Host", 1))
	want := []string{"option httplog\ncapture request header 'Host' len 9"}
	if diff := cmp.Diff(want, b.Dialects); diff != "" || notes(b) != "" {
		t.Errorf("%s %q", diff, notes(b))
	}
	b = draw(t, "haproxy.cfg", strings.Replace(two, "%s", "Via len 3\n http-request capture src", 1)+
		" declare capture response len 5\n http-response capture res.hdr(Server) id 0\n")
	want = append(want, "option httplog\ncapture request header 'Via' len 3\nhttp-request capture src len 9\ncapture response header 'Server' len 5")
	if diff := cmp.Diff(want, b.Dialects); diff != "" || notes(b) != "" {
		t.Errorf("%s %q", diff, notes(b))
	}
	b = draw(t, "haproxy.cfg", "frontend a\n log 127.0.0.1:1 len 8192 local0\n log 127.0.0.1:2 len 8192 local0\n")
	if !strings.Contains(notes(b), "each line goes to 2 places") {
		t.Errorf("%q", notes(b))
	}
}

func TestSquid(t *testing.T) {
	b := draw(t, "squid.conf", `
logformat own %ts.%03tu %>a %ru %master_xaction
logformat icap %ts.%03tu %icap::rm %icap::to %master_xaction
access_log stdio:/var/log/squid/access.log own
access_log syslog:local3.info combined
access_log tcp://192.0.2.1:5141 squid
icap_log /dev/stdout icap
`)
	if got, want := inputs(b), "/var/log/squid/access.log*, /var/log/squid-local3.log*, /var/log/containers/*squid*.log, tcp 0.0.0.0:5141"; got != want {
		t.Errorf("inputs %q, want %q", got, want)
	}
	want := []string{"logformat own %ts.%03tu %>a %ru %master_xaction", "combined", "squid", "logformat icap %ts.%03tu %icap::rm %icap::to %master_xaction"}
	if diff := cmp.Diff(want, b.Dialects); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if !strings.Contains(b.Stitch, "master_xaction") {
		t.Errorf("stitch %q", b.Stitch)
	}
	for _, note := range []string{"give the syslog daemon a file", "192.0.2.1:5141: run the Collector there", "logs to standard output"} {
		if !strings.Contains(notes(b), note) {
			t.Errorf("notes %q, want %q in them", notes(b), note)
		}
	}
	b = draw(t, "squid.conf", "access_log stdio:/var/log/${service_name}/access-${process_number}.log\n")
	if got, want := inputs(b), "/var/log/squid/access-*.log*"; got != want {
		t.Errorf("inputs %q, want %q", got, want)
	}
	b = draw(t, "squid.conf", "http_port 3128\n\nlogformat bad %>a %zz\naccess_log /a.log bad\n")
	if !strings.Contains(notes(b), "squid.conf:3:15: logformat bad: this format cannot be read and is left out: at byte 4: no code") {
		t.Errorf("notes %q", notes(b))
	}
	b = draw(t, "squid.conf", "http_port 3128\n")
	if inputs(b) != "/var/log/squid/access.log*" || !strings.Contains(notes(b), "names no access_log") {
		t.Errorf("the default: %s %q", inputs(b), notes(b))
	}
}

const hcm = `
static_resources:
  listeners:
  - name: in
    filter_chains:
    - filters:
      - name: envoy.filters.network.http_connection_manager
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          access_log:
          - name: a
            typed_config:
              "@type": type.googleapis.com/envoy.extensions.access_loggers.stream.v3.StdoutAccessLog
          - name: b
            typed_config:
              "@type": type.googleapis.com/envoy.extensions.access_loggers.open_telemetry.v3.OpenTelemetryAccessLogConfig
              common_config: {log_name: x}
              attributes: {values: [{key: a, value: {string_value: "%START_TIME%"}}, {key: b, value: {string_value: "%REQ(:METHOD)%"}}]}
          - name: c
            typed_config:
              "@type": type.googleapis.com/envoy.extensions.access_loggers.grpc.v3.HttpGrpcAccessLogConfig
`

func TestEnvoy(t *testing.T) {
	b := draw(t, "envoy.yaml", hcm)
	if got, want := inputs(b), "/var/log/containers/*envoy*.log, otlp"; got != want {
		t.Errorf("inputs %q, want %q", got, want)
	}
	for _, note := range []string{"HttpGrpcAccessLogConfig writes no lines", "over OTLP", "logs to standard output"} {
		if !strings.Contains(notes(b), note) {
			t.Errorf("notes %q, want %q in them", notes(b), note)
		}
	}
	b = draw(t, "mesh.yaml", "meshConfig: {accessLogFile: /dev/stdout, accessLogEncoding: JSON}\n")
	if inputs(b) != "/var/log/containers/*istio-proxy*.log" || cmp.Diff([]string{"istio_json"}, b.Dialects) != "" {
		t.Errorf("mesh: %s %q", inputs(b), b.Dialects)
	}
}

// TestYAML: dollar signs are doubled, components that are used are those that are there, and there is neither a batch
// processor nor a queue in memory.
func TestYAML(t *testing.T) {
	for name, text := range map[string]string{
		"envoy.yaml":  hcm,
		"squid.conf":  "logformat own %>a $5 ${HOME}\naccess_log stdio:/var/log/$x/[a]\\access.log own\n",
		"haproxy.cfg": "frontend a\n log 127.0.0.1:5140 len 8192 local0\n option tcplog\n",
	} {
		raw, err := draw(t, name, text).YAML()
		if err != nil {
			t.Fatal(err)
		}
		if s := strings.ReplaceAll(string(raw), "$$", ""); strings.Contains(s, "$") {
			t.Errorf("%s: a dollar sign is left:\n%s", name, raw)
		}
		var doc struct {
			Extensions, Receivers, Processors map[string]any
			Exporters                         map[string]struct {
				SendingQueue struct{ Enabled *bool } `yaml:"sending_queue"`
			}
			Service struct {
				Extensions []string
				Pipelines  map[string]struct{ Receivers, Processors, Exporters []string }
			}
		}
		if err := yaml.Unmarshal(raw, &doc); err != nil {
			t.Fatalf("%s: %v\n%s", name, err, raw)
		}
		logs := doc.Service.Pipelines["logs"]
		for kind, c := range map[string]struct{ used, there int }{
			"extensions": {len(doc.Service.Extensions), len(doc.Extensions)}, "receivers": {len(logs.Receivers), len(doc.Receivers)},
			"processors": {len(logs.Processors), len(doc.Processors)},
		} {
			if c.used != c.there {
				t.Errorf("%s: %d %s used, %d there:\n%s", name, c.used, kind, c.there, raw)
			}
		}
		if len(logs.Receivers) == 0 || fmt.Sprint(logs.Exporters) != "[otlp_grpc]" {
			t.Errorf("%s: pipeline %+v", name, logs)
		}
		if q := doc.Exporters["otlp_grpc"].SendingQueue.Enabled; q == nil || *q {
			t.Errorf("%s: the exporter has a queue in memory", name)
		}
	}
}
