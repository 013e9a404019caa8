// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

// Package heaptest measures what tests leave in memory.
package heaptest

import (
	"runtime"
	"runtime/metrics"
)

// InUse is how many bytes of the heap were reachable in a collection just now. What others allocate behind it does not
// count: on a busy machine that can be much before it is looked for.
func InUse() int64 {
	runtime.GC()
	runtime.GC() // what pools held is free after the second
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(live)
	return int64(live[0].Value.Uint64())
}
