// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package edgeone

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestEntries(t *testing.T) {
	const (
		a = `{"SessionID":"a","SentBytes":1,"LogTimeStamp":"2026-11-20T00:00:02Z"}`
		b = `{"LogTimeStamp":"2026-11-20T00:00:02Z", "ClientRegion":"\"}{", "EdgeIP" : "::1"}`
	)
	for in, want := range map[string][]string{
		"":            nil,
		a:             {a},
		a + b:         {a, b},
		"[" + a + "]": {a},
		`{"logs":[` + a + "," + b + `],"count":2}`:            {a, b},
		`{"event":` + a + `}` + `{"event":` + b + `}`:         {a, b},
		`BEGIN <` + a + `>;<` + b + "> END":                   {a, b},
		`"` + a + `" ` + b:                                    {a, b},
		`{"SessionID":"a"}`:                                   nil, // others have one too
		`{"note":"` + strings.ReplaceAll(a, `"`, `\"`) + `"}`: nil,

		// A key without a name is nobody's.
		`{"":1,"":2}`:            nil,
		`{"":1,"SessionID":"a"}`: nil,
		`} ` + a:                 {a},
		`{"x":"` + a:             nil, // a quote ends the text in the middle of an object that is none
		strings.Repeat(`{"a":`, 20) + "1" + strings.Repeat("}", 20) + a: {a},
		`{"SessionID":"a","LogTimeStamp":1,"more":` + a + `}`:           {`{"SessionID":"a","LogTimeStamp":1,"more":` + a + `}`},
	} {
		assert.Equal(t, want, Entries(in), in)
	}
}

// FuzzEntries: entries are parts of the text in its order, each from brace to brace.
func FuzzEntries(f *testing.F) {
	f.Add(`x{"logs":[{"SessionID":"a","SentBytes":1},{"SessionID":"b","SentBytes":1}]}y`)
	f.Fuzz(func(t *testing.T, text string) {
		rest := text
		for _, e := range Entries(text) {
			_, after, ok := strings.Cut(rest, e)
			if !ok || e[0] != '{' || e[len(e)-1] != '}' {
				t.Fatalf("%q is not in %q", e, rest)
			}
			rest = after
		}
	})
}
