// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package cfg

import (
	"fmt"
	"strings"

	"github.com/proxylog/proxylog/internal/scan"
)

// Word is one argument of a line of haproxy.cfg with its quoting undone.
type Word struct {
	Text string
	// Column is where it begins in the line, in bytes from 1.
	Column int
}

// Env looks up an environment variable.
type Env func(name string) (value string, ok bool)

// SyntaxError is a line that HAProxy would not accept.
type SyntaxError struct {
	// Column is the byte of the line, from 1, at which it is wrong.
	Column int
	Text   string
}

func (e *SyntaxError) Error() string { return fmt.Sprintf("at byte %d: %s", e.Column, e.Text) }

// reader undoes the quoting of one line (the manual's section 2.2; parse_line in src/tools.c).
type reader struct {
	line string
	i    int
	env  func(name string, at int) (value string, ok bool)
	// without, unless nil, hears of a variable that env does not know, and of what stands in its place.
	without func(name, fallback string)
	// old is HAProxy 1.5, which knows backslashes only: neither quotes nor variables.
	old  bool
	word strings.Builder
	out  []Word
	from int
	in   bool // of a word
}

// Words parts a line into its arguments: strong quotes keep everything, weak quotes everything but backslashes and
// variables, outside of quotes a backslash keeps the byte behind it and # begins a comment. A variable that env does not
// know is empty, as to HAProxy; a nil env knows none.
func Words(line string, env Env) ([]Word, error) {
	if env == nil {
		return WordsAt(line, nil)
	}
	return WordsAt(line, func(name string, _ int) (string, bool) { return env(name) })
}

// WordsAt is Words with an env that also hears at which byte of the line a variable stands.
func WordsAt(line string, env func(name string, at int) (value string, ok bool)) ([]Word, error) {
	return (&reader{line: line, env: env}).read()
}

// OldWords is Words for HAProxy 1.5, which knows backslashes only: neither quotes nor variables.
func OldWords(line string) ([]Word, error) { return (&reader{line: line, old: true}).read() }

func (r *reader) read() ([]Word, error) {
	quote := byte(0)
	opened := 0
	for r.i < len(r.line) {
		c := r.line[r.i]
		switch {
		case quote == '\'':
			if c == '\'' {
				quote = 0
			} else {
				r.word.WriteByte(c)
			}
			r.i++
		case c == '\\':
			if err := r.backslash(quote); err != nil {
				return nil, err
			}
		case c == '"' && !r.old:
			r.begin()
			if quote == 0 {
				quote, opened = c, r.i
			} else {
				quote = 0
			}
			r.i++
		case quote == '"' && c == '$':
			if err := r.variable(); err != nil {
				return nil, err
			}
		case quote == '"':
			r.word.WriteByte(c)
			r.i++
		case c == '\'' && !r.old:
			r.begin()
			quote, opened = c, r.i
			r.i++
		case isSpace(c):
			r.end()
			r.i++
		case c == '#':
			r.end()
			return r.out, nil
		default:
			r.begin()
			r.word.WriteByte(c)
			r.i++
		}
	}
	if quote != 0 {
		return nil, &SyntaxError{opened + 1, fmt.Sprintf("the %c that closes the string is missing", quote)}
	}
	r.end()
	return r.out, nil
}

func isSpace(c byte) bool {
	return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\v' || c == '\f'
}

func (r *reader) begin() {
	if !r.in {
		r.in, r.from = true, r.i
	}
}

func (r *reader) end() {
	if r.in {
		r.out = append(r.out, Word{r.word.String(), r.from + 1})
		r.word.Reset()
		r.in = false
	}
}

// backslash reads an escape. Those that HAProxy does not know stand for themselves, the backslash included.
func (r *reader) backslash(quote byte) error {
	r.begin()
	next := byte(0)
	if r.i+1 < len(r.line) {
		next = r.line[r.i+1]
	}
	send, n := byte('\\'), 1
	switch next {
	case ' ', '\\', '#':
		send, n = next, 2
	case '"', '\'':
		if !r.old {
			send, n = next, 2
		}
	case 't':
		send, n = '\t', 2
	case 'n':
		send, n = '\n', 2
	case 'r':
		send, n = '\r', 2
	case '$':
		if quote == '"' {
			send, n = next, 2
		}
	case 'x':
		if r.i+3 >= len(r.line) || scan.Hex(r.line[r.i+2]) > 15 || scan.Hex(r.line[r.i+3]) > 15 {
			return &SyntaxError{r.i + 1, "\\x has to be followed by two hexadecimal digits"}
		}
		send, n = scan.Hex(r.line[r.i+2])<<4|scan.Hex(r.line[r.i+3]), 4
	}
	r.word.WriteByte(send)
	r.i += n
	return nil
}

// variable reads $NAME, ${NAME} or ${NAME-default}. ${NAME[*]}, a list of arguments, stands for its text.
func (r *reader) variable() error {
	at := r.i
	r.i++
	braces := r.i < len(r.line) && r.line[r.i] == '{'
	if braces {
		r.i++
	}
	from := r.i
	for r.i < len(r.line) && (isAlnum(r.line[r.i]) || r.line[r.i] == '_' || r.line[r.i] == '.') {
		r.i++
	}
	name := r.line[from:r.i]
	if name == "" || name[0] >= '0' && name[0] <= '9' {
		return &SyntaxError{at + 1, "the name of a variable is expected behind $; a dollar sign is \\$, or stands in single quotes"}
	}
	fallback := ""
	if braces {
		if strings.HasPrefix(r.line[r.i:], "[*]") {
			r.i += len("[*]")
		}
		e := strings.IndexByte(r.line[r.i:], '}')
		if e < 0 || e > 0 && r.line[r.i] != '-' {
			return &SyntaxError{at + 1, "the } that closes the variable is missing"}
		}
		fallback = strings.TrimPrefix(r.line[r.i:r.i+e], "-")
		r.i += e + 1
	}
	value, ok := "", false
	if r.env != nil {
		value, ok = r.env(name, at)
	}
	if !ok {
		value = fallback
		if r.without != nil {
			r.without(name, fallback)
		}
	}
	r.word.WriteString(value)
	return nil
}

func isAlnum(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}
