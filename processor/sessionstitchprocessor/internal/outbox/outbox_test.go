// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package outbox

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/table"
)

func item(n int) Item { return Item{Released: table.Released{State: make([]byte, n)}} }

func TestWhatIsPutIsTakenInOrder(t *testing.T) {
	o := New()
	state := []byte{0}
	for i := range 3 * batchItems {
		state[0] = byte(i)
		o.Put(Item{Released: table.Released{State: state}})
	}
	o.Close()
	want := 0
	for {
		b := o.Take(context.Background())
		if b == nil {
			break
		}
		assert.LessOrEqual(t, len(b.Items), batchItems)
		for _, it := range b.Items {
			require.Equal(t, byte(want), it.State[0], "the state is copied")
			want++
		}
		assert.Positive(t, o.Size(), "what is being sent counts")
		o.Done(b)
	}
	assert.Equal(t, 3*batchItems, want)
	assert.Zero(t, o.Size())
	assert.Zero(t, o.Len())
}

func TestLargeStatesMakeSmallBatches(t *testing.T) {
	o := New()
	for range 4 {
		o.Put(item(batchBytes - itemSize - 1))
	}
	assert.Len(t, o.Take(context.Background()).Items, 2)
}

func TestTakeAndAwaitEndWithTheirContext(t *testing.T) {
	o := New()
	ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
	defer cancel()
	assert.Nil(t, o.Take(ctx))
	o.Put(item(10))
	assert.False(t, o.Await(ctx, 0))
	assert.True(t, o.Await(ctx, 1000))
}

func TestAwaitSeesDone(t *testing.T) {
	o := New()
	o.Put(item(10))
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() { assert.True(t, o.Await(context.Background(), 0)) })
	}
	o.Done(o.Take(context.Background()))
	wg.Wait()
}
