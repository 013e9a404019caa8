// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"strings"
	"testing"
)

// TestReference makes a table for each first part of a key, and keeps what a description holds out of the markup.
func TestReference(t *testing.T) {
	got := string(reference([]string{"a.b", "a.c", "d"}, map[string]attribute{
		"a.b": {Type: "int", Description: "x | <y>\n*z*"}, "a.c": {Type: "string", Description: "c"}, "d": {Type: "bool", Description: "d"},
	}))
	want := `## a

| attribute | type | meaning |
|---|---|---|
| ` + "`a.b`" + ` | int | x \| \<y> \*z\* |
| ` + "`a.c`" + ` | string | c |

## d

| attribute | type | meaning |
|---|---|---|
| ` + "`d`" + ` | bool | d |
`
	if !strings.HasSuffix(got, "\n\n"+want) {
		t.Errorf("got\n%s\nwant at the end\n%s", got, want)
	}
}
