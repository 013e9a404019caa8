// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package screen_test

import (
	"bytes"
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/proxylog/proxylog/cmd/proxylog/internal/screen"
)

func TestText(t *testing.T) {
	for in, want := range map[string]string{
		"plain text":        "plain text",
		`back\slash`:        `back\slash`,
		"a\tb\r\n":          `a\tb\r\n`,
		"\x1b[31mred":       `\x1b[31mred`,
		"nul\x00 del\x7f":   `nul\x00 del\x7f`,
		"latin \xe9t\xe9":   `latin \xe9t\xe9`,
		"caf\u00e9 日本":      "caf\u00e9 日本",
		"c1 \u009b31m":      `c1 \u009b31m`,
		"turned \u202eexe.": `turned \u202eexe.`,
		"line\u2028break":   `line\u2028break`,
	} {
		if got := screen.Text(in); got != want {
			t.Errorf("Text(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestColumns(t *testing.T) {
	for in, want := range map[string]int{"": 0, "abc": 3, "é": 1, "e\u0301": 1, "日本": 4, "a→b": 3, "…": 1} {
		if got := screen.Columns(in); got != want {
			t.Errorf("Columns(%q) = %d, want %d", in, got, want)
		}
	}
	if got := screen.Fit("日本語", 4); got != "日…" {
		t.Errorf("Fit to 4 columns = %q", got)
	}
	if got := screen.Fit("abcd", 4); got != "abcd" {
		t.Errorf("Fit of what fits = %q", got)
	}
	if got := screen.Right("日", 4) + "|" + screen.Left("é", 3) + "|"; got != "  日|é  |" {
		t.Errorf("padding = %q", got)
	}
}

func TestCaret(t *testing.T) {
	long := strings.Repeat("0123456789", 30)
	for _, c := range []struct {
		name, line    string
		offset, width int
		want          string // the window, and a ^ below it
	}{
		{"start", "abc def", 0, 20, "abc def\n^"},
		{"middle", "abc def", 4, 20, "abc def\n    ^"},
		{"behind the end", "abc def", 7, 20, "abc def\n       ^"},
		{"far behind the end", "abc", 99, 20, "abc\n   ^"},
		{"before the start", "abc", -1, 20, "abc\n^"},
		{"empty", "", 0, 20, "\n^"},
		{"behind a tab", "a\tb", 2, 20, `a\tb` + "\n   ^"},
		{"behind two bytes", "é=x", 3, 20, "é=x\n  ^"},
		{"inside of a character", "é=x", 1, 20, "é=x\n^"},
		{"behind a wide character", "日=x", 4, 20, "日=x\n   ^"},
		{"behind a combining one", "e\u0301=x", 4, 20, "e\u0301=x\n  ^"},
		{"behind a byte that is no text", "\xff\xfe=", 2, 20, `\xff\xfe=` + "\n        ^"},
		{"the line just fits", "0123456789", 9, 10, "0123456789\n         ^"},
		{"long, at the start", long, 0, 10, "01234567…\n^"},
		{"long, in the middle", long, 105, 12, "…9012345678…\n       ^"},
		{"long, at the end", long, 300, 12, "…0123456789\n           ^"},
	} {
		t.Run(c.name, func(t *testing.T) {
			window, column := screen.Caret(c.line, c.offset, c.width)
			if got := window + "\n" + strings.Repeat(" ", column) + "^"; got != c.want {
				t.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}

func FuzzCaret(f *testing.F) {
	f.Add("abc\tdef", 3, 20)
	f.Add("\xff\xfe日本\u0301", 5, 10)
	f.Add(strings.Repeat("x", 5000), 2500, 100)
	f.Fuzz(func(t *testing.T, line string, offset, width int) {
		width = 10 + (width&0x7fffffff)%200
		window, column := screen.Caret(line, offset, width)
		if got := screen.Columns(window); got > width {
			t.Errorf("%d columns, want at most %d: %q", got, width, window)
		}
		if column > screen.Columns(window) {
			t.Errorf("the caret stands at %d, behind the %d columns of %q", column, screen.Columns(window), window)
		}
		if !utf8.ValidString(window) || strings.ContainsAny(window, "\x1b\r\n\t\x00") {
			t.Errorf("not safe to print: %q", window)
		}
	})
}

func TestStyle(t *testing.T) {
	env := func(string) string { return "" }
	if s := screen.NewStyle(new(bytes.Buffer), env); s.On || s.Bad("x") != "x" {
		t.Error("output to a buffer is coloured")
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	if screen.NewStyle(w, env).On {
		t.Error("output to a pipe is coloured")
	}
	if got := (screen.Style{On: true}).Bad("x"); got != "\x1b[31mx\x1b[0m" {
		t.Errorf("Bad = %q", got)
	}
	// Character devices look like a terminal, which is enough to see NO_COLOR at work.
	tty, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer tty.Close()
	if !screen.NewStyle(tty, env).On {
		t.Error("output to a terminal is not coloured")
	}
	if screen.NewStyle(tty, func(k string) string { return map[string]string{"NO_COLOR": "1"}[k] }).On {
		t.Error("NO_COLOR is not respected")
	}
}

func TestWidth(t *testing.T) {
	for in, want := range map[string]int{"": 100, "abc": 100, "-3": 100, "20": 60, "140": 140} {
		if got := screen.Width(new(bytes.Buffer), func(string) string { return in }); got != want {
			t.Errorf("COLUMNS=%q gives %d, want %d", in, got, want)
		}
	}
}
