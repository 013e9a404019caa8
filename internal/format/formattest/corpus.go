// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

// Package formattest is the harness of the five formats' tests: it reads captures and what independent decoders say of
// them, and compares.
package formattest

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

// root is the folder of the module.
func root() string {
	_, file, _, _ := runtime.Caller(0)
	return filepath.Join(filepath.Dir(file), "..", "..", "..")
}

// Testdata is the path of a file or folder below the module's testdata.
func Testdata(rel string) string { return filepath.Join(root(), "testdata", filepath.FromSlash(rel)) }

// Corpus is the path of a file or folder of the full corpus, which lies beside the module and is not part of it. The
// test is skipped where it is missing; the captures under testdata stand in for it.
func Corpus(t testing.TB, rel string) string {
	t.Helper()
	path := filepath.Join(root(), "..", "shared", "corpus", filepath.FromSlash(rel))
	if _, err := os.Stat(path); err != nil {
		t.Skipf("the full corpus is not here (%v); the captures under testdata are tested all the same", err)
	}
	return path
}

// Read returns a file's content and fails the test where it cannot be read.
func Read(t testing.TB, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
