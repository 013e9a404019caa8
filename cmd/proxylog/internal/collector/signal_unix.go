// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

//go:build unix

package collector

import (
	"os/exec"
	"syscall"
)

// detach keeps the terminal's Ctrl-C from the Collector: it is stopped in order, by terminate.
func detach(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

// terminate asks the Collector to end, so that it releases the open sessions.
func terminate(cmd *exec.Cmd) error { return cmd.Process.Signal(syscall.SIGTERM) }
