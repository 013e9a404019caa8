// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package cfg

import (
	"fmt"
	"strings"
)

// truth is what is known of a condition: whether it holds may depend on the machine that HAProxy runs on.
type truth uint8

const (
	unknown truth = iota
	no
	yes
)

func truthOf(b bool) truth {
	if b {
		return yes
	}
	return no
}

func (t truth) not() truth {
	switch t {
	case yes:
		return no
	case no:
		return yes
	case unknown:
	}
	return unknown
}

func (t truth) and(o truth) truth {
	switch {
	case t == no || o == no:
		return no
	case t == yes && o == yes:
		return yes
	}
	return unknown
}

func (t truth) or(o truth) truth { return t.not().and(o.not()).not() }

// condition evaluates what stands behind .if (the manual's section 2.4; src/cfgcond.c), quoting and variables undone and
// the words joined by single blanks.
type condition struct {
	text string
	i    int
	// version is HAProxy's, "" where it is not known.
	version string
	defined func(name string) truth
	// depth of parentheses and negations, so that a file that is no configuration costs little.
	depth int
}

const maxConditionDepth = 64

// evaluate is the value of the whole text. The error says what HAProxy would not accept.
func (c *condition) evaluate() (truth, error) {
	c.blanks()
	if c.i == len(c.text) {
		return no, nil
	}
	t, err := c.either()
	if err != nil {
		return unknown, err
	}
	if c.blanks(); c.i < len(c.text) {
		return unknown, fmt.Errorf("nothing is expected behind the condition, not %q", c.text[c.i:])
	}
	return t, nil
}

// either reads terms with || between them, which binds less than &&.
func (c *condition) either() (truth, error) { return c.joined("||", c.both, truth.or) }

// both reads terms with && between them.
func (c *condition) both() (truth, error) { return c.joined("&&", c.term, truth.and) }

// joined reads operands with an operator between them, and joins them from the left.
func (c *condition) joined(op string, operand func() (truth, error), join func(a, b truth) truth) (truth, error) {
	t, err := operand()
	for err == nil && c.take(op) {
		var next truth
		next, err = operand()
		t = join(t, next)
	}
	return t, err
}

// term reads a number, a predicate, or a condition in parentheses, each perhaps negated.
func (c *condition) term() (truth, error) {
	if c.depth++; c.depth > maxConditionDepth {
		return unknown, fmt.Errorf("more than %d parentheses and negations", maxConditionDepth)
	}
	defer func() { c.depth-- }()
	switch {
	case c.take("!"):
		t, err := c.term()
		return t.not(), err
	case c.take("("):
		t, err := c.either()
		if err == nil && !c.take(")") {
			err = fmt.Errorf("a ) is missing at %q", c.text[c.i:])
		}
		return t, err
	}
	if t, ok := c.number(); ok {
		return t, nil
	}
	name := c.name()
	if name == "" {
		return unknown, fmt.Errorf("a condition is expected at %q", c.text[c.i:])
	}
	var args []string
	if c.i < len(c.text) && c.text[c.i] == '(' {
		var ok bool
		if args, ok = c.arguments(); !ok {
			return unknown, fmt.Errorf("the ) that closes %s( is missing", name)
		}
	}
	return c.predicate(name, args)
}

// predicate is the value of one test. Those of HAProxy's build and of the options it was started with cannot be known,
// nor those that later versions may have.
func (c *condition) predicate(name string, args []string) (truth, error) {
	want := 0
	switch name {
	case "true", "false":
		return truthOf(name == "true"), nil
	case "defined", "version_atleast", "version_before":
		want = 1
	case "streq", "strneq", "strstr":
		want = 2
	default:
		return unknown, nil
	}
	if name == "defined" && len(args) == 0 {
		return no, nil
	}
	if len(args) != want {
		return unknown, fmt.Errorf("%s has %d arguments, not %d", name, want, len(args))
	}
	switch name {
	case "defined":
		return c.defined(args[0]), nil
	case "streq":
		return truthOf(args[0] == args[1]), nil
	case "strneq":
		return truthOf(args[0] != args[1]), nil
	case "strstr":
		return truthOf(strings.Contains(args[0], args[1])), nil
	}
	if name == "version_before" {
		return atLeast(c.version, args[0]).not(), nil
	}
	return atLeast(c.version, args[0]), nil
}

// arguments reads what stands between parentheses and commas; blanks are part of it, quotes are undone, and between double
// ones backslashes.
func (c *condition) arguments() (args []string, ok bool) {
	var b strings.Builder
	quote := byte(0)
	for c.i++; c.i < len(c.text); c.i++ {
		switch ch := c.text[c.i]; {
		case quote != 0 && ch == quote:
			quote = 0
		case quote == 0 && (ch == '"' || ch == '\''):
			quote = ch
		case quote == '"' && ch == '\\' && c.i+1 < len(c.text):
			c.i++
			b.WriteByte(c.text[c.i])
		case quote == 0 && (ch == ',' || ch == ')'):
			if args = append(args, b.String()); ch == ')' {
				c.i++
				return args, true
			}
			b.Reset()
		default:
			b.WriteByte(ch)
		}
	}
	return nil, false
}

// number reads a number, which holds unless it is zero.
func (c *condition) number() (t truth, ok bool) {
	c.blanks()
	digits, hexadecimal := strings.TrimPrefix(c.text[c.i:], "-"), false
	if rest, found := strings.CutPrefix(digits, "0x"); found {
		digits, hexadecimal = rest, true
	}
	n := 0
	for n < len(digits) && (digits[n] >= '0' && digits[n] <= '9' || hexadecimal && isAlnum(digits[n]) && digits[n]|0x20 <= 'f') {
		n++
	}
	if n == 0 {
		return unknown, false
	}
	c.i = len(c.text) - len(digits) + n
	return truthOf(strings.Trim(digits[:n], "0") != ""), true
}

// name reads the name of a predicate.
func (c *condition) name() string {
	c.blanks()
	from := c.i
	for c.i < len(c.text) && (isAlnum(c.text[c.i]) || c.text[c.i] == '_') {
		c.i++
	}
	return c.text[from:c.i]
}

// take reads an operator where it stands next.
func (c *condition) take(op string) bool {
	c.blanks()
	if !strings.HasPrefix(c.text[c.i:], op) {
		return false
	}
	c.i += len(op)
	return true
}

func (c *condition) blanks() {
	for c.i < len(c.text) && isSpace(c.text[c.i]) {
		c.i++
	}
}
