// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package formattest

import (
	"bufio"
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/proxylog/proxylog/internal/decode"
	"github.com/proxylog/proxylog/internal/explain"
)

// Expected is one line of an expected file: what an independent log of the same transaction says of each field.
type Expected struct {
	Line int `json:"line"`
	// Kind is traffic, error, event and so on; empty in Squid's files, where all lines are traffic.
	Kind string `json:"kind"`
	// RenderOK is true or "ok" where the fields are known, else the line is to be skipped.
	RenderOK any `json:"render_ok"`
	// Fields are pairs of code and value; a missing value is null or "".
	Fields []Pair `json:"fields"`
	// Truncated lines are cut by the proxy.
	Truncated bool `json:"truncated"`
}

// Pair is a code and its value, which is a text or a list of texts.
type Pair struct {
	Code string
	// Text is the value, "" where it is missing or a list.
	Text string
	// List is the value of a list.
	List []string
}

// UnmarshalJSON reads [code, value].
func (p *Pair) UnmarshalJSON(b []byte) error {
	var pair [2]json.RawMessage
	if err := json.Unmarshal(b, &pair); err != nil {
		return err
	}
	if err := json.Unmarshal(pair[0], &p.Code); err != nil {
		return err
	}
	if len(pair[1]) > 0 && pair[1][0] == '[' {
		return json.Unmarshal(pair[1], &p.List)
	}
	var s *string
	err := json.Unmarshal(pair[1], &s)
	p.Text = text(s)
	return err
}

// is reports whether a field is the pair.
func (p *Pair) is(f *explain.Field) bool {
	if p.List != nil {
		return f.Code == p.Code && slices.Equal(latin1s(f.List), p.List)
	}
	return f.Code == p.Code && latin1(text(f.Raw)) == p.Text
}

// Known reports whether the expected values are known.
func (e *Expected) Known() bool {
	return (e.RenderOK == true || e.RenderOK == "ok") && !e.Truncated
}

// ReadExpected reads an expected file.
func ReadExpected(t testing.TB, path string) map[int]Expected {
	t.Helper()
	out := map[int]Expected{}
	for _, l := range bytes.Split(Read(t, path), []byte("\n")) {
		if len(bytes.TrimSpace(l)) == 0 {
			continue
		}
		var e Expected
		if err := json.Unmarshal(l, &e); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		out[e.Line] = e
	}
	return out
}

// Observed is the time at which tests read their lines: the captures were made on the day before.
var Observed = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// Explain reads a capture with a configuration and says what was read of each line.
func Explain(t testing.TB, cfg decode.Config, capture []byte) []explain.Line {
	t.Helper()
	cfg.OnError = "drop"
	d, err := decode.New(cfg, decode.Settings{Location: time.UTC, ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	e := explain.New(d, t.Name())
	var out []explain.Line
	sc := bufio.NewScanner(bytes.NewReader(capture))
	sc.Buffer(nil, 64<<20)
	for sc.Scan() {
		out = append(out, e.Read(sc.Text(), Observed))
	}
	if err := sc.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

// Compare holds each line against its expected fields and reports every difference, the first few in full. exempt, where
// it is not nil, passes over a field that a line cannot decide; it returns how many fields it compared.
func Compare(t testing.TB, got []explain.Line, want map[int]Expected, exempt func(line int, code string) bool) int {
	t.Helper()
	return compare(t, got, want, exempt, false)
}

// CompareEach is Compare, but asks exempt only of fields that differ.
func CompareEach(t testing.TB, got []explain.Line, want map[int]Expected, exempt func(line int, code string) bool) int {
	t.Helper()
	return compare(t, got, want, exempt, true)
}

func compare(t testing.TB, got []explain.Line, want map[int]Expected, exempt func(line int, code string) bool, onlyDifferent bool) int {
	t.Helper()
	compared, failed := 0, 0
	fail := func(format string, args ...any) {
		if failed++; failed <= 10 {
			t.Errorf(format, args...)
		}
	}
	for _, g := range got {
		w, ok := want[g.Line]
		if !ok {
			fail("line %d has no expected line", g.Line)
			continue
		}
		if !w.Known() || len(w.Fields) == 0 {
			continue
		}
		if g.Error != nil {
			fail("line %d rejected: %+v\n%s", g.Line, *g.Error, g.Text)
			continue
		}
		if len(g.Fields) != len(w.Fields) {
			fail("line %d has %d fields, want %d\n%s", g.Line, len(g.Fields), len(w.Fields), g.Text)
			continue
		}
		for i, f := range g.Fields {
			p := &w.Fields[i]
			same := p.is(&f)
			if exempt != nil && !(onlyDifferent && same) && exempt(g.Line, p.Code) {
				continue
			}
			compared++
			if !same {
				fail("line %d field %d: %s = %q %q, want %s = %q %q\n%s", g.Line, i, f.Code, text(f.Raw), f.List, p.Code, p.Text, p.List, g.Text)
			}
		}
	}
	if len(got) != len(want) {
		fail("%d lines, want %d", len(got), len(want))
	}
	if failed > 10 {
		t.Errorf("and %d more", failed-10)
	}
	return compared
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

func latin1s(list []string) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = latin1(s)
	}
	return out
}

// latin1 turns bytes into the runes by which the expected files write them.
func latin1(s string) string {
	var b strings.Builder
	for i := range len(s) {
		b.WriteRune(rune(s[i]))
	}
	return b.String()
}
