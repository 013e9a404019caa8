// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

//go:build unix

package collector

import (
	"os"
	"runtime"
	"syscall"
)

// maxRSS is the most memory of a process that has ended, in bytes. Linux tells kilobytes.
func maxRSS(s *os.ProcessState) int64 {
	u, ok := s.SysUsage().(*syscall.Rusage)
	if !ok {
		return 0
	}
	rss := int64(u.Maxrss) //nolint:unconvert // of 32 bits on some systems
	if runtime.GOOS == "linux" {
		rss <<= 10
	}
	return rss
}
