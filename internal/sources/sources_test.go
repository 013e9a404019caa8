// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package sources

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/proxylog/proxylog/internal/decode"
	"github.com/proxylog/proxylog/internal/heaptest"
)

// TestNamesAreBounded: the names of files, which anybody may send, take no more memory than paths do.
func TestNamesAreBounded(t *testing.T) {
	d, err := decode.New(decode.NewConfig(), decode.Settings{})
	require.NoError(t, err)
	s, b := New(d, Max), d.NewBatch()
	read := func(name string) {
		failed, _ := s.Decode(Stream{File: name}, b, decode.Line{Text: "hello world", Observed: time.Unix(0, 0)})
		assert.True(t, failed)
	}
	const names, size = 200, 1 << 20
	read("x")
	before := heaptest.InUse()
	for i := range names {
		read(strconv.Itoa(i) + strings.Repeat("x", size))
	}
	assert.Less(t, heaptest.InUse(), before+names*size/8)
	assert.Equal(t, 1+names, s.Len(), "they are told apart by how they begin")
}
