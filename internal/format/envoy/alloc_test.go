// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package envoy

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/proxylog/proxylog/internal/envelope"
	"github.com/proxylog/proxylog/internal/format"
)

// TestReadDoesNotAllocate reads lines without making records of them.
func TestReadDoesNotAllocate(t *testing.T) {
	for _, file := range []string{"gdc.log", "default.log", "istio.log", "default_json.log", "istio_json.log", "typed.log"} {
		raw, err := os.ReadFile(filepath.Join("..", "..", "..", "testdata", "envoy", "ok", file))
		if err != nil {
			t.Fatal(err)
		}
		f, err := New(NewConfig())
		if err != nil {
			t.Fatal(err)
		}
		p, in := f.(*parser), &format.Input{}
		src := p.source(in)
		lines := strings.Split(strings.TrimSpace(string(raw)), "\n")
		read := func() {
			for _, line := range lines {
				in.Line, in.Header = line, envelope.Header{End: len(line)}
				var err *format.Error
				if line[0] == '{' {
					_, err = p.readJSON(in, src, 0)
				} else {
					err = p.readText(in, src, 0, nil)
				}
				if err != nil {
					t.Fatal(err)
				}
			}
		}
		read()
		if n := testing.AllocsPerRun(10, read); n != 0 {
			t.Errorf("%s: %v allocations", file, n)
		}
	}
}
