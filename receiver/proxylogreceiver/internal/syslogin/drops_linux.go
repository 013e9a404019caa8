// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package syslogin

import (
	"encoding/binary"
	"net"
	"syscall"
)

// controlSize holds the one control message that is asked for, in bytes.
const controlSize = 64

// countDrops asks the kernel to say with every datagram how many it has dropped since the socket was made, for want of
// room in its buffer (socket(7), SO_RXQ_OVFL). It reports whether the kernel will.
func countDrops(conn *net.UDPConn) bool {
	return control(conn, func(fd int) error {
		return syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_RXQ_OVFL, 1)
	}) == nil
}

// readBuffer is the size of the socket's buffer, in bytes, 0 where it is not known. The kernel doubles what is asked
// for, to have room for its own notes, and says the double (socket(7), SO_RCVBUF).
func readBuffer(conn *net.UDPConn) int {
	var size int
	err := control(conn, func(fd int) (err error) {
		size, err = syscall.GetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_RCVBUF)
		return err
	})
	if err != nil {
		return 0
	}
	return size / 2
}

func control(conn *net.UDPConn, f func(fd int) error) error {
	raw, err := conn.SyscallConn()
	if err != nil {
		return err
	}
	var inner error
	if err := raw.Control(func(fd uintptr) { inner = f(int(fd)) }); err != nil {
		return err
	}
	return inner
}

// drops finds the kernel's count among the control messages of a datagram. There is none before the first drop.
func drops(control []byte) (uint32, bool) {
	messages, err := syscall.ParseSocketControlMessage(control)
	if err != nil {
		return 0, false
	}
	for _, m := range messages {
		if m.Header.Level == syscall.SOL_SOCKET && m.Header.Type == syscall.SO_RXQ_OVFL && len(m.Data) >= 4 {
			return binary.NativeEndian.Uint32(m.Data), true
		}
	}
	return 0, false
}
