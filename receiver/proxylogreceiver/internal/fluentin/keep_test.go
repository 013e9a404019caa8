// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package fluentin

import (
	"context"
	"net"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/proxylog/proxylog/internal/heaptest"
	"github.com/proxylog/proxylog/internal/msgpack"
)

// TestTagsKeepNoMessages wants a message to leave nothing in memory but its tag: of one long record, of many, and of
// entries that are none.
func TestTagsKeepNoMessages(t *testing.T) {
	in := newInput(t, func(context.Context, plog.Logs) error { return nil })
	client, server := net.Pipe()
	done := make(chan struct{})
	go func() {
		defer close(done)
		in.serve(server)
		_ = server.Close() // as the listener does
	}()
	const tags, size = 60, 2 << 20
	send := func(i int) {
		start := "\x92" + string(msgpack.AppendStr(nil, "tag"+strconv.Itoa(i)))
		long := string(msgpack.AppendStr(nil, strings.Repeat("x", size)))
		var message string
		switch i % 3 {
		case 0:
			message = start + bin("\x92"+timeA+"\x81\xa3log"+long)
		case 1:
			message = start + bin("\x92"+timeA+"\x81\xa3log"+long+"\x92"+timeA+recordA)
		case 2:
			message = start + bin(long+"\xc0")
		}
		_, err := client.Write([]byte(message))
		assert.NoError(t, err)
	}
	send(0)
	before := heaptest.InUse()
	for i := range tags {
		send(i)
	}
	assert.NoError(t, client.Close())
	<-done
	assert.Less(t, heaptest.InUse(), before+tags*size/8)
	runtime.KeepAlive(in)
}
