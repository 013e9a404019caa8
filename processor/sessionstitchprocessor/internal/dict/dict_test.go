// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package dict

import (
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestKeysAndValuesComeBack(t *testing.T) {
	d := New(1 << 20)
	a, b := d.Key("client.address"), d.Key("network.transport")
	require.NotEqual(t, None, a)
	require.NotEqual(t, a, b)
	assert.Equal(t, a, d.Key("client.address"))
	assert.Equal(t, "network.transport", d.Name(b))
	n, ok := d.Value(b, "tcp")
	require.True(t, ok)
	again, _ := d.Value(b, "tcp")
	assert.Equal(t, n, again)
	assert.Equal(t, "tcp", d.Text(b, n))
}

func TestKeyWithManyValuesStopsAndStaysAsItWas(t *testing.T) {
	d := New(1 << 20)
	k := d.Key("client.address")
	for i := range MaxValues {
		_, ok := d.Value(k, strconv.Itoa(i))
		require.True(t, ok)
	}
	size := d.Size()
	for i := range 10_000 {
		_, ok := d.Value(k, "x"+strconv.Itoa(i))
		require.False(t, ok)
	}
	assert.Equal(t, size, d.Size(), "nothing more is kept")
	n, ok := d.Value(k, "7")
	require.True(t, ok)
	assert.Equal(t, "7", d.Text(k, n))
	_, ok = d.Value(k, strings.Repeat("v", maxValueLen+1))
	assert.False(t, ok)
}

func TestKeysAreBounded(t *testing.T) {
	d := New(1 << 20)
	assert.Equal(t, None, d.Key(strings.Repeat("k", MaxKeyLen+1)))
	for i := range maxKeys {
		require.NotEqual(t, None, d.Key(strconv.Itoa(i)))
	}
	assert.Equal(t, None, d.Key("one more"))
	_, ok := d.Value(None, "v")
	assert.False(t, ok)
}

func TestSizeIsBounded(t *testing.T) {
	d := New(2_000)
	for i := range 500 {
		k := d.Key("key" + strconv.Itoa(i))
		d.Value(k, "value")
	}
	assert.Less(t, d.Size(), int64(2_000+2*(maxValueLen+entrySize)))
	k := d.Key("key0")
	n, ok := d.Value(k, "value")
	require.True(t, ok, "what has a number keeps it")
	assert.Equal(t, "value", d.Text(k, n))
}

func TestConcurrentUseAgrees(t *testing.T) {
	d := New(1 << 20)
	var wg sync.WaitGroup
	ids := make([]uint32, 8)
	for g := range ids {
		wg.Go(func() {
			for i := range 200 {
				k := d.Key("key" + strconv.Itoa(i%20))
				if n, ok := d.Value(k, "value"+strconv.Itoa(i)); ok {
					assert.Equal(t, "value"+strconv.Itoa(i), d.Text(k, n))
				}
			}
			ids[g] = d.Key("key7")
		})
	}
	wg.Wait()
	for _, id := range ids {
		assert.Equal(t, ids[0], id)
	}
}

// Names that are reserved get a number however many others came before, also over a restart.
func TestReservedKeysGetANumber(t *testing.T) {
	for name, d := range map[string]*Dict{"of keys": New(1 << 20), "of bytes": New(2_000)} {
		t.Run("full "+name, func(t *testing.T) {
			for i := range maxKeys {
				d.Key("k" + strconv.Itoa(i))
			}
			d.Reserve("proxy.session.id", "never seen")
			id := d.Key("proxy.session.id")
			require.NotEqual(t, None, id)
			assert.Equal(t, None, d.Key("another"))
			b, _ := d.AppendSince(nil, Mark{})
			back := New(1 << 20)
			require.NoError(t, back.Restore(b))
			assert.Equal(t, id, back.Key("proxy.session.id"))
		})
	}
	d := New(1 << 20)
	d.Reserve("k")
	assert.False(t, d.full("k", maxReserved))
	assert.True(t, d.full("k", maxReserved+1), "even these are bounded")
}
