// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package envoy

import (
	"errors"
	"strings"

	"github.com/proxylog/proxylog/internal/directive"
	"github.com/proxylog/proxylog/internal/field"
	"github.com/proxylog/proxylog/internal/format"
)

// item is a literal or a command of a format string.
type item struct {
	literal string
	// name is the canonical name of the command, with the argument where that is part of what it means; "" for a
	// literal.
	name string
	// code is the command as it was written.
	code string
	// arg is what stood in parentheses.
	arg string
	// at is the byte of the format at which a command stands.
	at int
}

// errOpen is the error of a format string with a percent sign that begins nothing.
var errOpen = errors.New("a percent sign begins no command; %% stands for the sign itself")

// parseFormat divides a format string into literals and commands: %NAME%, %NAME(argument)%, %NAME(argument):length%, and
// %% for a percent sign (Envoy's source/common/formatter/substitution_formatter.cc). The error names the byte.
func parseFormat(s string) ([]item, error) {
	var out []item
	literal := ""
	for i := 0; i < len(s); {
		k := strings.IndexByte(s[i:], '%')
		if k < 0 {
			literal += s[i:]
			break
		}
		literal += s[i : i+k]
		i += k
		if strings.HasPrefix(s[i:], "%%") {
			literal, i = literal+"%", i+2
			continue
		}
		it, n := parseCommand(s[i:])
		if n == 0 {
			return nil, &directive.PositionError{Directive: s, At: i, Err: errOpen}
		}
		if literal != "" {
			out, literal = append(out, item{literal: literal}), ""
		}
		it.at = i
		out, i = append(out, it), i+n
	}
	if literal != "" {
		out = append(out, item{literal: literal})
	}
	return out, nil
}

// parseCommand reads a command at the start of s, which begins with a percent sign, and returns its length; 0 where
// there is none.
func parseCommand(s string) (item, int) {
	i := 1
	for i < len(s) && (s[i] >= 'A' && s[i] <= 'Z' || s[i] >= '0' && s[i] <= '9' || s[i] == '_') {
		i++
	}
	name, arg := s[1:i], ""
	if name == "" {
		return item{}, 0
	}
	if i < len(s) && s[i] == '(' {
		from := i + 1
		if i = argument(s, from); i == 0 {
			return item{}, 0
		}
		arg = s[from : i-1]
	}
	cut := length(s, i)
	if cut == 0 {
		return item{}, 0
	}
	return item{name: canonical(name, arg), code: s[:cut], arg: arg}, cut
}

// argument returns the byte behind the argument that begins at s[i]: it ends at the first closing parenthesis with which
// the command can end, since an expression (CEL) or a time format may hold others; 0 where there is none.
func argument(s string, i int) int {
	for i < len(s) {
		k := strings.IndexByte(s[i:], ')')
		if k < 0 {
			return 0
		}
		if i += k + 1; length(s, i) > 0 {
			return i
		}
	}
	return 0
}

// length returns the byte behind the percent sign that ends a command, where what stands at s[i] is that, with a length
// (:64) before it or not; else 0.
func length(s string, i int) int {
	if i < len(s) && s[i] == ':' {
		k := i + 1
		for k < len(s) && s[k]-'0' <= 9 {
			k++
		}
		if k == i+1 {
			return 0
		}
		i = k
	}
	if i >= len(s) || s[i] != '%' {
		return 0
	}
	return i + 1
}

// aliases are the names of commands that mean the same.
var aliases = map[string]string{
	"REQUEST_HEADER": "REQ", "RESPONSE_HEADER": "RESP", "RESPONSE_TRAILER": "TRAILER", "REQ_WITHOUT_QUERY": "REQ",
}

// printing are the commands whose argument says how to print and not what.
var printing = map[string]bool{
	"START_TIME": true, "START_TIME_LOCAL": true, "EMIT_TIME": true, "EMIT_TIME_LOCAL": true, "REQUESTED_SERVER_NAME": true,
}

// canonical is the name under which operators has a command. Names of headers do not tell capitals from small letters;
// of a header and its alternative the name is that of the one that has a meaning, the first one rather.
func canonical(name, arg string) string {
	if a, ok := aliases[name]; ok {
		name = a
	}
	switch {
	case name == "REQ" || name == "RESP" || name == "TRAILER":
		return canonicalHeader(name, strings.ToUpper(arg))
	case name == "PATH":
		return canonicalPath(arg)
	case name == "GRPC_STATUS":
		if strings.EqualFold(arg, "NUMBER") {
			return "GRPC_STATUS_NUMBER"
		}
		return name
	case printing[name] || arg == "":
		return name
	}
	return name + "(" + arg + ")"
}

func canonicalHeader(name, header string) string {
	full := name + "(" + header + ")"
	if _, ok := operators[full]; ok {
		return full
	}
	main, alternative, ok := strings.Cut(header, "?")
	if !ok {
		return full
	}
	for _, h := range []string{main, alternative} {
		h = name + "(" + h + ")"
		if _, ok := operators[h]; ok {
			return h
		}
	}
	return name + "(" + main + ")"
}

// canonicalPath is the header that PATH prints, with or without its query: the one before Envoy has rewritten it, the one
// after that, or the first of the two that there is.
func canonicalPath(arg string) string {
	_, which, _ := strings.Cut(arg, ":")
	switch which {
	case "ORIG":
		return "REQ(X-ENVOY-ORIGINAL-PATH)"
	case "PATH":
		return "REQ(:PATH)"
	}
	return "REQ(X-ENVOY-ORIGINAL-PATH?:PATH)"
}

// lookup is the operator of a command; false where Envoy has no such command. One without an attribute of its own becomes
// envoy.<command>; a header always has one.
func lookup(name string) (operator, bool) {
	if op, ok := operators[name]; ok {
		return op, true
	}
	command, arg, _ := strings.Cut(strings.TrimSuffix(name, ")"), "(")
	switch command {
	case "REQ", "RESP":
		if arg == "" || arg[0] == ':' {
			break
		}
		prefix := format.RequestHeader
		if command == "RESP" {
			prefix = format.ResponseHeader
		}
		key, conv := format.Header(prefix, arg)
		return operator{field: field.Field{Key: key, Conv: conv}}, true
	}
	return lookupOther(name)
}

// lookupOther is the operator of one of the others.
func lookupOther(name string) (operator, bool) {
	command, arg, _ := strings.Cut(strings.TrimSuffix(name, ")"), "(")
	op, ok := others[command]
	if !ok {
		return operator{}, false
	}
	op.other = true
	if op.kind == again {
		return op, true
	}
	op.field.Key = "envoy." + strings.ToLower(command)
	if arg != "" {
		op.field.Key += "." + strings.ToLower(strings.Map(plain, arg))
	}
	return op, true
}

// plain makes the argument of a command a part of an attribute's name.
func plain(r rune) rune {
	switch {
	case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '-', r == '_', r == '.':
		return r
	case r == ':':
		return '.'
	}
	return '_'
}
