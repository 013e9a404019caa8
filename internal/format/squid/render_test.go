// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package squid

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/proxylog/proxylog/internal/field"
)

// What follows prints lines as src/format/Format.cc does, from squid.conf's documentation and that source alone.

// kind is how the slow renderer prints a code.
type kind int

const (
	kNumber  kind = iota // printed with %0*d
	kMillis              // a duration in microseconds, printed as milliseconds
	kWord                // text without blanks, encoded only where something asks for it
	kRaw                 // text with anything in it, likewise
	kEscaped             // text that is percent-encoded where nothing else is asked for
	kURL                 // the same, a URL
	kRawURL              // a URL that is encoded only where something asks for it
)

// slowCodes are codes by how they are printed; those with an argument have an example of one.
var slowCodes = []struct {
	name, arg string
	kind      kind
}{
	{"ts", "", kNumber},
	{">p", "", kNumber},
	{">Hs", "", kNumber},
	{"<Hs", "", kNumber},
	{"<st", "", kNumber},
	{">sh", "", kNumber},
	{"st", "", kNumber},
	{"sn", "", kNumber},
	{"icap::>st", "", kNumber},
	{"icap::<bs", "", kNumber},
	{"icap::Hs", "", kNumber},
	{"master_xaction", "", kNumber},
	{"http::<sh", "", kNumber},
	{"Hs", "", kNumber},
	{"tr", "", kMillis},
	{"<tt", "", kMillis},
	{"dt", "", kMillis},
	{"icap::tr", "", kMillis},
	{"icap::tt", "", kMillis},
	{">a", "", kWord},
	{"<A", "", kWord},
	{"rm", "", kWord},
	{"Ss", "", kWord},
	{"Sh", "", kWord},
	{"mt", "", kWord},
	{"err_code", "", kWord},
	{"icap::to", "", kWord},
	{"icap::rm", "", kWord},
	{"tls::>negotiated_version", "", kWord},
	{"ssl::>sni", "", kWord},
	{"un", "", kRaw},
	{"ul", "", kRaw},
	{"credentials", "", kRaw},
	{"ssl::>cert_subject", "", kRaw},
	{">h", "Referer", kEscaped},
	{"<h", "X-A", kEscaped},
	{"icap::<h", "ISTag", kEscaped},
	{"adapt::<last_h", "X", kEscaped},
	{"note", "n", kEscaped},
	{"ea", "", kEscaped},
	{">ha", "A:;b", kEscaped},
	{">h", "", kEscaped},
	{">ru", "", kURL},
	{"<ru", "", kURL},
	{"ru", "", kRawURL},
}

// slowItem is a literal, or a code with its modifiers and its value.
type slowItem struct {
	literal   string
	modifier  string // one of " [ # / ' or nothing
	left      bool
	zero      bool
	min, max  int // max -1 for none
	name, arg string
	behind    bool // the argument stands behind the code
	kind      kind
	value     string
	missing   bool
	micros    int
}

// source is the item as it stands in squid.conf.
func (it *slowItem) source() string {
	if it.name == "" {
		return it.literal
	}
	s := "%" + it.modifier
	if it.left {
		s += "-"
	}
	if it.zero {
		s += "0"
	}
	if it.min > 0 {
		s += fmt.Sprint(it.min)
	}
	if it.max >= 0 {
		s += fmt.Sprintf(".%d", it.max)
	}
	switch {
	case it.arg == "":
		return s + it.name
	case it.behind:
		return s + it.name + "{" + it.arg + "}"
	}
	return s + "{" + it.arg + "}" + it.name
}

// slowRender prints a line.
func slowRender(items []slowItem) string {
	var line strings.Builder
	context := ""
	for i := range items {
		it := &items[i]
		if it.name == "" {
			for _, c := range it.literal {
				switch {
				case c == '"' && context == "":
					context = `"`
				case c == '"' && context == `"`, c == ']' && context == "[":
					context = ""
				case c == '[' && context == "":
					context = "["
				}
			}
			line.WriteString(it.literal)
			continue
		}
		line.WriteString(it.print(context))
	}
	return line.String()
}

func (it *slowItem) print(context string) string {
	if it.missing {
		return "-"
	}
	width := 0
	if it.zero {
		width = it.min
	}
	out := it.value
	cutAt := it.max
	switch it.kind {
	case kNumber:
		out, cutAt = fmt.Sprintf("%0*s", width, out), -1
	case kMillis:
		cutAt = -1
		if it.max < 0 {
			out = fmt.Sprintf("%0*d", width, it.micros/1000)
			break
		}
		divisor := 1000
		if it.max > 0 {
			divisor = 1_000_000
			for range it.max {
				divisor /= 10
			}
			divisor = max(divisor, 1)
		}
		whole := fmt.Sprintf("%0*d", max(0, width-it.max-1), it.micros/1000)
		out = whole + "." + fmt.Sprintf("%0*d", it.max, it.micros%1000*(1000/divisor))
	}
	modifier := it.modifier
	if modifier == "" {
		modifier = context
	}
	switch {
	case modifier == `"`:
		out = encode(quoted, out)
	case modifier == "[":
		out = encode(blob, out)
	case modifier == "#":
		out = encode(url, out)
	case modifier == "/":
		out = encode(shell, out)
	case modifier == "" && (it.kind == kEscaped || it.kind == kURL):
		out = strings.ReplaceAll(encode(url, strings.ReplaceAll(out, "%", "\x01")), "%01", "%")
	}
	if cutAt >= 0 && cutAt < len(out) {
		out = out[:cutAt]
	}
	fill := strings.Repeat(" ", max(0, it.min-len(out))) // Squid counts bytes
	if it.left {
		return out + fill
	}
	return fill + out
}

// drawItem draws a code with modifiers and a value.
func drawItem(t *rapid.T) slowItem {
	c := rapid.SampledFrom(slowCodes).Draw(t, "code")
	it := slowItem{name: c.name, arg: c.arg, kind: c.kind, max: -1}
	it.behind = rapid.Bool().Draw(t, "behind")
	it.missing = rapid.IntRange(0, 5).Draw(t, "missing") == 0
	if rapid.IntRange(0, 2).Draw(t, "modified") == 0 {
		it.modifier = rapid.SampledFrom([]string{`"`, "[", "#", "/", "'"}).Draw(t, "modifier")
	}
	if it.modifier == "'" && manyLines[it.name] && it.arg == "" {
		it.arg = "A" // all headers would be refused
	}
	if rapid.IntRange(0, 3).Draw(t, "wide") == 0 {
		it.min = rapid.IntRange(1, 12).Draw(t, "min")
		it.left = rapid.Bool().Draw(t, "left")
		it.zero = rapid.Bool().Draw(t, "zero")
	}
	if rapid.IntRange(0, 5).Draw(t, "cut") == 0 {
		it.max = rapid.IntRange(1, 9).Draw(t, "max")
		if it.kind == kMillis {
			it.max = rapid.SampledFrom([]int{0, 1, 2, 3, 6}).Draw(t, "precision")
		}
	}
	text := func(alphabet string, n int) string {
		return string(rapid.SliceOfN(rapid.SampledFrom([]byte(alphabet)), 1, n).Draw(t, "value"))
	}
	it.micros = rapid.IntRange(0, 99_999_999).Draw(t, "micros")
	switch it.kind {
	case kNumber:
		it.value = fmt.Sprint(rapid.IntRange(0, 99_999).Draw(t, "number"))
	case kWord:
		it.value = text("ABZabz019_", 9)
	case kRaw, kEscaped:
		it.value = text("ab \"\\'[]{}|,;=<>#~^`%\xe9\x80", 12)
		if it.kind == kEscaped && it.modifier != "'" {
			it.value += text("a\r\n\t", 3)
		}
		// Blanks at the ends cannot be told from what fills up a value, and " -" is what stands for no user.
		it.value = "x" + strings.Trim(it.value, " ") + "y"
	case kURL, kRawURL:
		it.value = "http://h/" + text("ab \"\\[]|,;%~:/", 12) + "z"
	}
	return it
}

// TestPropertyRender prints lines of random formats and reads them back: every field that is not said to be ambiguous has
// to have its value.
func TestPropertyRender(t *testing.T) { rapid.Check(t, render) }

// FuzzRender is the same with what the fuzzer makes up.
func FuzzRender(f *testing.F) { f.Fuzz(rapid.MakeFuzz(render)) }

func render(t *rapid.T) {
	separators := []string{" ", "|", ",", ";", "\t", " x=", "\" \"", "\",\"", "] [", " \"", "\" ", " [", "] ", ":", "/"}
	var items []slowItem
	if rapid.Bool().Draw(t, "begun") {
		items = append(items, slowItem{literal: rapid.SampledFrom([]string{`"`, "[", "x ", "{", "%%"}).Draw(t, "begin")})
	}
	n := rapid.IntRange(1, 7).Draw(t, "items")
	for i := range n {
		if i > 0 {
			items = append(items, slowItem{literal: rapid.SampledFrom(separators).Draw(t, "literal")})
		}
		items = append(items, drawItem(t))
	}
	if rapid.Bool().Draw(t, "ended") {
		items = append(items, slowItem{literal: rapid.SampledFrom([]string{`"`, "]", " x", "}", "|"}).Draw(t, "end")})
	}
	definition := ""
	for i := range items {
		definition += items[i].source()
	}
	if items[0].literal == "%%" {
		items[0].literal = "%"
	}
	checkRendered(t, definition, items)
}

// checkRendered reads the line of the items and compares.
func checkRendered(t *rapid.T, definition string, items []slowItem) {
	d, err := compile("test", definition, false)
	if err != nil {
		t.Fatalf("%s: %v", definition, err)
	}
	line := slowRender(items)
	slots := make([]field.Slot, len(d.Fields))
	field.Reset(slots)
	res := d.program.Run(line, 0, len(line), slots)
	if !res.OK {
		t.Fatalf("%s\n%q\nstopped at byte %d, expected %s", definition, line, res.Offset, d.program.Expected(res.Item))
	}
	if res.Ambiguous {
		return
	}
	left := map[string]bool{}
	for _, a := range d.open {
		for _, code := range a.Codes {
			left[code] = true
		}
	}
	k := 0
	for i := range items {
		it := &items[i]
		if it.name == "" {
			continue
		}
		f, s := &d.Fields[k], &slots[k]
		k++
		got := "missing"
		if s.Has() {
			got = f.Value(line, s)
		}
		if want, ok := it.matches(got, left[f.Code]); !ok {
			t.Fatalf("%s\n%q\n%s is read as %q, want %q", definition, line, it.source(), got, want)
		}
	}
}

// matches reports whether got is the item's value as far as the directive lets it be seen.
func (it *slowItem) matches(got string, open bool) (want string, ok bool) {
	switch {
	case it.missing || it.value == "-":
		return "missing", got == "missing"
	case it.kind == kMillis:
		plain := *it
		plain.min, plain.zero, plain.modifier = 0, false, ""
		want = plain.print("")
		return want, got == want
	case it.kind == kNumber:
		return it.value, got == it.value
	case open && strings.Contains(it.value, "%"):
		return it.value, true
	case it.kind == kURL && open: // it stands there encoded, and is one either way
		return it.value, unescape(got) == it.value || it.max > 0
	case it.max > 0:
		return it.value, got == it.value || strings.HasPrefix(it.value, got) || strings.HasPrefix(it.value, strings.TrimRight(got, " "))
	}
	return it.value, got == it.value
}
