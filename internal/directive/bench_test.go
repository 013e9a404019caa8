// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package directive_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/proxylog/proxylog/internal/directive"
	"github.com/proxylog/proxylog/internal/field"
)

// BenchmarkRun reads lines of numbers, names and texts without an end of their own, a blank between each two.
func BenchmarkRun(b *testing.B) {
	kinds := map[string]struct {
		shape directive.Shape
		value string
	}{
		"numbers": {directive.Shape{Kind: directive.KindInt}, "12345"},
		"names":   {directive.Shape{Kind: directive.KindSet, Set: directive.Except(" "), Min: 1}, "fe-web"},
		"texts":   {directive.Shape{Kind: directive.KindText, Set: directive.Except("\x00"), Min: 1}, "value"},
	}
	for _, name := range []string{"numbers", "names", "texts"} {
		for _, n := range []int{10, 60} {
			b.Run(fmt.Sprintf("%s/fields=%d", name, n), func(b *testing.B) {
				k := kinds[name]
				var items []directive.Item
				for i := range n {
					if i > 0 {
						items = append(items, directive.Item{Literal: " "})
					}
					items = append(items, directive.Item{Field: &field.Field{Code: "x"}, Shape: k.shape})
				}
				p, err := directive.Compile(items)
				if err != nil {
					b.Fatal(err)
				}
				line := strings.TrimSuffix(strings.Repeat(k.value+" ", n), " ")
				slots := make([]field.Slot, n)
				b.SetBytes(int64(len(line)))
				b.ReportAllocs()
				for b.Loop() {
					if res := p.Run(line, 0, len(line), slots); !res.OK {
						b.Fatalf("result %+v", res)
					}
				}
			})
		}
	}
}
