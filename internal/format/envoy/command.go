// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package envoy

import (
	"errors"
	"fmt"
	"strings"

	"github.com/proxylog/proxylog/internal/directive"
	"github.com/proxylog/proxylog/internal/field"
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
		k := strings.IndexByte(s[i:], ')')
		if k < 0 {
			return item{}, 0
		}
		arg = s[i+1 : i+k]
		i += k + 1
	}
	if i < len(s) && s[i] == ':' {
		for i++; i < len(s) && s[i] >= '0' && s[i] <= '9'; i++ {
		}
	}
	if i >= len(s) || s[i] != '%' {
		return item{}, 0
	}
	return item{name: canonical(name, arg), code: s[:i+1], arg: arg}, i + 1
}

// aliases are the names of commands that mean the same.
var aliases = map[string]string{
	"REQUEST_HEADER": "REQ", "RESPONSE_HEADER": "RESP", "RESPONSE_TRAILER": "TRAILER",
}

// canonical is the name under which operators has a command. Names of headers do not tell capitals from small letters;
// of a header and its alternative the name is that of the one that has a meaning, the first one rather.
func canonical(name, arg string) string {
	if a, ok := aliases[name]; ok {
		name = a
	}
	switch name {
	case "REQ", "RESP", "TRAILER":
		full := name + "(" + strings.ToUpper(arg) + ")"
		if _, ok := operators[full]; ok {
			return full
		}
		main, alternative, ok := strings.Cut(full[:len(full)-1], "?")
		if !ok {
			return full
		}
		for _, h := range []string{main + ")", name + "(" + alternative + ")"} {
			if _, ok := operators[h]; ok {
				return h
			}
		}
		return main + ")"
	case "GRPC_STATUS":
		if strings.EqualFold(arg, "NUMBER") {
			return "GRPC_STATUS_NUMBER"
		}
		return name
	case "START_TIME", "EMIT_TIME":
		return name
	}
	if arg != "" {
		return name + "(" + arg + ")"
	}
	return name
}

// lookup is the operator of a command; false where it has no meaning of its own. Headers all have one.
func lookup(name string) (operator, bool) {
	if op, ok := operators[name]; ok {
		return op, true
	}
	for _, h := range []struct{ command, prefix string }{{"REQ(", requestHeader}, {"RESP(", responseHeader}} {
		header, ok := strings.CutPrefix(name, h.command)
		if ok && len(header) > 1 && header[0] != ':' {
			key := h.prefix + strings.ToLower(strings.TrimSuffix(header, ")"))
			return operator{field: field.Field{Key: key, Conv: field.Strs}}, true
		}
	}
	return operator{}, false
}

// check wants a time that can be read back.
func (it *item) check() error {
	if (it.name == "START_TIME" || it.name == "EMIT_TIME") && !timeFormat(it.arg) {
		return fmt.Errorf("a time printed as %s cannot be read back; take %%START_TIME%% or %%START_TIME(%%Y-%%m-%%dT%%H:%%M:%%S.%%6fZ)%%", it.code)
	}
	return nil
}

// timeFormats are the arguments of START_TIME of which the time can be read back, %f standing for a number of digits.
var timeFormats = map[string]bool{
	"": true, "%s": true, "%s.%f": true, "%s%3f": true, "%s%6f": true, "%s%9f": true,
	"%Y-%m-%dT%H:%M:%S": true, "%Y-%m-%dT%H:%M:%S.%f": true, "%FT%T": true, "%FT%T.%f": true,
	"%Y-%m-%d %H:%M:%S": true, "%Y-%m-%d %H:%M:%S.%f": true, "%F %T": true, "%F %T.%f": true,
}

// timeFormat reports whether a time printed with the argument of START_TIME can be read back: Envoy's own form, where
// there is no argument, another ISO 8601, or a count since 1970.
func timeFormat(arg string) bool {
	for _, zone := range []string{"Z", "%z", "%Ez"} {
		arg = strings.TrimSuffix(arg, zone)
	}
	if timeFormats[arg] {
		return true
	}
	// .%3f and the like are .%f; a bare %3f behind %s makes a count of another unit, so its digits matter.
	if n := len(arg); n > 4 && arg[n-4:n-2] == ".%" && arg[n-2] >= '1' && arg[n-2] <= '9' && arg[n-1] == 'f' {
		return timeFormats[arg[:n-2]+"f"]
	}
	return false
}
