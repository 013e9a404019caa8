// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

// Package page writes what a benchmark has measured into a page of the documentation.
package page

import (
	"fmt"
	"os"
	"strings"
)

// Begin and End are the marks of the part of a page that the make target of that name writes.
func Begin(target string) string { return "<!-- written by make " + target + " -->" }

// End is the mark behind that part.
func End(target string) string { return "<!-- end of make " + target + " -->" }

// Write puts text between the marks for the make target.
func Write(path, target, text string) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	before, rest, ok := strings.Cut(string(b), Begin(target))
	_, after, ok2 := strings.Cut(rest, End(target))
	if !ok || !ok2 {
		return fmt.Errorf("%s has no marks %q and %q", path, Begin(target), End(target))
	}
	text = before + Begin(target) + "\n\n" + strings.TrimSpace(text) + "\n\n" + End(target) + after
	return os.WriteFile(path, []byte(text), 0o600)
}
