// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package record

import (
	"fmt"
	"testing"
)

// BenchmarkBuild builds records of 24 attributes, a hundred a batch, of which some differ from those of the record before.
func BenchmarkBuild(b *testing.B) {
	const attributes, batch = 24, 100
	var keys [attributes]string
	for i := range keys {
		keys[i] = fmt.Sprint("proxy.attribute.", i)
	}
	texts := [2]string{"198.51.100.7", "198.51.100.8"}
	for _, differ := range []int{0, 8, 24} {
		b.Run(fmt.Sprint("differ=", differ), func(b *testing.B) {
			w := NewWriter(Options{})
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				w.Begin(tcp, false, 7)
				for k, key := range keys {
					n := 0
					if k < differ {
						n = i
					}
					if k%2 == 0 {
						w.Str(key, texts[n&1])
					} else {
						w.Int(key, int64(1000+n&1))
					}
				}
				w.Commit("line")
				if i%batch == batch-1 {
					w.Take()
				}
			}
		})
	}
}
