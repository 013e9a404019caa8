// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package envoy_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/proxylog/proxylog/internal/decode"
	"github.com/proxylog/proxylog/internal/explain"
	"github.com/proxylog/proxylog/internal/format/formattest"
)

// The renderer of these tests prints a record as Envoy's documentation says (Access logging, Format Strings and Format
// Dictionaries), slowly and without a look at the parser: a format is a list of pieces, each of them a literal or a
// command with its value.

// piece is a literal, or a command and what it prints; nil for no value.
type piece struct {
	literal, code string
	value         *string
	number        bool // printed without quotes where it stands alone in JSON
	text          bool // may hold anything
}

// generators are the commands and what values they have.
var generators = []struct {
	codes []string
	gen   *rapid.Generator[string]
	kind  string
}{
	{[]string{"BYTES_SENT", "BYTES_RECEIVED", "DURATION", "RESPONSE_CODE", "CONNECTION_ID", "UPSTREAM_REQUEST_ATTEMPT_COUNT", "DOWNSTREAM_WIRE_BYTES_SENT"}, rapid.StringMatching(`0|[1-9][0-9]{0,9}`), "number"},
	{[]string{"REQ(:METHOD)", "RESPONSE_FLAGS_LONG", "DOWNSTREAM_TLS_CIPHER"}, rapid.SampledFrom([]string{"GET", "a-b_C", "x"}), ""},
	{[]string{"PROTOCOL", "UPSTREAM_PROTOCOL"}, rapid.SampledFrom([]string{"HTTP/1.1", "HTTP/2", "HTTP/3"}), ""},
	{[]string{"UPSTREAM_HOST", "DOWNSTREAM_REMOTE_ADDRESS", "DOWNSTREAM_LOCAL_ADDRESS", "UPSTREAM_LOCAL_ADDRESS", "DOWNSTREAM_DIRECT_REMOTE_ADDRESS"}, rapid.SampledFrom([]string{"192.0.2.7:80", "[2001:db8::1]:44778", "10.1.2.3:0"}), ""},
	{[]string{"REQ(:PATH)", "REQ(X-ENVOY-ORIGINAL-PATH?:PATH)", "RESPONSE_CODE_DETAILS", "UPSTREAM_TRANSPORT_FAILURE_REASON"}, rapid.StringMatching(`[/a-z][!-~]{0,12}`), "word"},
	{[]string{"REQ(USER-AGENT)", "REQ(X-FORWARDED-FOR)", "RESP(SERVER)", "REQ(X-A?X-B):20", "ROUTE_NAME", "UPSTREAM_CLUSTER", "DYNAMIC_METADATA(a:b)"}, rapid.StringMatching(`[!-~]([ -~]{0,14}[!-~])?`), "text"},
	{[]string{"RESPONSE_FLAGS"}, rapid.SampledFrom([]string{"UF", "UF,URX", "DC"}), ""},
	{[]string{"ACCESS_LOG_TYPE", "UNIQUE_ID"}, rapid.SampledFrom([]string{"DownstreamEnd", "TcpPeriodic", "x1-2"}), ""},
}

// moments are the times and how Go prints them.
var moments = map[string]string{
	"START_TIME": "2006-01-02T15:04:05.000Z", "START_TIME(%s.%3f)": "", "START_TIME(%d/%b/%Y:%H:%M:%S.%6f %z)": "02/Jan/2006:15:04:05.000000 +0000",
	"START_TIME(%F %T)": "2006-01-02 15:04:05",
}

// drawPiece draws a command with a value.
func drawPiece(t *rapid.T, used map[string]bool) piece {
	g := generators[rapid.IntRange(0, len(generators)-1).Draw(t, "kind")]
	code := rapid.SampledFrom(g.codes).Draw(t, "command")
	if used[code] {
		return piece{literal: rapid.SampledFrom([]string{"=", "/", " "}).Draw(t, "instead")}
	}
	used[code] = true
	p := piece{code: "%" + code + "%", number: g.kind == "number", text: g.kind == "text" || g.kind == "word"}
	if rapid.IntRange(0, 5).Draw(t, "missing") > 0 {
		v := g.gen.Draw(t, "value")
		if v == "-" {
			v = "--"
		}
		p.value = &v
	}
	return p
}

// drawTime draws a time.
func drawTime(t *rapid.T) piece {
	commands := make([]string, 0, len(moments))
	for c := range moments {
		commands = append(commands, c)
	}
	slices.Sort(commands)
	c := rapid.SampledFrom(commands).Draw(t, "time")
	at := time.UnixMicro(rapid.Int64Range(1e15, 2e15).Draw(t, "at")).UTC()
	v := at.Format(moments[c])
	if moments[c] == "" {
		v = fmt.Sprintf("%d.%03d", at.Unix(), at.Nanosecond()/1e6)
	}
	return piece{code: "%" + c + "%", value: &v}
}

// drawPieces draws a format.
func drawPieces(t *rapid.T, used map[string]bool, most int, literals []string) []piece {
	var out []piece
	for range rapid.IntRange(1, most).Draw(t, "pieces") {
		out = append(out, piece{literal: rapid.SampledFrom(literals).Draw(t, "literal")}, drawPiece(t, used))
	}
	return out
}

// directiveOf is the format of pieces, and textOf what Envoy prints by it.
func directiveOf(pieces []piece) string {
	var b strings.Builder
	for _, p := range pieces {
		b.WriteString(strings.ReplaceAll(p.literal, "%", "%%") + p.code)
	}
	return b.String()
}

func textOf(pieces []piece) string {
	var b strings.Builder
	for _, p := range pieces {
		switch {
		case p.code == "":
			b.WriteString(p.literal)
		case p.value == nil:
			b.WriteString("-")
		default:
			b.WriteString(*p.value)
		}
	}
	return b.String()
}

// check reads the line and compares each command's value. In a line that admits several readings, what stands from the
// first text to the last may be divided in another way; but it has to be a reading: printed again, it is the line.
func check(t *rapid.T, format, line string, pieces []piece, key func(piece) string) {
	d, err := decode.New(config(format), decode.Settings{Location: time.UTC})
	if err != nil {
		if !strings.Contains(err.Error(), "nothing separates") && !strings.Contains(err.Error(), "at least two of its keys") {
			t.Fatalf("%s: %v", format, err)
		}
		t.Skip("it cannot be divided")
	}
	got := explain.New(d, "test").Read(line, formattest.Observed)
	if got.Error != nil {
		t.Fatalf("%s\n%s\n%+v", format, line, *got.Error)
	}
	compareReading(t, format+"\n"+line, got, pieces, key)
}

// compareReading compares the value of each command with what was read of it.
func compareReading(t *rapid.T, where string, got explain.Line, pieces []piece, key func(piece) string) {
	fields := map[string]*string{}
	for _, f := range got.Fields {
		fields[f.Code] = f.Raw
	}
	first, last := 0, -1
	if got.Record.Attributes["proxy.ambiguous"] == true {
		isText := func(p piece) bool { return p.text }
		first = slices.IndexFunc(pieces, isText)
		for last = len(pieces) - 1; last > first && !pieces[last].text; last-- {
		}
		reading := slices.Clone(pieces)
		for i, p := range reading {
			reading[i].value = fields[key(p)]
		}
		if again, want := textOf(reading), textOf(pieces); again != want {
			t.Fatalf("%s\n%s\nis read as\n%s", where, want, again)
		}
	}
	for i, p := range pieces {
		if p.code == "" || first <= i && i <= last {
			continue
		}
		raw, ok := fields[key(p)]
		if !ok && p.value != nil {
			t.Fatalf("%s\n%s is not there", where, key(p))
		}
		if (raw == nil) != (p.value == nil) || raw != nil && *raw != *p.value {
			t.Fatalf("%s\n%s = %v, want %v", where, key(p), show(raw), show(p.value))
		}
	}
}

func show(s *string) string {
	if s == nil {
		return "none"
	}
	return fmt.Sprintf("%q", *s)
}

// TestRenderText prints random records by random format strings, and reads them back.
func TestRenderText(t *testing.T) {
	literals := []string{" ", " ", "|", "\" \"", "] [", ", ", " x=", "\t", "%", " -> "}
	rapid.Check(t, func(t *rapid.T) {
		pieces := []piece{{literal: rapid.SampledFrom([]string{"", "[", "a "}).Draw(t, "first")}, drawTime(t)}
		pieces = append(pieces, drawPieces(t, map[string]bool{}, 8, literals)...)
		pieces = append(pieces, piece{literal: rapid.SampledFrom([]string{"", "]", " ms", "\""}).Draw(t, "last")})
		check(t, directiveOf(pieces), textOf(pieces), pieces, func(p piece) string { return p.code })
	})
}

// jsonString prints a string as Envoy prints it into JSON.
func jsonString(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteString(`\` + string(r))
		case r == '\t':
			b.WriteString(`\t`)
		case r < ' ':
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// TestRenderJSON prints random records by random JSON maps, with nested ones and values of several commands, and reads
// them back.
func TestRenderJSON(t *testing.T) {
	literals := []string{" ", "|", "\" \"", "é=", `\`, ", ", "%"}
	rapid.Check(t, func(t *rapid.T) {
		used := map[string]bool{}
		formats, values := map[string]any{}, map[string]string{}
		parts := map[string][]piece{}
		add := func(name string, pieces []piece) {
			formats[name], parts[name] = directiveOf(pieces), pieces
			switch {
			case len(pieces) == 1 && pieces[0].value == nil && pieces[0].code == "%RESPONSE_FLAGS%":
				values[name] = `"-"`
			case len(pieces) == 1 && pieces[0].value == nil:
				values[name] = "null"
			case len(pieces) == 1 && pieces[0].number:
				values[name] = *pieces[0].value
			default:
				values[name] = `"` + jsonString(textOf(pieces)) + `"`
			}
		}
		add("start", []piece{drawTime(t)})
		for i := range rapid.IntRange(2, 8).Draw(t, "keys") {
			name := fmt.Sprintf("k%d", i)
			if rapid.IntRange(0, 3).Draw(t, "several") == 0 {
				add(name, drawPieces(t, used, 3, literals))
				continue
			}
			if p := drawPiece(t, used); p.code != "" {
				add(name, []piece{p})
			}
		}
		format, err := json.Marshal(map[string]any{"json_format": formats})
		if err != nil {
			t.Fatal(err)
		}
		names := make([]string, 0, len(values))
		for n := range values {
			names = append(names, n)
		}
		slices.Sort(names)
		var members []string
		for _, n := range names {
			members = append(members, `"`+n+`":`+values[n])
		}
		line := "{" + strings.Join(members, ",") + "}"
		if !json.Valid([]byte(line)) || !utf8.ValidString(line) {
			t.Fatalf("the renderer writes no JSON: %s", line)
		}
		checkMap(t, string(format), line, parts)
	})
}

// checkMap is check for a map: a value of one command stands under its key, and one of several that cannot be divided is
// kept whole.
func checkMap(t *rapid.T, format, line string, parts map[string][]piece) {
	d, err := decode.New(config(format), decode.Settings{Location: time.UTC})
	if err != nil {
		t.Fatalf("%s: %v", format, err)
	}
	got := explain.New(d, "test").Read(line, formattest.Observed)
	if got.Error != nil {
		t.Fatalf("%s\n%s\n%+v", format, line, *got.Error)
	}
	where := format + "\n" + line
	for name, pieces := range parts {
		whole := slices.IndexFunc(got.Fields, func(f explain.Field) bool { return f.Code == name })
		switch {
		case len(pieces) == 1:
			compareReading(t, where, got, pieces, func(piece) string { return name })
		case whole < 0:
			compareReading(t, where, got, pieces, func(p piece) string { return p.code })
		case got.Fields[whole].Raw == nil || *got.Fields[whole].Raw != textOf(pieces):
			t.Fatalf("%s\n%s = %v, want %q", where, name, show(got.Fields[whole].Raw), textOf(pieces))
		}
	}
}

// TestOwnSameAsBuiltin: the directives of the built-ins, given as a user's own, make the same records.
func TestOwnSameAsBuiltin(t *testing.T) {
	for name, own := range ownDefault {
		raw := formattest.Read(t, formattest.Testdata("envoy/ok/"+name+".log"))
		got, want := formattest.Explain(t, config(own), raw), formattest.Explain(t, config(name), raw)
		require.NotEmpty(t, got)
		for i := range got {
			require.Equal(t, want[i].Record, got[i].Record)
		}
	}
}

// ownDefault is Envoy's default format and its JSON map, as a user may write them.
var ownDefault = map[string]string{
	"default": `[%START_TIME%] "%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%" %RESPONSE_CODE% %RESPONSE_FLAGS% %BYTES_RECEIVED% %BYTES_SENT% %DURATION% ` +
		`%RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)% "%REQ(X-FORWARDED-FOR)%" "%REQ(USER-AGENT)%" "%REQ(X-REQUEST-ID)%" "%REQ(:AUTHORITY)%" "%UPSTREAM_HOST%"`,
	"default_json": `{"start_time":"%START_TIME%","method":"%REQ(:METHOD)%","path":"%REQ(X-ENVOY-ORIGINAL-PATH?:PATH)%","protocol":"%PROTOCOL%","response_code":"%RESPONSE_CODE%",` +
		`"response_flags":"%RESPONSE_FLAGS%","bytes_received":"%BYTES_RECEIVED%","bytes_sent":"%BYTES_SENT%","duration":"%DURATION%","upstream_service_time":"%RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)%",` +
		`"x_forwarded_for":"%REQ(X-FORWARDED-FOR)%","user_agent":"%REQ(USER-AGENT)%","request_id":"%REQ(X-REQUEST-ID)%","authority":"%REQ(:AUTHORITY)%","upstream_host":"%UPSTREAM_HOST%"}`,
}

// BenchmarkOwn reads the same lines as a built-in and as a user's own format of the same fields, which is to cost no more
// than 1.15 times as much.
func BenchmarkOwn(b *testing.B) {
	for _, name := range []string{"default", "default_json"} {
		lines := formattest.Lines(b, formattest.Testdata("envoy/ok/"+name+".log"))
		b.Run(name+"/builtin", func(b *testing.B) { formattest.Bench(b, config(name), lines) })
		b.Run(name+"/own", func(b *testing.B) { formattest.Bench(b, config(ownDefault[name]), lines) })
	}
}
