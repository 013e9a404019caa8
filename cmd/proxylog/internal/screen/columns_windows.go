// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

//go:build windows

package screen

import (
	"os"

	"golang.org/x/sys/windows"
)

// columnsOf is the number of columns of a terminal; 0 for any other file.
func columnsOf(f *os.File) int {
	var info windows.ConsoleScreenBufferInfo
	if err := windows.GetConsoleScreenBufferInfo(windows.Handle(f.Fd()), &info); err != nil {
		return 0
	}
	return int(info.Window.Right-info.Window.Left) + 1
}
