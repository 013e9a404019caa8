// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package msgpack

import (
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"
	"time"
)

// TestValues has a value of each form of the specification.
func TestValues(t *testing.T) {
	for in, want := range map[string]string{
		"\x00": "0", "\x7f": "127", "\xff": "-1", "\xe0": "-32",
		"\xc0": "null", "\xc2": "false", "\xc3": "true",
		"\xcc\xff": "255", "\xcd\x01\x00": "256", "\xce\xff\xff\xff\xff": "4294967295", "\xcf\xff\xff\xff\xff\xff\xff\xff\xff": "18446744073709551615",
		"\xd0\x80": "-128", "\xd1\x80\x00": "-32768", "\xd2\x80\x00\x00\x00": "-2147483648", "\xd3\x80\x00\x00\x00\x00\x00\x00\x00": "-9223372036854775808",
		"\xca\x3f\xc0\x00\x00": "1.5", "\xcb\x3f\xf8\x00\x00\x00\x00\x00\x00": "1.5", "\xcb\x7f\xf0\x00\x00\x00\x00\x00\x00": "null",
		"\xa0": `""`, "\xa3a\"\n": `"a\"\n"`, "\xd9\x01b": `"b"`, "\xda\x00\x01c": `"c"`, "\xdb\x00\x00\x00\x01d": `"d"`,
		"\xc4\x01\x01": `"\u0001"`, "\xc5\x00\x01e": `"e"`, "\xc6\x00\x00\x00\x01f": `"f"`,
		"\xd4\x01x": "null", "\xd5\x01xx": "null", "\xd6\x01xxxx": "null", "\xd7\x01xxxxxxxx": "null", "\xd8\x01xxxxxxxxxxxxxxxx": "null",
		"\xc7\x03\x01xxx": "null", "\xc8\x00\x00\x01": "null", "\xc9\x00\x00\x00\x01\x01x": "null",
		"\x90": "[]", "\x92\x01\xa1a": `[1,"a"]`, "\xdc\x00\x01\xc0": "[null]", "\xdd\x00\x00\x00\x01\x90": "[[]]",
		"\x80": "{}", "\x82\xa1a\x01\xa1b\x91\x02": `{"a":1,"b":[2]}`, "\xde\x00\x01\xa1a\x80": `{"a":{}}`, "\xdf\x00\x00\x00\x01\xa1a\xc3": `{"a":true}`,
	} {
		got, n, err := AppendJSON(nil, in+"\xc1", 0)
		if string(got) != want || n != len(in) || err != nil {
			t.Errorf("%x: %s to %d, %v; want %s", in, got, n, err, want)
		}
		if n, err := End(in+"\xc1", 0); n != len(in) || err != nil {
			t.Errorf("%x: ends at %d, %v", in, n, err)
		}
		for i := range len(in) {
			if _, err := End(in[:i], 0); !errors.Is(err, ErrShort) {
				t.Errorf("%x cut at %d: %v", in, i, err)
			}
		}
	}
}

func TestErrors(t *testing.T) {
	for in, want := range map[string]error{
		"\xc1": ErrFormat, "\x81\x01\x01": ErrFormat, "\x81\xc0\x01": ErrFormat,
		strings.Repeat("\x91", MaxDepth-1) + "\x90":   nil,
		strings.Repeat("\x91", MaxDepth+1) + "\x01":   ErrDepth,
		strings.Repeat("\x81\xa1a", MaxDepth+1) + "a": ErrDepth,
		"\xdf\xff\xff\xff\xff":                        ErrShort, "\xdb\xff\xff\xff\xffx": ErrShort,
	} {
		if _, _, err := AppendJSON(nil, in, 0); !errors.Is(err, want) {
			t.Errorf("%.20x: %v, want %v", in, err, want)
		}
	}
}

func TestTime(t *testing.T) {
	for in, want := range map[string]time.Time{
		"\xd7\x00\x6a\xcb\x12\x34\x00\x00\x00\x02":     time.Unix(0x6acb1234, 2),
		"\xc7\x08\x00\x6a\xcb\x12\x34\x3b\x9a\xc9\xff": time.Unix(0x6acb1234, 999999999),
		"\xce\x6a\xcb\x12\x34":                         time.Unix(0x6acb1234, 0),
	} {
		if ns, n, ok := Time(in, 0); !ok || n != len(in) || ns != want.UnixNano() {
			t.Errorf("%x: %d, %v", in, ns, ok)
		}
	}
	for _, in := range []string{"", "\xc0", "\xd6\x00xxxx", "\xd7\x01xxxxxxxx", "\xff", "\xcf\xff\xff\xff\xff\xff\xff\xff\xff"} {
		if _, _, ok := Time(in, 0); ok {
			t.Errorf("%x is a time", in)
		}
	}
}

// Fuzz: what ends, ends where its JSON does, and the JSON is valid.
func Fuzz(f *testing.F) {
	f.Add("\x93\xa1a\xd7\x00\x6a\xcb\x12\x34\x00\x00\x00\x02\x82\xa1b\xc0\xa1c\xcf\x00\x00\x00\x00\x00\x00\x00\x01")
	f.Fuzz(func(t *testing.T, s string) {
		end, err := End(s, 0)
		b, n, errJSON := AppendJSON(nil, s, 0)
		if err != nil {
			if errJSON == nil {
				t.Fatalf("%x has no end, but is %s", s, b)
			}
			return
		}
		if errJSON != nil {
			return // a key that is no text
		}
		if n != end || !json.Valid(b) {
			t.Fatalf("%x: ends at %d, its JSON at %d: %s", s, end, n, b)
		}
	})
}

// TestScanner finds the same ends as End, however the bytes of a value come.
func TestScanner(t *testing.T) {
	in := []byte("\x93\xa1a\xd7\x00\x6a\xcb\x12\x34\x00\x00\x00\x02\x82\xa1b\xc0\xa1c\x92\xcf\x00\x00\x00\x00\x00\x00\x00\x01\x90")
	for first := range in {
		for second := first; second < len(in); second++ {
			var s Scanner
			for _, n := range []int{first, second} {
				if _, err := s.End(in[:n]); !errors.Is(err, ErrShort) {
					t.Fatalf("%d bytes: %v", n, err)
				}
			}
			if n, err := s.End(append(in[:len(in):len(in)], 0xc0)); n != len(in) || err != nil {
				t.Fatalf("after %d and %d: %d, %v", first, second, n, err)
			}
		}
	}
}

// TestAppend writes values that read back as they were.
func TestAppend(t *testing.T) {
	for _, n := range []int{0, 31, 32, 255, 256, 65535, 65536} {
		text := strings.Repeat("x", n)
		b := string(AppendStr(nil, text))
		h, err := Read(b, 0)
		if err != nil || h.Kind != Str || b[h.Start:h.End] != text || h.Next != len(b) {
			t.Errorf("a text of %d bytes: %+v, %v", n, h, err)
		}
		if n > 255 {
			continue
		}
		b = string(AppendBin(nil, text))
		if h, err := Read(b, 0); err != nil || h.Kind != Bin || b[h.Start:h.End] != text {
			t.Errorf("%d bytes: %+v, %v", n, h, err)
		}
	}
	for _, n := range []int{0, 15, 16, 65535} {
		if h, err := Read(AppendArray(nil, n), 0); err != nil || h.Kind != Array || h.Num != int64(n) {
			t.Errorf("an array of %d: %+v, %v", n, h, err)
		}
	}
	for _, n := range []int{0, 15, 16, 65535} {
		if h, err := Read(AppendMap(nil, n), 0); err != nil || h.Kind != Map || h.Num != int64(n) {
			t.Errorf("a map of %d: %+v, %v", n, h, err)
		}
	}
	for _, n := range []int64{0, -1, 1<<63 - 1, -1 << 63} {
		if h, err := Read(AppendInt(nil, n), 0); err != nil || h.Kind != Int || h.Num != n {
			t.Errorf("%d: %+v, %v", n, h, err)
		}
	}
	if h, err := Read(AppendFloat(nil, 1.5), 0); err != nil || h.Kind != Float || h.Num != int64(math.Float64bits(1.5)) {
		t.Errorf("1.5: %+v, %v", h, err)
	}
	if ns, n, ok := Time(string(AppendTime(nil, 1795304702246556170)), 0); !ok || n != 10 || ns != 1795304702246556170 {
		t.Errorf("a time: %d, %d, %t", ns, n, ok)
	}
	if h, err := Read(AppendNil(nil), 0); err != nil || h.Kind != Nil {
		t.Errorf("nil: %+v, %v", h, err)
	}
	for _, v := range []bool{false, true} {
		if h, err := Read(AppendBool(nil, v), 0); err != nil || h.Kind != Bool || h.Num == 1 != v {
			t.Errorf("%t: %+v, %v", v, h, err)
		}
	}
}
