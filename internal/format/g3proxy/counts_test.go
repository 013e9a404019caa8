// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package g3proxy_test

import (
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/proxylog/proxylog/internal/format/formattest"
)

// counts are how many entries of each kind a file of the corpus has; all else must be 0.
type counts struct {
	// Traffic are tasks, inspections and interceptions, Errors escapes and resolutions, Events lines without pairs.
	Traffic, Errors, Events int
	// Empty lines stand within messages of the stdout driver. Nothing in the corpus is cut or cannot be read.
	Empty, Truncated, Rejected int
}

// corpusCounts says what each file of the corpus holds. There are no rejects. The events are the third and fourth line of
// the six messages of four lines that the stdout driver wrote: "Caused by:" and what it was; the second line is empty.
var corpusCounts = map[string]counts{
	"cee3164/audit.log": {Traffic: 23}, "cee3164/escape.log": {Errors: 17}, "cee3164/resolve.log": {Errors: 62}, "cee3164/task.log": {Traffic: 611},
	"cee5424/audit.log": {Traffic: 23}, "cee5424/escape.log": {Errors: 17}, "cee5424/resolve.log": {Errors: 62}, "cee5424/task.log": {Traffic: 615},
	"rfc3164/audit.log": {Traffic: 23}, "rfc3164/escape.log": {Errors: 17}, "rfc3164/resolve.log": {Errors: 62}, "rfc3164/task.log": {Traffic: 609},
	"rfc5424/audit.log": {Traffic: 23}, "rfc5424/escape.log": {Errors: 17}, "rfc5424/resolve.log": {Errors: 62}, "rfc5424/task.log": {Traffic: 609},
	"escapes-cee3164/all.log": {Traffic: 25, Errors: 2}, "escapes-rfc3164/all.log": {Traffic: 25, Errors: 2}, "escapes-rfc5424/all.log": {Traffic: 25, Errors: 2},
	"shutdown-cee3164-sigterm/task.log": {Traffic: 29}, "shutdown-cee3164-sigterm/escape.log": {Errors: 1},
	"shutdown-cee3164-sigterm/audit.raw": {}, "shutdown-cee3164-sigterm/resolve.raw": {},
	"shutdown-rfc5424-sigkill/task.log": {Traffic: 15}, "shutdown-rfc5424-sigkill/escape.log": {Errors: 1},
	"shutdown-rfc5424-sigkill/audit.raw": {}, "shutdown-rfc5424-sigkill/resolve.raw": {},
	"syslog-default-devlog/all.raw": {Traffic: 5, Errors: 3},
	"stdout/stdout.log":             {Traffic: 646, Errors: 80, Events: 12, Empty: 6},
	"journal-json/journalctl.json":  {Traffic: 644, Errors: 81},
	"journal-native/journal.raw":    {Traffic: 644, Errors: 81},
	"fluentd/*.msgpack":             {Traffic: 646, Errors: 79},
}

// corpusTexts are the lines, datagrams or messages of a file of the corpus, as an input hands them over.
func corpusTexts(t *testing.T, file string) []string {
	t.Helper()
	switch {
	case strings.HasSuffix(file, ".raw"):
		return formattest.Datagrams(t, formattest.Corpus(t, "g3proxy/"+file))
	case strings.HasSuffix(file, ".msgpack"):
		files, err := filepath.Glob(formattest.Corpus(t, "g3proxy/fluentd") + "/*.msgpack")
		if err != nil {
			t.Fatal(err)
		}
		var out []string
		for _, f := range files {
			out = append(out, formattest.Messages(t, f)...)
		}
		return out
	}
	return strings.Split(strings.TrimSuffix(string(formattest.Read(t, formattest.Corpus(t, "g3proxy/"+file))), "\n"), "\n")
}

// TestCounts counts what the files hold, and wants the same records whether the format is named or recognised.
func TestCounts(t *testing.T) {
	for file, want := range corpusCounts {
		t.Run(file, func(t *testing.T) {
			texts := corpusTexts(t, file)
			named, recognised := explainAll(t, config(), texts), explainAll(t, auto(), texts)
			var got counts
			for i, g := range named {
				switch {
				case g.Error != nil:
					got.Rejected++
				case g.Record == nil:
					got.Empty++
				case g.Kind == "traffic":
					got.Traffic++
				case g.Kind == "error":
					got.Errors++
				case g.Kind == "event":
					got.Events++
				case g.Kind == "truncated":
					got.Truncated++
				}
				if !reflect.DeepEqual(g, recognised[i]) {
					t.Fatalf("line %d (-named +auto):\n%s", g.Line, cmp.Diff(g, recognised[i]))
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestCountsComplete: every capture of the corpus is counted.
func TestCountsComplete(t *testing.T) {
	root := formattest.Corpus(t, "g3proxy")
	files, err := filepath.Glob(root + "/*/*")
	if err != nil || len(files) == 0 {
		t.Fatal(err)
	}
	for _, path := range files {
		file, err := filepath.Rel(root, path)
		if err != nil {
			t.Fatal(err)
		}
		switch base := filepath.Base(file); {
		case base == "tasks.json" || strings.HasPrefix(base, "decoded"):
		case strings.HasSuffix(file, ".msgpack"):
		default:
			if _, ok := corpusCounts[filepath.ToSlash(file)]; !ok {
				t.Errorf("%s is not counted", file)
			}
		}
	}
}
