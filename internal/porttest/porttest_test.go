// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package porttest

import (
	"context"
	"io"
	"net"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var listeners = map[string]func(context.Context, int) (io.Closer, error){"tcp": listenTCP, "udp": listenUDP}

// number is the port of an address.
func number(t *testing.T, address string) int {
	t.Helper()
	_, port, err := net.SplitHostPort(address)
	require.NoError(t, err)
	n, err := strconv.Atoi(port)
	require.NoError(t, err)
	return n
}

// released waits until a port can be taken: that of a test that has ended is anybody's.
func released(t *testing.T, n int) {
	t.Helper()
	require.Eventually(t, func() bool {
		mark, ok := reserve(t.Context(), n)
		return ok && mark.Close() == nil
	}, time.Minute, time.Millisecond)
}

// TestTake: at what is taken the test can listen, with both networks and again and again, and it is nobody else's until the
// end of the test.
func TestTake(t *testing.T) {
	var n int
	t.Run("a test", func(t *testing.T) {
		n = number(t, Take(t))
		for range 2 {
			for _, listen := range listeners {
				l, err := listen(t.Context(), n)
				require.NoError(t, err)
				_, ok := reserve(t.Context(), n)
				assert.False(t, ok, "while the test listens")
				require.NoError(t, l.Close())
				_, ok = reserve(t.Context(), n)
				assert.False(t, ok, "before and after")
			}
		}
	})
	released(t, n)
}

// TestReserve passes over a port at which something listens that marks nothing, and leaves no mark there.
func TestReserve(t *testing.T) {
	for name, listen := range listeners {
		var n int
		var service io.Closer
		require.Eventually(t, func() bool {
			t.Run(name, func(t *testing.T) { n = number(t, Take(t)) })
			var err error
			service, err = listen(t.Context(), n)
			return err == nil
		}, time.Minute, time.Millisecond)
		_, ok := reserve(t.Context(), n)
		assert.False(t, ok)
		require.NoError(t, service.Close())
		released(t, n)
	}
}

// TestTakeMany: ports that are taken at once differ, and lie where the system gives out none.
func TestTakeMany(t *testing.T) {
	seen := map[int]bool{}
	for range 200 {
		n := number(t, Take(t))
		assert.False(t, seen[n], n)
		assert.True(t, n >= first && n+count < 32768, n)
		seen[n] = true
	}
}
