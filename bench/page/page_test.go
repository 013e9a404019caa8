// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package page

import (
	"os"
	"path/filepath"
	"testing"
)

// TestWrite wants what stands around the marks kept, a second run to change nothing else, and a page without marks refused.
func TestWrite(t *testing.T) {
	path := filepath.Join(t.TempDir(), "page.md")
	text := "before\n" + Begin("bench-x") + "\nold\n" + End("bench-x") + "\nafter " + Begin("bench-y") + End("bench-y")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := Write(path, "bench-x", "new\n"); err != nil {
			t.Fatal(err)
		}
	}
	want := "before\n" + Begin("bench-x") + "\n\nnew\n\n" + End("bench-x") + "\nafter " + Begin("bench-y") + End("bench-y")
	if b, err := os.ReadFile(path); err != nil || string(b) != want {
		t.Errorf("page %q: %v", b, err)
	}
	if err := Write(path, "bench-z", "new"); err == nil {
		t.Error("a page without marks is accepted")
	}
}
