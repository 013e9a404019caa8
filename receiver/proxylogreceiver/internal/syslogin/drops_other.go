// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

//go:build !linux

package syslogin

import "net"

// controlSize is the room for control messages, of which there are none.
const controlSize = 0

// countDrops reports that this system does not say how many datagrams it has dropped: they are not counted.
func countDrops(*net.UDPConn) bool { return false }

// readBuffer is not known here.
func readBuffer(*net.UDPConn) int { return 0 }

func drops([]byte) (uint32, bool) { return 0, false }
