// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package record

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"pgregory.net/rapid"
)

// Each record has what was added for it, whatever its kind, the records before it, and what becomes of those.
func TestAttributes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := NewAttributes()
		var made []pcommon.Map
		var want []map[string]any
		for range rapid.IntRange(1, 30).Draw(t, "records") {
			few := rapid.Uint64Range(0, 2)
			a.Begin(Kind{Keys: few.Draw(t, "keys"), Values: few.Draw(t, "values")}, rapid.Bool().Draw(t, "alone"))
			w := map[string]any{}
			for _, key := range []string{"a", "bb", "ccc", "dddd"} {
				n := rapid.IntRange(0, 2).Draw(t, "n")
				switch rapid.IntRange(0, 4).Draw(t, key) {
				case 0:
					a.Str(key, "xy"[:n])
					w[key] = "xy"[:n]
				case 1:
					a.Int(key, int64(n))
					w[key] = int64(n)
				case 2:
					a.Double(key, float64(n)/2)
					w[key] = float64(n) / 2
				case 3:
					a.Bool(key, n > 0)
					w[key] = n > 0
				}
			}
			m := pcommon.NewMap()
			a.Into(m)
			if rapid.Bool().Draw(t, "changed") {
				// As a processor behind may do.
				for key, v := range m.All() {
					v.SetStr("changed")
					w[key] = "changed"
				}
				m.PutStr("more", "of it")
				w["more"] = "of it"
			}
			made, want = append(made, m), append(want, w)
		}
		for i := range made {
			if diff := cmp.Diff(want[i], made[i].AsRaw()); diff != "" {
				t.Fatalf("record %d: %s", i, diff)
			}
		}
	})
}
