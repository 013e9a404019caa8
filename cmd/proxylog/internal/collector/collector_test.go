// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package collector_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
	"go.yaml.in/yaml/v3"

	"github.com/proxylog/proxylog/cmd/proxylog/internal/collector"
	"github.com/proxylog/proxylog/cmd/proxylog/internal/collector/collectortest"
)

func TestMain(m *testing.M) {
	collectortest.Main()
	goleak.VerifyTestMain(m)
}

// fake runs the fake Collector over three lines and returns what it logged, too. progress hears how far it is; nil is
// nobody.
func fake(ctx context.Context, t *testing.T, b collectortest.Behaviour, patience, startup time.Duration, progress func(int64)) (*collector.Result, string, error) {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var log strings.Builder
	res, err := collector.Run(ctx, &collector.Settings{
		Binary: exe, Dir: t.TempDir(), Config: collector.Config{Files: []string{"/var/log/a.log"}}, Lines: 3,
		Environ: collectortest.Environ(b, 3, `{"resourceLogs":[]}`), Patience: patience, Startup: startup, Progress: progress,
		Say: func(s string) {
			mu.Lock()
			defer mu.Unlock()
			fmt.Fprintln(&log, s)
		},
	})
	return res, log.String(), err
}

const (
	long  = 30 * time.Second
	short = 400 * time.Millisecond
)

func TestRun(t *testing.T) {
	for _, b := range []collectortest.Behaviour{collectortest.Reads, collectortest.Unlucky} {
		res, log, err := fake(t.Context(), t, b, long, long, nil)
		if err != nil {
			t.Fatalf("%s: %v\n%s", b, err, log)
		}
		if diff := cmp.Diff(map[string]int64{"parsed": 3, "empty": 5}, res.Settled); diff != "" {
			t.Errorf("%s: settled (-want +got):\n%s", b, diff)
		}
		if res.Lines() != 3 {
			t.Errorf("%s: %d lines, want 3: blank ones do not count", b, res.Lines())
		}
		if got, err := os.ReadFile(res.Output); err != nil || string(got) != "{\"resourceLogs\":[]}\n" {
			t.Errorf("%s: output %q, %v", b, got, err)
		}
		if !strings.HasPrefix(log, "warn: a warning: /some/file: and why\nwarn: lines fit another dialect: /a.log: set format\n") {
			t.Errorf("%s: log %q", b, log)
		}
	}
}

func TestRunFails(t *testing.T) {
	for _, c := range []struct {
		behaviour collectortest.Behaviour
		patience  time.Duration
		is        error
		want      string
		log       string
		settled   int64
	}{
		{collectortest.Crashes, long, collector.ErrEnded, "exit status 1", "Error: cannot start\nfor two reasons\n", 0},
		{collectortest.Stalls, short, collector.ErrStalled, "it has settled 1 of 3 lines", "", 1},
		{collectortest.Mute, short, collector.ErrStalled, "its metrics were not to be had for 400ms", "", 0},
		{collectortest.Stubborn, short, nil, "did not end within 400ms and was killed; open sessions are missing", "", 3},
		{collectortest.Fails, long, nil, "failed when it was stopped: exit status 1", "Error: cannot stop\n", 3},
	} {
		t.Run(string(c.behaviour), func(t *testing.T) {
			startup := long
			if c.behaviour == collectortest.Mute {
				startup = short
			}
			res, log, err := fake(t.Context(), t, c.behaviour, c.patience, startup, nil)
			if err == nil || !strings.Contains(err.Error(), c.want) || c.is != nil && !errors.Is(err, c.is) {
				t.Errorf("error %v, want %v with %q", err, c.is, c.want)
			}
			if !strings.Contains(log, c.log) {
				t.Errorf("log %q, want %q in it", log, c.log)
			}
			if res == nil || res.Lines() != c.settled {
				t.Errorf("result %+v, want %d lines", res, c.settled)
			}
		})
	}
	if _, err := collector.Run(t.Context(), &collector.Settings{
		Binary: "/no/such/program", Dir: t.TempDir(), Patience: long, Say: func(string) {},
	}); err == nil || !strings.Contains(err.Error(), "starting the Collector") {
		t.Errorf("a program that is not there: %v", err)
	}
}

// TestInterrupted: the Collector is stopped in order, so that what it has read is not lost.
func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	res, _, err := fake(ctx, t, collectortest.Stalls, long, long, func(int64) { cancel() })
	if !errors.Is(err, context.Canceled) || res.Lines() != 1 {
		t.Errorf("%+v, %v", res, err)
	}
	if _, err := os.Stat(res.Output); err != nil {
		t.Error(err)
	}
}

func TestYAML(t *testing.T) {
	cfg := collector.Config{
		Files: []string{"/var/log/a.log", "/tmp/we[i]rd $x*.log"}, Output: "/tmp/a$b/records.jsonl", Port: 4321,
		Receiver: map[string]any{"format": "haproxy", "haproxy": map[string]any{"log_format": []any{"$a %ci"}}},
	}
	text, err := cfg.YAML()
	if err != nil {
		t.Fatal(err)
	}
	var doc map[string]any
	if err := yaml.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	receiver := doc["receivers"].(map[string]any)["proxylog"].(map[string]any)
	for path, want := range map[string]any{
		"format":  "haproxy",
		"haproxy": map[string]any{"log_format": []any{"$$a %ci"}},
	} {
		if diff := cmp.Diff(want, receiver[path]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", path, diff)
		}
	}
	include := receiver["file"].(map[string]any)["include"]
	if diff := cmp.Diff([]any{"/var/log/a.log", `/tmp/we\[i\]rd $$x\*.log`}, include); diff != "" {
		t.Errorf("include (-want +got):\n%s", diff)
	}
	if got := doc["exporters"].(map[string]any)["file"].(map[string]any)["path"]; got != "/tmp/a$$b/records.jsonl" {
		t.Errorf("path %v", got)
	}
	if !strings.Contains(string(text), "port: 4321") {
		t.Errorf("the port is missing:\n%s", text)
	}
}
