// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package directive_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/proxylog/proxylog/internal/directive"
)

// TestAnchors reads texts between quotes by the places of the quotes, and in another way where a text holds one.
func TestAnchors(t *testing.T) {
	quoted, err := directive.Compile([]directive.Item{
		lit(`"`), item("path", free), lit(` `), item("version", name), lit(`" `), item("status", directive.Int), lit(` "`),
		item("agent", free), lit(`" "`), item("host", free), lit(`" `), item("details", free), lit(` `), item("rest", free),
	})
	if err != nil {
		t.Fatal(err)
	}
	held, err := directive.Compile([]directive.Item{
		lit(`"`), item("path", free), lit(`" `), item("word", word), lit(` "`), item("agent", free), lit(`" "`), item("host", free), lit(`"`),
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		program   *directive.Program
		line      string
		byAnchors bool
		want      []string
		ambiguous bool
	}{
		"a text holds a quote": {
			quoted, `"/a b http" 200 "x " y" "z" u v`, false, []string{"/a b", "http", "200", `x " y`, "z", "u", "v"}, false,
		},
		"quotes as in the directive": {
			quoted, `"/a b http" 200 "x y" "z" u v`, true, []string{"/a b", "http", "200", "x y", "z", "u", "v"}, false,
		},
		"two readings between two quotes": {
			quoted, `"/a b http" 200 "x" "z" u v w`, true, []string{"/a b", "http", "200", "x", "z", "u v", "w"}, true,
		},
		"a text is cut short": {quoted, `"/a http" x "y" "z" u v`, false, nil, false},
		"another field may hold quotes": {
			held, `"/a" w "x" "y"`, false, []string{"/a", "w", "x", "y"}, false,
		},
	} {
		t.Run(name, func(t *testing.T) {
			if got := tt.program.ByAnchors(tt.line); got != tt.byAnchors {
				t.Errorf("read by anchors: %v", got)
			}
			asPlain(t, tt.program, tt.line, 0, len(tt.line))
			got, res := run(tt.program, tt.line)
			if !res.OK {
				got = nil
			}
			var texts []string
			for _, v := range got {
				texts = append(texts, v.Text)
			}
			if diff := cmp.Diff(tt.want, texts); diff != "" || res.Ambiguous != tt.ambiguous {
				t.Errorf("%+v (-want +got):\n%s", res, diff)
			}
		})
	}
}
