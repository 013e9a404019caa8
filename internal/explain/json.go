// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package explain

import (
	"bytes"
	"encoding/json"
	"io"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// WriteJSON writes the line as one JSON object and an end of line. It is valid JSON whatever bytes the log holds: text
// that is not UTF-8 is read as ISO 8859-1, so that every byte becomes a character and none is lost.
func (l *Line) WriteJSON(w io.Writer) error { return encode(w, l.clean()) }

// WriteJSON writes the record as one JSON object and an end of line, as Line's does.
func (r *Record) WriteJSON(w io.Writer) error { return encode(w, r.clean()) }

func encode(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

// clean is a copy all of whose texts are valid.
func (l *Line) clean() *Line {
	out := *l
	out.Dialect, out.Fields, out.Record, out.Error = latin1(l.Dialect), cleanFields(l.Fields), l.Record.clean(), l.Error.clean()
	out.Entries = nil
	for _, e := range l.Entries {
		out.Entries = append(out.Entries, Entry{
			Dialect: latin1(e.Dialect), Kind: e.Kind, Fields: cleanFields(e.Fields), Record: e.Record.clean(), Error: e.Error.clean(),
		})
	}
	return &out
}

// MarshalJSON writes raw as a list where the value is one.
func (f Field) MarshalJSON() ([]byte, error) {
	type plain Field
	if f.List == nil {
		return marshal(plain(f))
	}
	return marshal(struct {
		plain
		Raw []string `json:"raw"`
	}{plain(f), f.List})
}

// marshal is json.Marshal that leaves <, > and & as they are.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	err := encode(&b, v)
	return b.Bytes(), err
}

func cleanFields(fields []Field) []Field {
	var out []Field
	for _, f := range fields {
		f.Code, f.Attribute = latin1(f.Code), latin1(f.Attribute)
		if f.Raw != nil {
			raw := latin1(*f.Raw)
			f.Raw = &raw
		}
		if f.List != nil {
			list := make([]string, len(f.List))
			for i := range f.List {
				list[i] = latin1(f.List[i])
			}
			f.List = list
		}
		out = append(out, f)
	}
	return out
}

func (e *Error) clean() *Error {
	if e == nil {
		return nil
	}
	out := *e
	out.Field, out.Expected, out.Dialect = latin1(e.Field), latin1(e.Expected), latin1(e.Dialect)
	return &out
}

func (r *Record) clean() *Record {
	if r == nil {
		return nil
	}
	out := *r
	out.Body = cleanValue(r.Body)
	out.Attributes = cleanValue(r.Attributes).(map[string]any)
	out.Resource = cleanValue(r.Resource).(map[string]any)
	return &out
}

// cleanValue is a value that JSON can say: bytes become text, and numbers that JSON has no word for their name.
func cleanValue(v any) any {
	switch v := v.(type) {
	case string:
		return latin1(v)
	case []byte:
		return latin1(string(v))
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return strconv.FormatFloat(v, 'g', -1, 64)
		}
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = cleanValue(v[i])
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, e := range v {
			out[latin1(k)] = cleanValue(e)
		}
		return out
	}
	return v
}

// latin1 is s where it is UTF-8; otherwise its bytes read as ISO 8859-1.
func latin1(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	for i := range len(s) {
		b.WriteRune(rune(s[i]))
	}
	return b.String()
}
