// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/proxylog/proxylog/cmd/proxylog/internal/collector/collectortest"
)

// fake makes the test program the Collector.
func fake(t *testing.T, b collectortest.Behaviour, lines int, records string) string {
	t.Helper()
	for _, kv := range collectortest.Environ(b, lines, records) {
		if k, v, _ := strings.Cut(kv, "="); strings.HasPrefix(k, "PROXYLOG_FAKE_") {
			t.Setenv(k, v)
		}
	}
	t.Setenv("TMPDIR", t.TempDir())
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return exe
}

// left lists what is left in the folder for temporary files.
func left(t *testing.T) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(os.TempDir(), "*"))
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// oneSession is a record as the file exporter writes it.
const oneSession = `{"resourceLogs":[{"resource":{},"scopeLogs":[{"scope":{},"logRecords":[{"timeUnixNano":"1795304594571000000",` +
	`"eventName":"proxy.session.end","attributes":[{"key":"proxy.type","value":{"stringValue":"haproxy"}},` +
	`{"key":"proxy.client.bytes_received","value":{"intValue":"512"}}]}]}]}]}`

func TestRunFake(t *testing.T) {
	exe := fake(t, collectortest.Reads, 2, oneSession)
	file := write(t, "a.log", tcplog+"\n"+tcplog)
	o := proxylog("", "run", "--collector", exe, file)
	o.check(t, 0, "1 file, 7 lines: 2 read, 5 blank\n\nhaproxy  1 session · clients received 512 B\n", "collector: warn: a warning")
	if l := left(t); len(l) > 0 {
		t.Errorf("left behind: %v", l)
	}
	o = proxylog("", "run", "--keep", "--collector", exe, file)
	o.check(t, 0, "1 session", "proxylog run: configuration and records are kept in "+os.TempDir())
	if l := left(t); len(l) != 1 {
		t.Errorf("kept: %v", l)
	}
}

// TestRunNothing: files without a line are no failure, and the Collector is not started for them.
func TestRunNothing(t *testing.T) {
	exe := fake(t, collectortest.Crashes, 0, "")
	proxylog("", "run", "--collector", exe, write(t, "a.log", "")).check(t, 0, "1 file, 0 lines: 0 read\n", "")
	proxylog("", "run", "--collector", exe, write(t, "b.log", "\n \n")).check(t, 0, "1 file, 2 lines: 0 read, 2 blank\n", "")
}

func TestRunFakeFails(t *testing.T) {
	file := write(t, "a.log", tcplog+tcplog)
	for _, c := range []struct {
		name           string
		behaviour      collectortest.Behaviour
		records        string
		patience       string
		stdout, stderr string
	}{
		{"crashes", collectortest.Crashes, "", "30s", "", "collector: Error: cannot start\ncollector: for two reasons\nproxylog run: the Collector ended by itself: exit status 1\n"},
		// Stopping may take as long, too: too short a time would not let a busy machine write the session.
		{"stalls", collectortest.Stalls, oneSession, "3s", "1 file, 6 lines: 1 read, 5 blank\n\nhaproxy  1 session", "proxylog run: the Collector makes no progress: for 3s it has settled 1 of 2 lines\n"},
		{"fails", collectortest.Fails, oneSession, "30s", "1 session", "the Collector failed when it was stopped"},
		{"garbage", collectortest.Reads, "{", "30s", "1 file, 7 lines", "reading the Collector's records: line 1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			exe := fake(t, c.behaviour, 2, c.records)
			proxylog("", "run", "--patience", c.patience, "--collector", exe, file).check(t, 1, c.stdout, c.stderr)
			if l := left(t); len(l) > 0 {
				t.Errorf("left behind: %v", l)
			}
		})
	}
}

func TestRunFiles(t *testing.T) {
	exe := fake(t, collectortest.Reads, 1, oneSession)
	good := write(t, "a.log", tcplog)
	copied := write(t, "copy.log", tcplog)
	dir := t.TempDir()

	proxylog("", "run", "--collector", exe, good, copied).check(t, 0, "1 file, ", "note: "+copied+": has the same content as "+good+" and is read once\n")
	proxylog("", "run", "--collector", exe, good, filepath.Join(dir, "*.log")).check(t, 1, "1 session", dir+"/*.log: the pattern matches no file\n")
	proxylog("", "run", "--collector", exe, dir).check(t, 1, "", dir+": is a directory")
	proxylog("", "run", "--collector", exe, write(t, "b.gz", string(packed(t, "x\n")))).check(t, 1, "", "is compressed with gzip")
	proxylog("", "run", "--collector", filepath.Join(dir, "none"), good).check(t, 1, "", "there is no Collector at "+dir+"/none; make build makes it")
	proxylog("", "run", "--collector", dir, good).check(t, 1, "", "is a directory, not the Collector")
	head := strings.Repeat(tcplog, 200)
	alike, other := write(t, "x.log", head+"one\n"), write(t, "y.log", head+"two\n")
	proxylog("", "run", "--show-config", alike, other).check(t, 1, alike, other+": begins with the same 16 KiB as "+alike)

	o := proxylog("", "run", "--show-config", "--format", "haproxy", "--timezone", "Europe/Berlin", good)
	o.check(t, 0, "timezone: Europe/Berlin", "")
	for _, part := range []string{"format: haproxy", "- " + good, "session_stitch:", "start_at: beginning"} {
		if !strings.Contains(o.stdout, part) {
			t.Errorf("%q is missing in\n%s", part, o.stdout)
		}
	}

	// The Collector expands $, so that the receiver gets what was said.
	o = proxylog("", "run", "--show-config", "--directive", `log-format "%ci:%cp \$%B"`, good)
	for _, part := range []string{"format: haproxy", `log-format "%ci:%cp \$$%B"`} {
		if o.status != 0 || !strings.Contains(o.stdout, part) {
			t.Errorf("%q is missing in\n%s%s", part, o.stdout, o.stderr)
		}
	}

	t.Chdir(dir)
	proxylog("", "run").check(t, 1, "", "no FILE was named, and there are no samples here")
}

// TestRunDistribution runs the real distribution over the bundled samples and some bad lines: it has to find what is
// found without it.
func TestRunDistribution(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	binary := filepath.Join(root, "bin", "otelcol-proxylog")
	info, err := os.Stat(binary)
	if err != nil {
		t.Skipf("the distribution is not built (make build): %v", err)
	}
	if file := newer(t, root, info.ModTime()); file != "" {
		t.Skipf("the distribution is older than %s: make build", file)
	}
	t.Setenv("TMPDIR", t.TempDir())
	t.Chdir(root)
	files, err := filepath.Glob("testdata/*/ok/*.log")
	if err != nil || len(files) == 0 {
		t.Fatalf("no samples: %v", err)
	}
	dir := t.TempDir()
	odd := filepath.Join(dir, "odd $name [1].log")
	content := "\n" + tcplog + "\xff\x00garbage\n" + strings.Repeat("x", 3<<20) + "\n" + tcplog[:90] + "\n\n" + strings.TrimSuffix(tcplog, "\n")
	if err := os.WriteFile(odd, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	args := append([]string{"--timezone", "UTC", odd}, files...)
	want := proxylog("", append([]string{"sessions"}, args...)...)
	got := proxylog("", append([]string{"run", "--collector", binary}, args...)...)
	if want.status != 0 || got.status != 0 || got.stderr != "" {
		t.Errorf("exit status %d and %d, stderr %q and %q", want.status, got.status, want.stderr, got.stderr)
	}
	if body(got.stdout) != body(want.stdout) {
		t.Errorf("run prints\n%s\nsessions prints\n%s", got.stdout, want.stdout)
	}
	if l := left(t); len(l) > 0 {
		t.Errorf("left behind: %v", l)
	}

	// Without files it reads the samples.
	o := proxylog("", "run", "--collector", binary)
	o.check(t, 0, "edgeone  ", "")
	if strings.Contains(o.stdout, "rejected") {
		t.Errorf("samples are rejected:\n%s", o.stdout)
	}
	for _, proxy := range []string{"envoy  ", "g3proxy  ", "haproxy  ", "squid  "} {
		if !strings.Contains(o.stdout, "\n"+proxy) {
			t.Errorf("%s is missing in\n%s", proxy, o.stdout)
		}
	}
}

// newer finds a source file of the components that is newer than the distribution.
func newer(t *testing.T, root string, built time.Time) (found string) {
	t.Helper()
	for _, dir := range []string{"internal", "receiver", "processor"} {
		err := filepath.WalkDir(filepath.Join(root, dir), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
				return err
			}
			info, err := d.Info()
			if err == nil && info.ModTime().After(built) {
				found = path
				return filepath.SkipAll
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return found
}

// body is a report without the examples of rejected lines, the first of which depends on which file is read first.
func body(report string) string {
	var b strings.Builder
	head, rejects, _ := strings.Cut(report, "\nrejected ")
	b.WriteString(head)
	for line := range strings.Lines(rejects) {
		if f := strings.Fields(line); len(f) > 2 {
			b.WriteString(strings.Join(f[:3], " ") + "\n")
		}
	}
	return b.String()
}
