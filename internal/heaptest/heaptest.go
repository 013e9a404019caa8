// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

// Package heaptest measures what tests leave in memory.
package heaptest

import "runtime"

// InUse is how many bytes of the heap are reachable.
func InUse() int64 {
	runtime.GC()
	runtime.GC() // what pools held is free after the second
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
