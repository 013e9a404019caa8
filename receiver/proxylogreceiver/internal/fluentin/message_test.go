// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package fluentin

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/proxylog/proxylog/internal/msgpack"
)

const (
	timeA   = "\xd7\x00\x6a\xcb\x12\x34\x00\x00\x00\x02"
	recordA = "\x82\xa1a\xc0\xa1b\xcf\x00\x00\x00\x00\x00\x00\x00\x01"
	timeB   = "\xce\x6a\xcb\x12\x35"
	recordB = "\x81\xa1c\x92\xc3\xa1d"
	tag     = "\xa3tag"
	lineA   = "\x93" + tag + timeA + recordA
	lineB   = "\x93" + tag + timeB + recordB
	entries = "\x92" + timeA + recordA + "\x92" + timeB + recordB
	chunk   = "\xa5chunk\xa3abc"
)

func bin(s string) string {
	return "\xc6" + string(binary.BigEndian.AppendUint32(nil, uint32(len(s)))) + s
}

func zipped(parts ...string) string {
	var b bytes.Buffer
	for _, p := range parts {
		w := gzip.NewWriter(&b)
		_, _ = w.Write([]byte(p))
		_ = w.Close()
	}
	return b.String()
}

// zstandard packs each part by itself; with sized, each says how long it is.
func zstandard(sized bool, parts ...string) string {
	var b bytes.Buffer
	for _, p := range parts {
		w, _ := zstd.NewWriter(&b, zstd.WithEncoderConcurrency(1))
		if sized {
			b.Write(w.EncodeAll([]byte(p), nil))
			continue
		}
		_, _ = w.Write([]byte(p))
		_ = w.Flush()
		_ = w.Close()
	}
	return b.String()
}

// windowed is a frame of zstd that asks for a window of 2^log bytes, with its content as it is (RFC 8878, 3.1.1).
func windowed(log byte, content string) string {
	block := uint32(len(content))<<3 | 1
	return "\x28\xb5\x2f\xfd\x00" + string([]byte{(log - 10) << 3, byte(block), byte(block >> 8), byte(block >> 16)}) + content
}

func TestRead(t *testing.T) {
	gzipped, zstded := "\xaacompressed\xa4gzip", "\xaacompressed\xa4zstd"
	for name, c := range map[string]struct {
		in, chunk string
		want      []string
	}{
		"message":                      {lineA, "", []string{lineA}},
		"message with an option":       {"\x94" + tag + timeA + recordA + "\x81" + chunk, "abc", []string{lineA}},
		"message with an empty option": {"\x94" + tag + timeB + recordB + "\xc0", "", []string{lineB}},
		"message, long heads":          {"\xdc\x00\x03\xdb\x00\x00\x00\x03tag" + timeA + recordA, "", []string{lineA}},
		"forward":                      {"\x92" + tag + "\x92" + entries, "", []string{lineA, lineB}},
		"forward with a chunk":         {"\x93" + tag + "\x92" + entries + "\x82\xa4size\x02" + chunk, "abc", []string{lineA, lineB}},
		"forward, nothing":             {"\x93" + tag + "\x90\x81" + chunk, "abc", nil},
		"forward, names as bytes":      {"\x93" + tag + "\x92" + entries + "\x81\xc4\x05chunk\xc4\x03abc", "abc", []string{lineA, lineB}},
		"packed":                       {"\x92" + tag + bin(entries), "", []string{lineA, lineB}},
		"packed as a text":             {"\x93" + tag + string(msgpack.AppendStr(nil, entries)) + "\x81" + chunk, "abc", []string{lineA, lineB}},
		"packed, compressed as text":   {"\x93" + tag + bin(entries) + "\x81\xaacompressed\xa4text", "", []string{lineA, lineB}},
		"gzip":                         {"\x93" + tag + bin(zipped(entries)) + "\x82" + gzipped + chunk, "abc", []string{lineA, lineB}},
		"gzip, several members":        {"\x93" + tag + bin(zipped(entries, entries)) + "\x81" + gzipped, "", []string{lineA, lineB, lineA, lineB}},
		"zstd":                         {"\x93" + tag + bin(zstandard(true, entries)) + "\x82" + zstded + chunk, "abc", []string{lineA, lineB}},
		"zstd, several frames":         {"\x93" + tag + bin(zstandard(false, entries, "", entries)) + "\x81" + zstded, "", []string{lineA, lineB, lineA, lineB}},
		"zstd, the usual window":       {"\x93" + tag + bin(windowed(23, entries)) + "\x81" + zstded, "", []string{lineA, lineB}},
		"metadata":                     {"\x92" + tag + bin("\x92\x92"+timeA+"\x80"+recordA), "", []string{lineA}},
		"an entry that is none":        {"\x92" + tag + bin("\x92"+timeA+recordA+"\x93\x01\x02\x03"+"\x92"+timeB+recordB), "", []string{lineA, "\x93\x01\x02\x03", lineB}},
		"entries with a bad end":       {"\x92" + tag + bin("\x92"+timeA+recordA+"\xc1rest"), "", []string{lineA, "\xc1rest"}},
		"heartbeat":                    {"\xc0", "", nil},
	} {
		t.Run(name, func(t *testing.T) {
			end, err := msgpack.End(c.in, 0)
			require.NoError(t, err)
			require.Len(t, c.in, end)
			m, err := read(c.in, 1<<20)
			require.NoError(t, err)
			assert.Equal(t, c.want, m.lines)
			assert.Equal(t, c.chunk, m.chunk)
		})
	}
}

func TestReadErrors(t *testing.T) {
	for name, c := range map[string]struct {
		in    string
		want  error
		chunk string
	}{
		"a number":                        {"\x01", errMode, ""},
		"an empty array":                  {"\x90", errMode, ""},
		"too many elements":               {"\x95" + tag + timeA + recordA + "\xc0\xc0", errMode, ""},
		"no tag":                          {"\x93\x01" + timeA + recordA, errMode, ""},
		"a long tag":                      {"\x93" + string(msgpack.AppendStr(nil, strings.Repeat("x", maxTag+1))) + timeA + recordA, errMode, ""},
		"no record":                       {"\x92" + tag + timeA, errMode, ""},
		"an option too many":              {"\x94" + tag + "\x90\x80\x80", errMode, ""},
		"nothing":                         {"", errMode, ""},
		"a time alone":                    {"\x93" + tag, errMode, ""},
		"a time and half":                 {"\x93" + tag + timeA, errMode, ""},
		"packed, an option too many":      {"\x94" + tag + bin(entries) + "\x80\x80", errMode, ""},
		"packed, an option that is none":  {"\x93" + tag + bin(entries) + "\x01", errOption, ""},
		"a message's option that is none": {"\x94" + tag + timeA + recordA + "\x01", errOption, ""},
		"an option without a name":        {"\x93" + tag + "\x90\x81\x01\x02", errOption, ""},
		"an option without a value":       {"\x93" + tag + "\x90\x81\xa5chunk", errOption, ""},
		"a compression that is none":      {"\x93" + tag + bin(entries) + "\x81\xaacompressed\x01", errOption, ""},
		"a long chunk":                    {"\x93" + tag + "\x90\x81\xa5chunk" + string(msgpack.AppendStr(nil, strings.Repeat("x", maxChunk+1))), errOption, ""},
		"an option that is none":          {"\x93" + tag + "\x90\x01", errOption, ""},
		"a chunk that is none":            {"\x93" + tag + "\x90\x81\xa5chunk\x01", errOption, ""},
		"no gzip":                         {"\x93" + tag + bin("plain") + "\x82" + chunk + "\xaacompressed\xa4gzip", errPacked, "abc"},
		"half a gzip":                     {"\x93" + tag + bin(zipped(entries)[:20]) + "\x81\xaacompressed\xa4gzip", errPacked, ""},
		"another compression":             {"\x93" + tag + bin("plain") + "\x81\xaacompressed\xa4rar!", errPacked, ""},
		"too long, unpacked":              {"\x93" + tag + bin(zipped(strings.Repeat("\xc0", 1001))) + "\x82" + chunk + "\xaacompressed\xa4gzip", errLong, "abc"},
		"no zstd":                         {"\x93" + tag + bin("plain") + "\x82" + chunk + "\xaacompressed\xa4zstd", errPacked, "abc"},
		"one byte that is none":           {"\x93" + tag + bin("x") + "\x81\xaacompressed\xa4zstd", errPacked, ""},
		"gzip that says zstd":             {"\x93" + tag + bin(zipped(entries)) + "\x81\xaacompressed\xa4zstd", errPacked, ""},
		"half a zstd":                     {"\x93" + tag + bin(zstandard(true, entries)[:20]) + "\x81\xaacompressed\xa4zstd", errPacked, ""},
		"zstd and more":                   {"\x93" + tag + bin(zstandard(true, entries)+"xy") + "\x81\xaacompressed\xa4zstd", errPacked, ""},
		"zstd, too long":                  {"\x93" + tag + bin(zstandard(true, strings.Repeat("\xc0", 1001))) + "\x82" + chunk + "\xaacompressed\xa4zstd", errLong, "abc"},
		"zstd, too long in all":           {"\x93" + tag + bin(zstandard(false, strings.Repeat("\xc0", 501), strings.Repeat("\xc0", 500))) + "\x81\xaacompressed\xa4zstd", errLong, ""},
		"zstd, says too long":             {"\x93" + tag + bin("\x28\xb5\x2f\xfd\xe0\x00\x00\x00\x10\x00\x00\x00\x00") + "\x81\xaacompressed\xa4zstd", errLong, ""},
		"zstd, a huge window":             {"\x93" + tag + bin(windowed(24, entries)) + "\x81\xaacompressed\xa4zstd", errPacked, ""},
		"too many entries":                {"\x93" + tag + bin(strings.Repeat("\xc0", maxEntries+1)) + "\x81" + chunk, errEntries, "abc"},
	} {
		t.Run(name, func(t *testing.T) {
			m, err := read(c.in, 1000)
			require.ErrorIs(t, err, c.want)
			assert.Equal(t, c.chunk, m.chunk)
			assert.Empty(t, m.lines)
		})
	}
}

// TestModes: whatever the entries, each mode gives the same lines.
func TestModes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		records := rapid.SliceOfN(rapid.MapOfN(rapid.String(), rapid.String(), 0, 5), 0, 10).Draw(t, "records")
		tag := string(msgpack.AppendStr(nil, rapid.StringN(0, 50, 200).Draw(t, "tag")))
		var want []string
		packed, list := "", string(msgpack.AppendArray(nil, len(records)))
		for _, r := range records {
			b := msgpack.AppendMap(nil, len(r))
			for k, v := range r {
				b = msgpack.AppendStr(msgpack.AppendStr(b, k), v)
			}
			want = append(want, "\x93"+tag+timeA+string(b))
			packed += "\x92" + timeA + string(b)
		}
		list += packed
		for name, in := range map[string]string{
			"forward": "\x92" + tag + list,
			"packed":  "\x92" + tag + bin(packed),
			"gzip":    "\x93" + tag + bin(zipped(packed)) + "\x81\xaacompressed\xa4gzip",
			"zstd":    "\x93" + tag + bin(zstandard(true, packed)) + "\x81\xaacompressed\xa4zstd",
		} {
			m, err := read(in, 1<<20)
			require.NoError(t, err, name)
			require.Equal(t, want, m.lines, name)
		}
		for _, l := range want {
			m, err := read(l, 1<<20)
			require.NoError(t, err)
			require.Equal(t, []string{l}, m.lines)
		}
	})
}

// FuzzRead: no message panics, and a line that is not an entry as it stands is one in Message mode.
func FuzzRead(f *testing.F) {
	f.Add(lineA)
	f.Add("\x94" + tag + timeA + recordA + "\x81" + chunk)
	f.Add("\x93" + tag + "\x92" + entries + "\x81" + chunk)
	f.Add("\x93" + tag + bin(zipped(entries)) + "\x81\xaacompressed\xa4gzip")
	f.Add("\x93" + tag + bin(zstandard(false, entries)) + "\x81\xaacompressed\xa4zstd")
	f.Fuzz(func(t *testing.T, text string) {
		if end, err := msgpack.End(text, 0); err != nil || end != len(text) {
			return // the connection hands over whole values
		}
		m, err := read(text, 1<<16)
		if err != nil && len(m.lines) > 0 {
			t.Fatalf("%x: %d lines and %v", text, len(m.lines), err)
		}
		for _, l := range m.lines {
			if l == "" {
				t.Fatalf("%x: an empty line", text)
			}
			if strings.Contains(text, l) {
				continue // as it stands
			}
			if end, err := msgpack.End(l, 0); err == nil && (end != len(l) || l[0] != 0x93) {
				t.Fatalf("%x: %x is more than a message", text, l)
			}
		}
	})
}

// FuzzHandshake: no PING panics, and none is accepted without the key.
func FuzzHandshake(f *testing.F) {
	cfg := &Config{SharedKey: "secret", Users: []User{{"a", "b"}}}
	f.Add("\x96\xa4PING\xa1h\xa1s\xa1x\xa1a\xa1p")
	f.Fuzz(func(t *testing.T, ping string) {
		if _, err := newHandshake(cfg, "host").pong(ping); err == nil {
			t.Fatalf("%q is let in", ping)
		}
	})
}
