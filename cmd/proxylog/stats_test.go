// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/proxylog/proxylog/internal/format/formattest"
)

// packed is text in a gzip file.
func packed(t *testing.T, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

const (
	httpLine = `192.0.2.7:1 [21/Nov/2026:23:43:14.491] f b/s 0/0/0/1/1 200 5 - - ---- 1/1/0/0/0 0/0 "GET / HTTP/1.1"` + "\n"
	icapLine = "1795304950.095      3 127.0.0.5 ICAP_ECHO/204 107 REQMOD icap://127.0.0.1:13450/reqmod - -/127.0.0.1 -\n"
)

// counts is what stats --json prints.
type counts struct {
	Files, Lines, Bytes               int64
	Seconds                           float64
	LinesPerSecond                    float64 `json:"lines_per_second"`
	Parsed, Rejected, Oversize, Blank int64
	Formats                           []struct {
		Format           string
		Parsed, Rejected int64
		Dialects         []struct {
			Dialect string
			Records int64
		}
	}
	Rejects []struct {
		Format, Reason string
		Lines          int64
		First          *struct {
			File, Field, Expected, Dialect string
			Line, Offset                   int
		}
	}
	NearMisses []struct {
		Format, Dialect, Hint string
		Lines                 int64
	} `json:"near_misses"`
}

// stats runs stats --json with a clock that moves by a second each time it is asked.
func stats(t *testing.T, stdin string, args ...string) counts {
	t.Helper()
	var stdout, stderr bytes.Buffer
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	e := &env{
		stdin: strings.NewReader(stdin), stdout: &stdout, stderr: &stderr, getenv: func(string) string { return "" },
		now: func() time.Time { now = now.Add(time.Second); return now },
	}
	if status := e.main(append([]string{"stats", "--json"}, args...)); status != 0 || stderr.Len() > 0 {
		t.Fatalf("exit status %d, %s", status, stderr.String())
	}
	var out counts
	if err := json.Unmarshal(stdout.Bytes(), &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestStats(t *testing.T) {
	broken := strings.Replace(tcplog, "512 --", "512 ??", 1)
	text := tcplog + tcplog + httpLine + "\n" + broken + icapLine + broken + "what?\n"
	gz := write(t, "b.log.gz", string(packed(t, text)))
	got := stats(t, "", write(t, "a.log", text), gz)
	want := counts{
		Files: 2, Lines: 16, Bytes: 2 * int64(len(text)), Seconds: got.Seconds, LinesPerSecond: 16 / got.Seconds, Parsed: 8, Rejected: 6, Blank: 2,
	}
	if got.Seconds < 1 {
		t.Errorf("%v seconds: the clock was not asked", got.Seconds)
	}
	sums := got
	sums.Formats, sums.Rejects, sums.NearMisses = nil, nil, nil
	if diff := cmp.Diff(want, sums); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	records := map[string]int64{}
	for _, f := range got.Formats {
		for _, d := range f.Dialects {
			records[f.Format+" "+d.Dialect] = d.Records
		}
	}
	if diff := cmp.Diff(map[string]int64{"haproxy tcplog": 4, "haproxy httplog": 2, "squid icap_squid": 2}, records); diff != "" {
		t.Errorf("dialects (-want +got):\n%s", diff)
	}
	if len(got.Formats) == 0 || got.Formats[0].Format != "haproxy" {
		t.Errorf("the format with the most lines is first: %+v", got.Formats)
	}
	if len(got.Rejects) != 2 {
		t.Fatalf("%+v", got.Rejects)
	}
	r := got.Rejects[0]
	if r.Format != "haproxy" || r.Reason != "mismatch" || r.Lines != 4 || r.First == nil {
		t.Fatalf("%+v", r)
	}
	if f := r.First; filepath.Base(f.File) != "a.log" || f.Line != 5 || f.Field != "%ts" || f.Offset != strings.Index(broken, "??") || f.Dialect != "tcplog" || f.Expected == "" {
		t.Errorf("first: %+v", f)
	}
	if f := got.Rejects[1].First; got.Rejects[1].Reason != "unrecognized" || f == nil || f.Line != 8 {
		t.Errorf("%+v %+v", got.Rejects[1], f)
	}
}

func TestStatsText(t *testing.T) {
	broken := strings.Replace(tcplog, "512 --", "512 ??", 1)
	o := proxylog(tcplog+httpLine+"\n"+broken, "stats", "-")
	for _, want := range []string{
		"1 file, 4 lines: 2 read, 1 rejected, 1 blank\n",
		"           tcplog                                         1\n",
		"haproxy mismatch: 1, first standard input line 4 · rejected: mismatch at byte 106 in %ts; nearest is haproxy tcplog\n",
		"expected a termination state of two characters\n",
	} {
		o.check(t, 0, want, "")
	}
}

// TestStatsFlags: each flag changes what is counted.
func TestStatsFlags(t *testing.T) {
	got := stats(t, httpLine+tcplog, "--directive", "option tcplog", "-")
	if got.Parsed != 1 || got.Rejected != 1 {
		t.Errorf("--directive: %+v", got)
	}
	if len(got.NearMisses) != 1 || got.NearMisses[0].Dialect != "httplog" || got.NearMisses[0].Lines != 1 || got.NearMisses[0].Hint != "add httplog to haproxy::log_format" {
		t.Errorf("near misses: %+v", got.NearMisses)
	}
	proxylog(httpLine, "stats", "--directive", "option tcplog", "-").
		check(t, 0, "  1 fits haproxy httplog, which is not configured: add httplog to haproxy::log_format\n", "")
	if got := stats(t, httpLine, "--format", "squid", "-"); got.Parsed != 0 || got.Rejected != 1 {
		t.Errorf("--format: %+v", got)
	}
	config := write(t, "c.yaml", "receivers: {proxylog: {format: squid, on_error: drop}}\n")
	if got := stats(t, httpLine+icapLine, "--config", config, "-"); got.Parsed != 1 || got.Rejected != 1 || got.Rejects[0].First == nil {
		t.Errorf("--config: %+v", got)
	}
	proxylog("", "stats").check(t, 2, "", "name the files to read, or - for standard input")
	proxylog("", "stats", "no.log").check(t, 1, "", "no.log: no such file")
	proxylog("", "stats", "--directive", "log-format %nosuch", "-").check(t, 2, "", "  %nosuch\n  ^\n")
	proxylog("", "stats", "-").check(t, 0, "1 file, 0 lines: 0 read\n", "")
}

// TestStatsEntries: the entries of one line are records, and those that cannot be read are counted by their reason.
func TestStatsEntries(t *testing.T) {
	one := strings.TrimSuffix(edgeOne("x", 1, "up:net_exception_closed"), "\n")
	got := stats(t, "["+one+","+one+",{\"ServiceID\":1}]\n", "-")
	if got.Parsed != 1 || len(got.Formats) != 1 || len(got.Formats[0].Dialects) != 1 || got.Formats[0].Dialects[0].Records != 2 {
		t.Errorf("%+v", got)
	}
	if len(got.Rejects) != 1 || got.Rejects[0].Lines != 1 {
		t.Errorf("%+v", got.Rejects)
	}
}

// TestStatsCorpus: a capture is counted as its oracle says, to the line.
func TestStatsCorpus(t *testing.T) {
	path := formattest.Corpus(t, "squid/icap_builtin.log")
	want := int64(strings.Count(string(formattest.Read(t, strings.TrimSuffix(path, ".log")+".expected.jsonl")), "\n"))
	got := stats(t, "", path)
	if got.Lines != want || got.Parsed != want || got.Rejected != 0 {
		t.Errorf("%d lines, %d read, want %d", got.Lines, got.Parsed, want)
	}
}
