// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package jsonscan

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/proxylog/proxylog/internal/field"
)

// TestShared reads keys that are spellings of one another: nothing of them is lost.
func TestShared(t *testing.T) {
	k, err := NewKeys([]Key{{[]string{"status"}, 0}, {[]string{"response_code"}, 0}, {[]string{"in", "code"}, 1}, {[]string{"alone"}, 2}})
	require.NoError(t, err)
	r := NewReader(k)
	for line, want := range map[string]string{
		`{"status":1}`:                              "1  ",
		`{"response_code":2}`:                       "2  ",
		`{"status":1,"response_code":2}`:            "1   response_code=2",
		`{"response_code":2,"status":1}`:            "2   status=1",
		`{"status":null,"response_code":2}`:         "2  ",
		`{"status":1,"response_code":null}`:         "1   response_code=null",
		`{"status":1,"status":3}`:                   "3  ",
		`{"status":1,"response_code":2,"status":3}`: "3   response_code=2",
		`{"in":{"code":7},"alone":1,"alone":2}`:     " 7 2",
		`{"status" : "a" , "response_code": "b"}`:   "a   response_code=b",
	} {
		// The usual way through an object stops some way before the line's end.
		behind := `"behind":"` + strings.Repeat("x", 2*headBytes) + `"`
		for range 2 { // the second time with the order of keys known
			for line, want := range map[string]string{
				line:                                    want,
				line[:len(line)-1] + "," + behind + "}": want + " " + strings.Replace(strings.ReplaceAll(behind, `"`, ""), ":", "=", 1),
			} {
				slots := make([]field.Slot, 3)
				field.Reset(slots)
				r.Extra = r.Extra[:0]
				require.Equal(t, len(line), r.Object(line, 0, slots), line)
				var got []string
				for i := range slots {
					got = append(got, slots[i].Text(line))
				}
				for i := range r.Extra {
					got = append(got, r.Extra[i].Key+"="+r.Extra[i].Slot.Text(line))
				}
				assert.Equal(t, want, strings.Join(got, " "), line)
			}
		}
	}
}

func TestKeyOf(t *testing.T) {
	for line, want := range map[string]string{
		`{"a":@1}`: "a", `{"a":"@x"}`: "a", `{"a" : "@x"}`: "a", `{"x":1,"b c":@[2]}`: "b c", "{\n\"k\" :\n@7}": "k", `{"in":{"deep":@null}}`: "deep",
		`{"q\"":"@x"}`: `q\"`, `{"b\\":"@x"}`: `b\\`, `[@1]`: "", `@1`: "", `{"a":[1,@2]}`: "", `:@1`: "", `":@1`: "", `a":@1`: "",
	} {
		i := strings.IndexByte(line, '@')
		assert.Equal(t, want, KeyOf(strings.Replace(line, "@", "", 1), &field.Slot{Start: int32(i), End: int32(i + 1)}), line)
	}
	assert.Empty(t, KeyOf(`{"a":1}`, &field.Slot{Start: -1, End: -1}))
	assert.Empty(t, KeyOf("", &field.Slot{Start: 9, End: 10}))
}
