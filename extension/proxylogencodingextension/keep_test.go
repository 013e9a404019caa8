// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package proxylogencodingextension

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/proxylog/proxylog/internal/heaptest"
)

// TestMessagesAreNotKept wants a message to leave nothing in memory but what a short line of it is: values that its
// records share with later ones must not keep it.
func TestMessagesAreNotKept(t *testing.T) {
	c, _ := start(t, "{}")
	const messages, size = 40, 2 << 20
	blanks := strings.Repeat(strings.Repeat(" ", 9999)+"\n", size/10000)
	read := func(i int) {
		entry := fmt.Sprintf(`{"ServiceID":"sid-%d","SessionID":"7351927343789653715","LogTimeStamp":"2026-11-20T00:07:44Z","k%d":"v"}`, i, i/4)
		unmarshal(t, c, entry+"\n"+blanks)
	}
	read(0)
	before := heaptest.InUse()
	for i := range messages {
		read(i)
	}
	assert.Less(t, heaptest.InUse(), before+messages*size/8)
	runtime.KeepAlive(c)
}
