// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package sessionstitchprocessor

import (
	"flag"
	"testing"

	"pgregory.net/rapid"
)

// raceSample is the part of the cases that run under the race detector.
const raceSample = 6

// sample is n, or a part of it under the race detector.
func sample(n int) int {
	if underRace {
		return max(n/raceSample, 1)
	}
	return n
}

// checkAll checks a property with rapid's default number of cases, under the race detector with fewer, unless a flag says
// how many.
func checkAll(t *testing.T, property func(*rapid.T)) {
	t.Helper()
	if f := flag.Lookup("rapid.checks"); underRace && f != nil && f.Value.String() == f.DefValue {
		if err := f.Value.Set("17"); err != nil {
			t.Fatal(err)
		}
	}
	rapid.Check(t, property)
}
