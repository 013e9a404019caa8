// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package envoy_test

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/proxylog/proxylog/internal/format/formattest"
)

// printed is one moment as Envoy 1.40 has printed it with TZ=America/St_Johns: testdata/envoy/times.jsonl.
type printed struct{ Format, UTC, Local string }

// moment is that moment.
const moment = int64(1795327341948355000)

func printedTimes(t *testing.T) []printed {
	t.Helper()
	var out []printed
	for _, l := range formattest.Lines(t, formattest.Testdata("envoy/times.jsonl")) {
		var p printed
		require.NoError(t, json.Unmarshal([]byte(l), &p))
		out = append(out, p)
	}
	require.Len(t, out, 62)
	return out
}

// told is the moment as far as a printed time tells it: to the digit of the second, or to the minute.
func told(text string) int64 {
	digits := strconv.FormatInt(moment%1e9, 10)
	for n := 9; n > 0; n-- {
		if i := strings.LastIndex(text, digits[:n]); i > 1 && text[i-2:i] == "21" || i > 2 && text[i-3:i] == "21." || i > 2 && text[i-3:i] == "21 " || i > 2 && text[i-3:i] == "41." {
			unit := int64(1)
			for range 9 - n {
				unit *= 10
			}
			return moment - moment%unit
		}
		if i := strings.LastIndex(text, "41"+digits[:n]); i > 0 {
			unit := int64(1)
			for range 9 - n {
				unit *= 10
			}
			return moment - moment%unit
		}
	}
	if strings.Contains(text, "21") || strings.Contains(text, "341") {
		return moment - moment%1e9
	}
	return moment - moment%60e9
}

// partial are the formats that tell no moment.
var partial = strings.Split("%+|%3f|%:::z|%::z|%:z|%E*S|%E*f|%E*z|%E0S|%E3f|%E4S|%E4Y|%Ey|%Ez|%F|%H:%M|%H:%M:%S|%H:%M:%S.%6f|%L|%O|%Q|%R %y|%T|%T.%3f|%Y-%m-%d|"+
	"%d%%%m|%e %l %k %I %p|%f|%i|%v|%6f", "|")

// TestPrintedTimes reads every format that Envoy can print a moment in, in UTC and in its own zone, in a text and in a JSON
// map.
func TestPrintedTimes(t *testing.T) {
	isPartial := map[string]bool{}
	for _, f := range partial {
		isPartial[f] = true
	}
	read := 0
	for _, p := range printedTimes(t) {
		for command, text := range map[string]string{"START_TIME": p.UTC, "START_TIME_LOCAL": p.Local} {
			value, err := json.Marshal(text)
			require.NoError(t, err)
			for format, line := range map[string]string{
				"<%" + command + "(" + p.Format + ")%> %DURATION%ms":                         "<" + text + "> 5ms",
				`{"t":"%` + command + "(" + p.Format + `)%","d":"%DURATION%"}`:               `{"d":5,"t":` + string(value) + "}",
				`{"t":"at %` + command + "(" + p.Format + `)%","d":"%DURATION%"}`:            `{"d":5,"t":"at ` + string(value[1:]) + "}",
				`{"text_format":"%DURATION% %REQ(A)% %` + command + "(" + p.Format + `)%."}`: "5 x y " + text + ".",
			} {
				cfg := config(format)
				cfg.Formats.Envoy.Timezone = "America/St_Johns"
				if isPartial[p.Format] {
					assert.ErrorContains(t, cfg.Validate(), "cannot be read back", format)
					continue
				}
				r := one(t, cfg, line)
				want := iso(time.Unix(0, told(p.UTC)))
				assert.Equal(t, want, r.Attributes["proxy.start_time"], "%s: %s", format, line)
				read++
			}
		}
	}
	assert.Equal(t, (62-len(partial))*8, read)
}

// TestTimesInParts puts a moment together that several commands print.
func TestTimesInParts(t *testing.T) {
	const ms, s = "2026-11-22T06:02:21.948000000Z", "2026-11-22T06:02:21.000000000Z"
	for _, c := range []struct{ format, line, want string }{
		{"%START_TIME(%F)% %START_TIME(%T.%3f)% %DURATION%", "2026-11-22 06:02:21.948 5", ms},
		{"%START_TIME(%T)% on %START_TIME(%d/%b/%Y)% %DURATION% %START_TIME(%3f)%", "06:02:21 on 22/Nov/2026 5 948", ms},
		{"%START_TIME(%s)%.%START_TIME(%3f)% %DURATION%", "1795327341.948 5", ms},
		{"%START_TIME_LOCAL(%F)%|%START_TIME_LOCAL(%T)%|%DURATION%", "2026-11-22|02:32:21|5", s},
		{"%START_TIME_LOCAL(%F)%|%START_TIME_LOCAL(%T)%|%START_TIME_LOCAL(%Ez)%|%DURATION%", "2026-11-22|01:02:21|-05:00|5", s},
		{`{"day":"%START_TIME(%F)%","time":"%START_TIME(%T.%3f)%","d":"%DURATION%"}`, `{"d":5,"day":"2026-11-22","time":"06:02:21.948"}`, ms},
		{`{"at":"%START_TIME(%F)% and %START_TIME(%T.%3f)%","d":"%DURATION%"}`, `{"at":"2026-11-22 and 06:02:21.948","d":5}`, ms},
		// The one that tells most has it, and an instant rather than a clock's time.
		{"%START_TIME(%s)% %START_TIME% %START_TIME_LOCAL(%F %T.%9f)% %DURATION%", "1795327341 2026-11-22T06:02:21.948Z 2026-11-22 00:00:00.948355000 5", ms},
		{"[%START_TIME%] %START_TIME(%A)% %DURATION%", "[2026-11-22T06:02:21.948Z] Sunday 5", ms},
	} {
		cfg := config(c.format)
		cfg.Formats.Envoy.Timezone = "America/St_Johns"
		r := one(t, cfg, c.line)
		assert.Equal(t, c.want, r.Attributes["proxy.start_time"], c.format)
		assert.InDelta(t, 0.005, r.Attributes["proxy.duration"], 1e-9, c.format)
	}
	// A part that is no time costs the line.
	for format, line := range map[string]string{
		"%START_TIME(%F)% %START_TIME(%T)% %DURATION%":                     "2026-11-22 25:02:21 5",
		"%START_TIME(%s)% %DURATION%":                                      "99999999999 5",
		"%START_TIME(%d/%b/%Y %T)% %DURATION%":                             "31/Jun/2026 06:02:21 5",
		"%START_TIME(%Y day %j, %T)% %DURATION%":                           "2026 day 366, 06:02:21 5",
		"%START_TIME(%F %T %z)% %DURATION%":                                "2026-13-22 06:02:21 +0000 5",
		`{"t":"%START_TIME(%c)%","d":"%DURATION%"}`:                        `{"t":"Sun Nox 22 06:02:21 2026","d":5}`,
		`{"t":"%START_TIME(%I:%M %p %D)%","d":"%DURATION%"}`:               `{"t":"06:02 XM 11/22/26","d":5}`,
		`{"text_format":"%START_TIME(%Y-%m-%d %H:%M:%E*S)% %DURATION%ms"}`: "2026-11-22 06:02:21. 5ms",
	} {
		got := formattest.Explain(t, config(format), []byte(line))
		require.NotNil(t, got[0].Error, line)
	}
	cfg := config("default")
	cfg.Formats.Envoy.Timezone = "Nowhere/Else"
	assert.ErrorContains(t, cfg.Validate(), "envoy::timezone: ")
}

// TestOtherTimes finds the end of a time that another one has told already by its format, so that texts beside it are in
// no doubt.
func TestOtherTimes(t *testing.T) {
	for _, c := range []struct{ format, other, time string }{
		{"%REQ(A)% %START_TIME(%A, %d %B)% %REQ(B)% %START_TIME%", "Sunday, 22 November", "2026-11-22T06:02:21.948Z"},
		{"%REQ(A)% %START_TIME(%s)% %REQ(B)% %START_TIME(%s.%3f)%", "1795327341", "1795327341.948"},
		{"%REQ(A)% %START_TIME_LOCAL(%l:%M %P)% %REQ(B)% %START_TIME(%F %I:%M:%E*S %P)%", " 2:32 am", "2026-11-22 06:02:21.948 am"},
		{"%REQ(A)% %EMIT_TIME(%H:%M)% %REQ(B)% %START_TIME(%D %X)%", "06:02", "11/22/26 06:02:21"},
	} {
		r := one(t, config(c.format), "x y "+c.other+" a b "+c.time)
		assert.Equal(t, []any{"x y"}, r.Attributes["http.request.header.a"], c.format)
		assert.Equal(t, []any{"a b"}, r.Attributes["http.request.header.b"], c.format)
		assert.Contains(t, r.Attributes["proxy.start_time"], "2026-11-22T06:02:21.", c.format)
		assert.NotContains(t, r.Attributes, "proxy.ambiguous", c.format)
	}
	// What C's strftime makes of flags, and of names that run into letters, is not known: it may be any text.
	for format, other := range map[string]string{"%-d": "2", "at%At": "atSundayt", "%Om": "11"} {
		r := one(t, config("%START_TIME% %START_TIME("+format+")%|%REQ(A)%"), "2026-11-22T06:02:21.948Z "+other+"|x")
		assert.Equal(t, []any{"x"}, r.Attributes["http.request.header.a"], format)
	}
}
