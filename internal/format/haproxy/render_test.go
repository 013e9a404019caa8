// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package haproxy_test

import (
	"fmt"
	"math"
	"net/netip"
	"strings"

	"pgregory.net/rapid"
)

// The renderer prints a record by a directive in the simplest way, byte by byte as the manual's section 8.2.6 and the
// captures say. It shares nothing with the parser but the names of the variables.

// class is how a variable prints its value.
type class uint8

const (
	classAddress class = iota
	classPort
	className
	classDate
	classZoned
	classCounter // -1 or more
	classHex     // of +X, at least four digits
	classMillis
	classPlus
	classState2
	classState4
	classCookie
	classBraces
	classList
	classWord // - or "" where it is missing
	classTLS  // a version or cipher, missing as a word is
	classPart // <BADREQ> where it is missing
	classRequest
	classRaw  // an expression: anything
	classJSON // an expression with the converter json
)

var variables = map[class][]string{
	classAddress: {"ci", "fi", "bi", "si", "[src]", "[dst]"},
	classPort:    {"cp", "fp", "bp", "sp"},
	className:    {"f", "ft", "b", "s", "[fe_name]", "[be_name]"},
	classDate:    {"t", "tr"},
	classZoned:   {"T", "Tl", "trg", "trl"},
	classCounter: {"Th", "Ti", "TR", "Tq", "Tw", "Tc", "Tr", "Td", "U", "ST", "ac", "fc", "bc", "sc", "sq", "bq"},
	classHex:     {"Ts", "lc", "rt", "pid"},
	classMillis:  {"ms"},
	classPlus:    {"Tt", "Ta", "Tu", "B", "rc"},
	classState2:  {"ts"},
	classState4:  {"tsc"},
	classCookie:  {"CC", "CS"},
	classBraces:  {"hr", "hs"},
	classList:    {"hrl", "hsl"},
	classTLS:     {"sslv", "sslc"},
	classWord:    {"ID", "OG", "[ssl_fc_sni]", "[unique-id]"},
	classPart:    {"HM", "HU", "HV", "HP", "HPO", "HQ"},
	classRequest: {"r"},
	classRaw:     {"[var(txn.x)]", "[req.hdr(x-a)]", "[capture.req.hdr(1)]", "[res.hdr(x,1)]", "[capture.req.uri]", "[req.hdr(user-agent)]"},
	classJSON:    {"[req.hdr(x-b),json(utf8s)]", "[var(txn.y),json]"},
}

// printed is an item of a directive.
type printed struct {
	literal             string // where class and code are not set
	code                string
	class               class
	quote, escape, hexa bool
	flags               string // as the directive writes them
}

// drawItems draws a directive: its text, and its items with the flags that hold for each.
func drawItems(t *rapid.T) (string, []printed) {
	var text strings.Builder
	var out []printed
	var global printed
	setFlags := func(p *printed, label string) string {
		var flags []string
		for _, f := range []string{"Q", "E", "X"} {
			set := rapid.SampledFrom([]string{"", "", "", "", "+", "-"}).Draw(t, label+f)
			if set == "" {
				continue
			}
			flags = append(flags, set+f)
			switch f {
			case "Q":
				p.quote = set == "+"
			case "E":
				p.escape = set == "+"
			case "X":
				p.hexa = set == "+"
			}
		}
		if flags == nil {
			return ""
		}
		return "{" + strings.Join(flags, ",") + "}"
	}
	if f := setFlags(&global, "global"); f != "" {
		text.WriteString("%" + f + "o ")
		out = append(out, printed{literal: " "})
	}
	separators := [][]string{{" "}, {" ", "  ", " [", "] ", " - ", "/"}, {"|"}, {","}, {"\t"}, {" k=", " value="}, {`","k":"`}, {";", " ; "}, {" 100%% "}}
	style := rapid.SampledFrom(separators).Draw(t, "style")
	adjacent := false // of three fields without anything between them hardly a line has one reading
	for i := range rapid.IntRange(1, 12).Draw(t, "items") {
		if adjacent = i > 0 && !adjacent && rapid.IntRange(0, 40).Draw(t, "adjacent") == 40; i > 0 && !adjacent {
			sep := rapid.SampledFrom(style).Draw(t, "separator")
			text.WriteString(sep)
			out = append(out, printed{literal: strings.ReplaceAll(sep, "%%", "%")})
		}
		p := global
		p.class = class(rapid.IntRange(0, len(variables)-1).Draw(t, "class"))
		p.code = rapid.SampledFrom(variables[p.class]).Draw(t, "code")
		if rapid.IntRange(0, 5).Draw(t, "own flags") == 0 {
			p.flags = setFlags(&p, "own")
		}
		wrap := ""
		if p.class >= classRaw && !p.quote && rapid.Bool().Draw(t, "wrapped") {
			wrap = `"`
		}
		text.WriteString(wrap + "%" + p.flags + p.code + wrap)
		if wrap != "" {
			out = append(out, printed{literal: wrap}, p, printed{literal: wrap})
			continue
		}
		out = append(out, p)
		if p.class == classAddress && rapid.IntRange(0, 2).Draw(t, "with a port") > 0 {
			port := global
			port.class, port.code = classPort, rapid.SampledFrom(variables[classPort]).Draw(t, "port of")
			text.WriteString(":%" + port.code)
			out = append(out, printed{literal: ":"}, port)
			adjacent = true // what stands right behind a port is not drawn
		}
	}
	return text.String(), out
}

// value is what a field holds: what HAProxy prints for it and what is to be read.
type value struct {
	missing bool
	absent  bool // nothing is printed, not even the blank behind it
	// shown is what is printed, and want what is to be read; nil where it is missing.
	shown string
	want  *string
	list  []string
}

// drawValue draws a value and prints it by the rules of its class. stream says that the line has a request.
func drawValue(t *rapid.T, p *printed, stream bool) value {
	missing := rapid.IntRange(0, 5).Draw(t, "missing") == 0
	switch p.class {
	case classAddress:
		return drawAddress(t, p, missing)
	case classPort:
		n := rapid.IntRange(1, 65535).Draw(t, "port")
		return p.number(n, 4, missing)
	case classHex:
		return p.number(rapid.IntRange(0, math.MaxInt32).Draw(t, "counter"), 4, false)
	case classMillis:
		n := rapid.IntRange(0, 999).Draw(t, "ms")
		v := p.number(n, 2, false)
		dec := fmt.Sprintf("%03d", n)
		v.want = &dec
		if !p.hexa {
			v.shown = dec
		}
		return v
	case classCounter:
		return plainly(fmt.Sprint(rapid.OneOf(rapid.Int64Range(-1, 12), rapid.Int64Range(0, 1<<40)).Draw(t, "number")))
	case classPlus:
		return plainly(rapid.SampledFrom([]string{"", "", "+"}).Draw(t, "plus") + fmt.Sprint(rapid.Int64Range(0, 1<<33).Draw(t, "number")))
	case classDate:
		return plainly("2" + rapid.SampledFrom([]string{"1/Nov/2026:23:43:14.491", "9/Feb/2024:00:00:00.000"}).Draw(t, "date"))
	case classZoned:
		return plainly(rapid.SampledFrom([]string{"21/Nov/2026:23:43:14 +0000", "01/Jan/2025:12:00:01 -0330"}).Draw(t, "date"))
	case classState2:
		return plainly(rapid.StringMatching(`[-CScsPRIDUKL][-RQCHDLT]`).Draw(t, "state"))
	case classState4:
		return plainly(rapid.StringMatching(`[-CScsPRIDUKL][-RQCHDLT][-NIDVEOU][-NIUPRD]`).Draw(t, "state"))
	case className:
		if p.code == "s" && missing {
			return p.text("<NOSRV>", false, true)
		}
		tilde := ""
		if p.code == "ft" {
			tilde = rapid.SampledFrom([]string{"", "~"}).Draw(t, "tls")
		}
		return p.text(rapid.StringMatching(`[a-zA-Z][-a-zA-Z0-9_.]{0,6}`).Draw(t, "name")+tilde, false, true)
	case classWord:
		return p.text(rapid.StringMatching(`[a-zA-Z0-9][-a-zA-Z0-9_.:]{0,9}`).Draw(t, "word"), missing, true)
	case classTLS:
		return p.text(rapid.StringMatching(`[a-zA-Z0-9][-a-zA-Z0-9_.]{0,9}|\(NONE\)`).Draw(t, "tls"), missing, true)
	case classPart, classRequest:
		return drawPart(t, p, stream)
	case classCookie:
		return p.text("S="+rapid.StringMatching(`[a-z0-9]{0,4}([ "#{\\]|-]?[a-z0-9]){0,3}`).Draw(t, "cookie"), missing, true)
	case classBraces, classList:
		return drawCaptures(t, p, stream)
	case classRaw:
		if strings.Contains(p.code, "uri") {
			return p.text(rapid.StringMatching(`/[a-z?"&=\\]{0,9}`).Draw(t, "uri"), !stream, true)
		}
		return p.text(rapid.StringMatching(`[a-z0-9]([ "#{\\\]é,|;/\t-]?[a-z0-9.]){0,8}`).Draw(t, "text"), missing, true)
	case classJSON:
		return p.text(strings.NewReplacer(`\`, `\\`, `"`, `\"`, "/", `\/`).Replace(rapid.StringMatching(`[a-z]([ "\\/]?[a-z]){0,5}`).Draw(t, "text")), missing, true)
	}
	panic("a class without values")
}

func plainly(s string) value { return value{shown: s, want: &s} }

// number prints a number of which +X makes hexadecimal digits.
func (p *printed) number(n, digits int, missing bool) value {
	if missing {
		if p.quote {
			return value{missing: true, shown: `""`}
		}
		return value{missing: true, shown: "-"}
	}
	want := fmt.Sprint(n)
	if p.hexa {
		return value{shown: fmt.Sprintf("%0*X", digits, n), want: &want}
	}
	return value{shown: want, want: &want}
}

// text prints a text with quotes and backslashes where they are asked for.
func (p *printed) text(s string, missing, escapes bool) value {
	if missing {
		if p.quote {
			return value{missing: true, shown: `""`}
		}
		return value{missing: true, shown: "-"}
	}
	shown := s
	if p.escape && escapes {
		shown = strings.NewReplacer(`"`, `\"`, `\`, `\\`, `]`, `\]`).Replace(s)
	}
	if p.quote {
		shown = `"` + shown + `"`
	}
	return value{shown: shown, want: &s}
}

func drawAddress(t *rapid.T, p *printed, missing bool) value {
	a := rapid.SampledFrom([]string{"127.0.0.1", "192.0.2.77", "::1", "2001:db8::1:2"}).Draw(t, "address")
	if !p.hexa || p.code[0] == '[' {
		return p.text(a, missing, false)
	}
	if missing {
		return p.text("", true, false)
	}
	return value{shown: fmt.Sprintf("%X", netip.MustParseAddr(a).AsSlice()), want: &a}
}

// encoded prints bytes that would break a request line as #XX.
func encoded(s, more string) string {
	var b strings.Builder
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || strings.IndexByte(`"#`+more, c) >= 0 {
			fmt.Fprintf(&b, "#%02X", c)
			continue
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

func drawPart(t *rapid.T, p *printed, stream bool) value {
	if !stream {
		return p.text("<BADREQ>", false, false)
	}
	uri := encoded(rapid.StringMatching(`/[a-z"#{é]{0,6}`).Draw(t, "path"), "")
	query := encoded(rapid.StringMatching(`(\?[a-z=&?"]{0,5})?`).Draw(t, "query"), "")
	switch p.code {
	case "HM":
		return p.text("GET", false, true)
	case "HU":
		return p.text(uri+query, false, true)
	case "HP", "HPO":
		return p.text(uri, false, true)
	case "HV":
		return p.text("HTTP/1.1", false, true)
	case "HQ":
		v := p.text(query, false, true)
		v.missing = query == ""
		return v
	}
	return p.text("POST "+uri+query+" HTTP/1.1", false, true)
}

// drawCaptures draws two captured headers for each side.
func drawCaptures(t *rapid.T, p *printed, stream bool) value {
	if !stream {
		return value{absent: true, missing: true}
	}
	var list, parts []string
	for range 2 {
		h := rapid.StringMatching(`([a-z][-a-z "#|é\\\]]{0,5}[a-z])?`).Draw(t, "header")
		if p.class == classList && !p.quote {
			h = strings.ReplaceAll(h, " ", "") // nothing tells a blank in one from one between two
		}
		list = append(list, encoded(h, "{|}"))
	}
	if p.class == classBraces {
		return p.text("{"+strings.Join(list, "|")+"}", false, true)
	}
	for _, h := range list {
		parts = append(parts, p.text(h, h == "", true).shown)
	}
	return value{shown: strings.Join(parts, " "), list: list}
}

// renderLine prints a line: a blank in the directive that would follow a printed one, or begin the line, is left out.
func renderLine(items []printed, values []value) string {
	var b strings.Builder
	blank := true
	n := 0
	for i := range items {
		if items[i].code == "" {
			for _, c := range []byte(items[i].literal) {
				if c != ' ' || !blank {
					b.WriteByte(c)
				}
				blank = c == ' '
			}
			continue
		}
		if v := values[n]; !v.absent {
			b.WriteString(v.shown)
			blank = false
		}
		n++
	}
	return b.String()
}
