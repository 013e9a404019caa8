// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

// Package porttest gives tests ports for programs that have to be told where to listen, and do not say where they do.
package porttest

import (
	"context"
	"io"
	"math/rand/v2"
	"net"
	"strconv"
	"testing"
)

// The ports are below those that systems give to whoever asks for any port and to outgoing connections: from 32768 on
// (Linux) or 49152 (others). One of those that was free a moment ago may be anybody's.
const (
	first = 20000
	count = 6000
)

// Take returns an address on loopback, host and port, that is the test's until its end: nobody listens there, with TCP or
// UDP, and no other test is given it, of whatever process. What is to listen there may begin and end as often as it likes.
func Take(t testing.TB) string {
	t.Helper()
	for range 1000 {
		n := first + rand.IntN(count)
		if mark, ok := reserve(t.Context(), n); ok {
			t.Cleanup(func() { _ = mark.Close() })
			return loopback(n)
		}
	}
	t.Fatalf("no free port between %d and %d", first, first+count)
	return ""
}

// reserve marks a port as taken unless it is. The mark is a listener count ports further, where nobody else listens: who
// finds it there never comes near the port itself, of which nothing tells before its owner listens.
func reserve(ctx context.Context, n int) (mark io.Closer, ok bool) {
	mark, err := listenTCP(ctx, n+count)
	if err != nil {
		return nil, false
	}
	// No test has it, but maybe a service of this machine.
	for _, listen := range []func(context.Context, int) (io.Closer, error){listenTCP, listenUDP} {
		l, err := listen(ctx, n)
		if err == nil {
			err = l.Close()
		}
		if err != nil {
			_ = mark.Close()
			return nil, false
		}
	}
	return mark, true
}

func listenTCP(ctx context.Context, n int) (io.Closer, error) {
	return new(net.ListenConfig).Listen(ctx, "tcp", loopback(n))
}

func listenUDP(ctx context.Context, n int) (io.Closer, error) {
	return new(net.ListenConfig).ListenPacket(ctx, "udp", loopback(n))
}

func loopback(n int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(n)) }
