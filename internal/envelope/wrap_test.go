// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package envelope

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// at2 is the time of the runtimes' lines below.
var at2 = time.Date(2026, 11, 21, 23, 45, 2, 269111123, time.UTC).UnixNano()

const stamp = "2026-11-21T23:45:02.269111123Z"

// take is Take with a plain line as a result too.
func take(w *Wrapper, line string) Wrapped {
	text, out := w.Take(line)
	if out == nil {
		return Wrapped{Text: text}
	}
	return *out
}

// TestTake has what is looked at and what is left alone.
func TestTake(t *testing.T) {
	docker := func(log string) string { return `{"log":"` + log + `","stream":"stderr","time":"` + stamp + `"}` }
	for name, c := range map[string]struct {
		mode Mode
		line string
		want Wrapped
	}{
		"plain":                 {ModeAuto, "127.0.0.1:1 [x]", Wrapped{Text: "127.0.0.1:1 [x]"}},
		"end of line":           {ModeNone, "a\r\n", Wrapped{Text: "a"}},
		"NUL":                   {ModeNone, "a\x00b\x00\n", Wrapped{Text: "a\x00b"}},
		"nothing":               {ModeAuto, "\n", Wrapped{}},
		"CRI":                   {ModeAuto, stamp + " stdout F a b\n", Wrapped{Result: Unwrapped, Text: "a b", Stream: Stdout, Time: at2}},
		"CRI with an offset":    {ModeCRI, "2026-11-22T00:45:02.269111123+01:00 stderr F a", Wrapped{Result: Unwrapped, Text: "a", Stream: Stderr, Time: at2}},
		"CRI, several tags":     {ModeAuto, stamp + " stdout F:x a", Wrapped{Result: Unwrapped, Text: "a", Stream: Stdout, Time: at2}},
		"CRI, empty":            {ModeAuto, stamp + " stdout F ", Wrapped{Result: Unwrapped, Stream: Stdout, Time: at2}},
		"CRI, empty, no blank":  {ModeAuto, stamp + " stdout F", Wrapped{Result: Unwrapped, Stream: Stdout, Time: at2}},
		"CRI, not looked for":   {ModeDocker, stamp + " stdout F a", Wrapped{Text: stamp + " stdout F a"}},
		"CRI, other tag":        {ModeAuto, stamp + " stdout X a", Wrapped{Text: stamp + " stdout X a"}},
		"CRI, other stream":     {ModeAuto, stamp + " stdlog F a", Wrapped{Text: stamp + " stdlog F a"}},
		"CRI, no zone":          {ModeAuto, "2026-11-21T23:45:02.269111123 stdout F a", Wrapped{Text: "2026-11-21T23:45:02.269111123 stdout F a"}},
		"HAProxy's iso":         {ModeAuto, "2026-11-21T23:45:02.269111+00:00 127.0.0.1:1 [x]", Wrapped{Text: "2026-11-21T23:45:02.269111+00:00 127.0.0.1:1 [x]"}},
		"docker":                {ModeAuto, docker(`a b\n`), Wrapped{Result: Unwrapped, Text: "a b", Stream: Stderr, Time: at2}},
		"docker, escapes":       {ModeAuto, docker(`{\"a\":\"\u00e9\\n\"}\n`), Wrapped{Result: Unwrapped, Text: `{"a":"é\n"}`, Fresh: true, Stream: Stderr, Time: at2}},
		"docker, of a terminal": {ModeAuto, docker(`a b\r\n`), Wrapped{Result: Unwrapped, Text: "a b", Fresh: true, Stream: Stderr, Time: at2}},
		"docker, empty":         {ModeAuto, docker(`\n`), Wrapped{Result: Unwrapped, Stream: Stderr, Time: at2}},
		"docker, a piece":       {ModeAuto, docker(`a\\n`), Wrapped{Result: Partial, Fresh: true, Stream: Stderr, Time: at2}},
		"docker, other order": {
			ModeDocker, `{"stream":"stdout","attrs":{"x":"y"},"log":"a\n"}`, Wrapped{Result: Unwrapped, Text: "a", Stream: Stdout},
		},
		"docker, other order, not sure": {ModeAuto, `{"stream":"stdout","log":"a\n"}`, Wrapped{Text: `{"stream":"stdout","log":"a\n"}`}},
		"JSON with a log":               {ModeAuto, `{"log":"a\n","level":"info"}`, Wrapped{Text: `{"log":"a\n","level":"info"}`}},
		"JSON with both":                {ModeAuto, `{"log":{"a":1},"stream":"stdout"}`, Wrapped{Text: `{"log":{"a":1},"stream":"stdout"}`}},
		"docker, a stream of its own":   {ModeDocker, `{"log":"a\n","stream":"stdlog"}`, Wrapped{Text: `{"log":"a\n","stream":"stdlog"}`}},
		"docker, a time without a zone": {
			ModeAuto, `{"log":"a\n","stream":"stdout","time":"2026-11-21T23:45:02"}`, Wrapped{Result: Unwrapped, Text: "a", Stream: Stdout},
		},
		"JSON with a number":  {ModeDocker, `{"log":17,"stream":"stdout"}`, Wrapped{Text: `{"log":17,"stream":"stdout"}`}},
		"JSON with a boolean": {ModeDocker, `{"log":true,"stream":"stdout"}`, Wrapped{Text: `{"log":true,"stream":"stdout"}`}},
		"docker, cut": {
			ModeAuto, docker(`a\n`)[:40], Wrapped{Result: Broken, Text: docker(`a\n`)[:40], Offset: 40, Expected: "a closing quote", Truncated: true},
		},
		"journald": {
			ModeAuto, `{"MESSAGE":"a \"b\"","PRIORITY":"6","SYSLOG_FACILITY":"16","SYSLOG_IDENTIFIER":"haproxy","_PID":"1","SYSLOG_PID":"77","_HOSTNAME":"h","__REALTIME_TIMESTAMP":"1795304702269111"}`,
			Wrapped{
				Result: Unwrapped, Text: `a "b"`, Fresh: true, Whole: true,
				Header: Header{Kind: Journal, Priority: 134, App: "haproxy", PID: 77, Host: "h", Time: 1795304702269111000, Precise: true, End: 5},
			},
		},
		"journald, the sender's time": {
			ModeJournald, `{"_SOURCE_REALTIME_TIMESTAMP":"1795304702000000","MESSAGE":"a","__REALTIME_TIMESTAMP":"1795304702269111"}`,
			Wrapped{Result: Unwrapped, Text: "a", Whole: true, Header: Header{Kind: Journal, Priority: -1, Time: 1795304702000000000, Precise: true, End: 1}},
		},
		"journald, bytes": {
			ModeAuto, `{"MESSAGE":[ 97, 255,10 ],"__REALTIME_TIMESTAMP":"1795304702000000","_X":[[98],[99]]}`,
			Wrapped{Result: Unwrapped, Text: "a\xff\n", Fresh: true, Whole: true, Header: Header{Kind: Journal, Priority: -1, Time: 1795304702000000000, Precise: true, End: 3}},
		},
		"journald, bytes alone": {
			ModeAuto, `{"MESSAGE":[97,255],"__REALTIME_TIMESTAMP":"1795304702000000"}`,
			Wrapped{Result: Unwrapped, Text: "a\xff", Fresh: true, Whole: true, Header: Header{Kind: Journal, Priority: -1, Time: 1795304702000000000, Precise: true, End: 2}},
		},
		"journald, a bracket in a text": {
			ModeAuto, `{"MESSAGE":"[1] a","__REALTIME_TIMESTAMP":"1795304702000000","_X":["b","c"]}`,
			Wrapped{Result: Unwrapped, Text: "[1] a", Fresh: true, Whole: true, Header: Header{Kind: Journal, Priority: -1, Time: 1795304702000000000, Precise: true, End: 5}},
		},
		"journald, the first process and a name with an escape": {
			ModeAuto, `{"MESSAGE":"a","SYSLOG_IDENTIFIER":"a\"b","SYSLOG_PID":"0","_PID":"1","__REALTIME_TIMESTAMP":"1795304702000000"}`,
			Wrapped{Result: Unwrapped, Text: "a", Whole: true, Header: Header{Kind: Journal, Priority: -1, App: `a"b`, PID: 1, Time: 1795304702000000000, Precise: true, End: 1}},
		},
		"journald, too long": {
			ModeAuto, `{"MESSAGE":null,"__REALTIME_TIMESTAMP":"1"}`,
			Wrapped{Result: Broken, Text: `{"MESSAGE":null,"__REALTIME_TIMESTAMP":"1"}`, Field: "MESSAGE", Expected: "a message"},
		},
		"journald, not looked for": {ModeSyslog, `{"MESSAGE":"a","__REALTIME_TIMESTAMP":"1"}`, Wrapped{Text: `{"MESSAGE":"a","__REALTIME_TIMESTAMP":"1"}`}},
		"native": {
			ModeAuto, "PRIORITY=3\nSYSLOG_FACILITY=3\nSYSLOG_IDENTIFIER=squid\nSYSLOG_PID=8\nMESSAGE\n\x03\x00\x00\x00\x00\x00\x00\x00a\nb\n",
			Wrapped{Result: Unwrapped, Text: "a\nb", Whole: true, Header: Header{Kind: Journal, Priority: 27, App: "squid", PID: 8, End: 3}},
		},
		"native, no process": {
			ModeAuto, "PRIORITY=3\nSYSLOG_PID=-8\nMESSAGE=a\n", Wrapped{Result: Unwrapped, Text: "a", Whole: true, Header: Header{Kind: Journal, Priority: 3, End: 1}},
		},
		"native, an entry of g3proxy's": {
			ModeAuto, "SYSLOG_IDENTIFIER=g3proxy\nLOG_TYPE=Task\nMESSAGE=a\n",
			Wrapped{
				Result: Unwrapped, Text: "SYSLOG_IDENTIFIER=g3proxy\nLOG_TYPE=Task\nMESSAGE=a\n", Whole: true,
				Header: Header{Kind: JournalDatagram, Priority: -1, App: "g3proxy", End: 50},
			},
		},
		"native, no message":               {ModeAuto, "PRIORITY=3\nA=b\n", brokenMessage("PRIORITY=3\nA=b\n", 14, false)},
		"native, an empty line at the end": {ModeAuto, "PRIORITY=\n\n", brokenMessage("PRIORITY=\n\n", 9, true)},
		"native, cut":                      {ModeAuto, "PRIORITY=3\nMESSAGE\n\x03\x00\x00", brokenMessage("PRIORITY=3\nMESSAGE\n\x03\x00\x00", 11, true)},
		"native, a length beyond the end": {
			ModeAuto, "PRIORITY=3\nMESSAGE\n\x03\x00\x00\x00\x00\x00\x00\x00a\n", brokenMessage("PRIORITY=3\nMESSAGE\n\x03\x00\x00\x00\x00\x00\x00\x00a\n", 11, true),
		},
		"native, a length beyond all": {
			ModeAuto, "PRIORITY=3\nMESSAGE\n\xff\xff\xff\xff\xff\xff\xff\xffa\n", brokenMessage("PRIORITY=3\nMESSAGE\n\xff\xff\xff\xff\xff\xff\xff\xffa\n", 11, true),
		},
		"native, a length too short": {
			ModeAuto, "PRIORITY=3\nMESSAGE\n\x01\x00\x00\x00\x00\x00\x00\x00ab\n", brokenMessage("PRIORITY=3\nMESSAGE\n\x01\x00\x00\x00\x00\x00\x00\x00ab\n", 11, true),
		},
		"fluent, a tag of a byte's length": {
			ModeAuto, "\x93\xd9\x03a.b\x02\x81\xa3log\xa1x", Wrapped{Result: Unwrapped, Text: "x", Time: 2e9},
		},
		"fluent, a tag of two bytes' length": {
			ModeAuto, "\x94\xda\x00\x03a.b\x02\x81\xa3log\xa1x\x80", Wrapped{Result: Unwrapped, Text: "x", Time: 2e9},
		},
		"fluent, no tag": {ModeAuto, "\x93\x01\x02\x80", Wrapped{Text: "\x93\x01\x02\x80"}},
		"in capitals":    {ModeAuto, "PRIORITY=3 is not native", Wrapped{Text: "PRIORITY=3 is not native"}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, take(NewWrapper(c.mode, 0), c.line)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// brokenMessage is the result for a datagram of journald's in which no message is found up to a byte.
func brokenMessage(datagram string, at int, cut bool) Wrapped {
	return Wrapped{Result: Broken, Text: trimEnd(datagram), Offset: at, Field: "MESSAGE", Expected: "a message", Truncated: cut}
}

// cri and dockerLine write a piece as the runtimes do.
func cri(stream Stream, last bool, text string) string {
	return stamp + map[Stream]string{Stdout: " stdout ", Stderr: " stderr "}[stream] + map[bool]string{true: "F ", false: "P "}[last] + text
}

func dockerLine(stream Stream, last bool, text string) string {
	if last {
		text += "\n"
	}
	log, err := json.Marshal(text)
	if err != nil {
		panic(err)
	}
	return fmt.Sprintf(`{"log":%s,"stream":%q,"time":%q}`, log, map[Stream]string{Stdout: "stdout", Stderr: "stderr"}[stream], stamp)
}

// TestPieces cuts texts of two streams into pieces at random, mixes them, and wants the texts back, whichever runtime
// wrote them, and also where some of the lines are read a second time.
func TestPieces(t *testing.T) {
	for name, write := range map[string]func(Stream, bool, string) string{"cri": cri, "docker": dockerLine} {
		t.Run(name, rapid.MakeCheck(func(t *rapid.T) {
			var lines [2][]string
			var want [2][]string
			for n, stream := range [...]Stream{Stdout, Stderr} {
				for _, text := range rapid.SliceOfN(rapid.StringMatching(`[a-z"\\é ]{1,30}`), 0, 5).Draw(t, "texts") {
					want[n] = append(want[n], text)
					runes := []rune(text)
					for len(runes) > 1 && rapid.Bool().Draw(t, "cut") {
						k := rapid.IntRange(1, len(runes)-1).Draw(t, "at")
						lines[n] = append(lines[n], write(stream, false, string(runes[:k])))
						runes = runes[k:]
					}
					lines[n] = append(lines[n], write(stream, true, string(runes)))
				}
			}
			w := NewWrapper(ModeAuto, 0)
			var got [2][]string
			for len(lines[0])+len(lines[1]) > 0 {
				// A batch of lines, read once or more often.
				var batch []string
				for range rapid.IntRange(1, 4).Draw(t, "lines") {
					n := rapid.IntRange(0, 1).Draw(t, "stream")
					if len(lines[n]) == 0 {
						n = 1 - n
					}
					if len(lines[n]) > 0 {
						batch, lines[n] = append(batch, lines[n][0]), lines[n][1:]
					}
				}
				w.Mark()
				var read [2][]string
				for again := true; again; again = rapid.Bool().Draw(t, "again") {
					w.Rewind()
					read = [2][]string{}
					for _, l := range batch {
						switch out := take(w, l); out.Result {
						case Unwrapped, Joined:
							n := 0
							if out.Stream == Stderr {
								n = 1
							}
							read[n] = append(read[n], out.Text)
						case Partial:
						default:
							t.Fatalf("%d: %s", out.Result, l)
						}
					}
				}
				for n := range read {
					got[n] = append(got[n], read[n]...)
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Fatalf("(-want +got):\n%s", diff)
			}
		}))
	}
}

// TestTooLong joins no more than the limit, and goes on with the next line.
func TestTooLong(t *testing.T) {
	w := NewWrapper(ModeAuto, 10)
	for range 1000 {
		if out := take(w, cri(Stdout, false, "abcd")); out.Result != Partial {
			t.Fatal(out)
		}
	}
	if n := cap(w.pieces[Stdout].text); n > 64 {
		t.Errorf("%d bytes are kept", n)
	}
	if out := take(w, cri(Stdout, true, "abcd")); out.Result != TooLong || out.Text != "abcdabcdab" {
		t.Errorf("%+v", out)
	}
	if out := take(w, cri(Stdout, true, "a line longer than the limit of joined ones")); out.Result != Unwrapped || !strings.HasPrefix(out.Text, "a line") {
		t.Errorf("%+v", out)
	}
	w.Take(cri(Stdout, false, "other"))
	w.Take(cri(Stderr, false, "head"))
	for stream, want := range map[Stream]string{Stdout: "other", Stderr: "head"} {
		if !w.Holds() {
			t.Errorf("%q is not held", want)
		}
		if text, ok := w.Rest(stream); !ok || text != want {
			t.Errorf("%q, want %q", text, want)
		}
	}
	if w.Holds() {
		t.Error("what was given up is held")
	}
	w.Mark()
	w.Take(cri(Stderr, false, "head"))
	w.Rewind()
	if w.Holds() {
		t.Error("what was not read yet is held")
	}
	if _, ok := w.Rest(Stderr); ok {
		t.Error("the rest comes twice")
	}
}

// TestTakeNoAllocs: lines that are whole and need no escape undone are parts of what was read.
func TestTakeNoAllocs(t *testing.T) {
	lines := []string{
		`127.0.0.1:47846 [21/Nov/2026:23:43:14.491] fnt fnt.full/s_full 1/-1/80 0 CD 16/1/0/0/0 0/0`,
		`{"SessionID":"1","ConnectTimeStamp":"x"}`,
		cri(Stdout, true, "a b c"),
		dockerLine(Stderr, true, "a b c"),
		`{"MESSAGE":"a","PRIORITY":"6","SYSLOG_IDENTIFIER":"haproxy","_PID":"1","_HOSTNAME":"h","__REALTIME_TIMESTAMP":"1795304702269111","_UID":"0"}`,
		"SYSLOG_IDENTIFIER=g3proxy\nLOG_TYPE=Task\nMESSAGE=\n",
	}
	w := NewWrapper(ModeAuto, 0)
	n := testing.AllocsPerRun(100, func() {
		w.Mark()
		for _, l := range lines {
			w.Take(l)
		}
	})
	if n != 0 {
		t.Errorf("%.0f allocations", n)
	}
}

func FuzzTake(f *testing.F) {
	for _, s := range []string{
		cri(Stdout, false, "a"), cri(Stderr, true, "b"), dockerLine(Stdout, true, "a\"b"), dockerLine(Stdout, false, "a"),
		`{"MESSAGE":[1,2],"__REALTIME_TIMESTAMP":"1","X":["a"]}`, "PRIORITY=3\nMESSAGE\n\x01\x00\x00\x00\x00\x00\x00\x00a\n",
		"PRIORITY=\n\n", "\x93\xa1a\x01\x81\xa1b\xc0", `{"log":"\u00`, stamp + " stdout P",
	} {
		f.Add(s, uint8(0))
	}
	f.Fuzz(func(t *testing.T, line string, mode uint8) {
		w := NewWrapper(Mode(int(mode)%len(Modes())), 100)
		for range 3 {
			w.Mark()
			out := take(w, line)
			if h := out.Header; h.Start < 0 || out.Whole && h.End != len(out.Text) {
				t.Fatalf("%+v", out)
			}
			if out.Result == Broken && out.Offset > len(out.Text) {
				t.Fatalf("offset %d of %d", out.Offset, len(out.Text))
			}
			if out.Result == Plain && out.Text != strings.TrimRight(line, "\r\n\x00") {
				t.Fatalf("%q", out.Text)
			}
			for s := range w.pieces {
				if len(w.pieces[s].text) > 100 {
					t.Fatal("more is kept than the limit")
				}
			}
		}
		w.Rewind()
	})
}

// FuzzUndoOctal holds the undoing of rsyslog's escapes against the escaping.
func FuzzUndoOctal(f *testing.F) {
	f.Add("a\tb#\x7f\xc3\xa9")
	f.Fuzz(func(t *testing.T, text string) {
		var escaped strings.Builder
		changed := false
		for i := range len(text) {
			if c := text[i]; c < ' ' || c >= 0x7f {
				fmt.Fprintf(&escaped, "#%03o", c)
				changed = true
			} else {
				escaped.WriteByte(c)
			}
		}
		if strings.Contains(text, "#") {
			// Not escaped itself, it may begin what looks like an escape.
			UndoOctal(escaped.String())
			return
		}
		if got, ok := UndoOctal(escaped.String()); got != text || ok != changed {
			t.Fatalf("%q, %v, want %q", got, ok, text)
		}
	})
}

func BenchmarkTake(b *testing.B) {
	for name, line := range map[string]string{
		"plain":    "127.0.0.1:47846 [21/Nov/2026:23:43:14.491] fnt fnt.full/s_full 1/-1/80 0 CD 16/1/0/0/0 0/0",
		"syslog":   "<134>Nov 21 23:43:19 localhost haproxy[4540]: 127.0.0.1:47846 [21/Nov/2026:23:43:14.491] fnt fnt.full/s_full",
		"epoch":    "1795304950.095      3 127.0.0.5 TCP_MISS/200 107 GET http://127.0.0.1:13450/ - -/127.0.0.1 -",
		"json":     `{"authority":"app.lab.example","bytes_received":"0","bytes_sent":"11","connection_id":"708"}`,
		"cri":      cri(Stdout, true, strings.Repeat("x", 150)),
		"docker":   dockerLine(Stdout, true, strings.Repeat("x", 150)),
		"journald": `{"MESSAGE":"a","PRIORITY":"6","SYSLOG_IDENTIFIER":"haproxy","_PID":"1","_HOSTNAME":"h","__REALTIME_TIMESTAMP":"1795304702269111","_UID":"0"}`,
	} {
		b.Run(name, func(b *testing.B) {
			w := NewWrapper(ModeAuto, 0)
			b.SetBytes(int64(len(line)))
			b.ReportAllocs()
			for b.Loop() {
				w.Mark()
				w.Take(line)
			}
		})
	}
}
