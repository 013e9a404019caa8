// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package collector

import (
	"strings"
	"testing"
)

func TestLogWriter(t *testing.T) {
	var said []string
	w := &logWriter{say: func(s string) { said = append(said, s) }}
	for _, part := range []string{"{\"level\":\"err", "or\",\"msg\":\"m\"}\nplain\n\n", strings.Repeat("x", 3*maxLogLine), "\n"} {
		if n, err := w.Write([]byte(part)); n != len(part) || err != nil {
			t.Errorf("Write = %d, %v", n, err)
		}
	}
	for range maxLogLines {
		if _, err := w.Write([]byte("again\n")); err != nil {
			t.Error(err)
		}
	}
	w.flush()
	if len(said) != maxLogLines+1 || said[0] != "error: m" || said[1] != "plain" || len(said[2]) > maxLogLine {
		t.Errorf("%d lines: %.60q", len(said), said)
	}
	if got := said[maxLogLines]; got != "the Collector logged 3 more lines" {
		t.Errorf("the last line: %q", got)
	}
}
