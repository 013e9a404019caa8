// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

//go:build unix

package screen

import (
	"os"

	"golang.org/x/sys/unix"
)

// columnsOf is the number of columns of a terminal; 0 for any other file.
func columnsOf(f *os.File) int {
	size, err := unix.IoctlGetWinsize(int(f.Fd()), unix.TIOCGWINSZ)
	if err != nil {
		return 0
	}
	return int(size.Col)
}
