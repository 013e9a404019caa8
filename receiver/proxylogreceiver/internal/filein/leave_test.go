// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package filein

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
)

// TestLeave holds what this package relies on in the fileconsumer: that its callback runs in a goroutine of its own for
// each file, and which frames tell a file that is read again from one that left the pattern. When it fails, leave.go
// has to be looked at before anything else: without it, a stop delivers lines twice.
func TestLeave(t *testing.T) {
	dir := t.TempDir()
	var mu sync.Mutex
	may := make(map[string]bool) // by line
	cfg := NewConfig()
	cfg.Consumer.Include = []string{filepath.Join(dir, "*.log")}
	cfg.Consumer.StartAt = "beginning"
	cfg.Consumer.PollInterval = 200 * time.Millisecond
	manager, err := cfg.effective(1000, false).Build(componenttest.NewNopTelemetrySettings(),
		func(_ context.Context, tokens [][]byte, _ map[string]any, _ int64, _ []int64) error {
			mu.Lock()
			defer mu.Unlock()
			may[string(tokens[0])] = mayLeave()
			return nil
		})
	require.NoError(t, err)
	require.NoError(t, manager.Start(nil))
	defer func() { require.NoError(t, manager.Stop()) }()
	seen := func(line string) (value, ok bool) {
		require.Eventually(t, func() bool {
			mu.Lock()
			defer mu.Unlock()
			value, ok = may[line]
			return ok
		}, soon, time.Millisecond)
		return value, ok
	}
	f := &fixture{dir: dir}
	// A poll may come just between the two steps below; then the file did not leave with lines unread.
	for try := range 30 {
		name := fmt.Sprintf("%d.log", try)
		first := f.add(t, name, 0, 1)[0]
		value, _ := seen(first)
		require.True(t, value, "a file that is read again")
		second := f.add(t, name, 1, 1)[0]
		require.NoError(t, os.Rename(filepath.Join(dir, name), filepath.Join(dir, name+".moved")))
		if value, _ = seen(second); !value {
			return
		}
	}
	t.Fatal("a file that left the pattern is not told from one that is read again")
}

func TestMayLeaveElsewhere(t *testing.T) {
	assert.False(t, mayLeave())
}

// waits reports whether the poll under way waits for lines that are refused: within one poll they are refused more often
// than patience lets those of a file that is read again.
func (f *fixture) waits(t *testing.T) bool {
	t.Helper()
	for range 5 {
		turn, before := f.gate.turn(), f.refusals()
		require.Eventually(t, func() bool { return f.refusals() > before+5 || f.gate.turn() > turn }, soon, time.Millisecond)
		if f.gate.turn() == turn {
			return true
		}
	}
	return false
}

// TestLostFile keeps trying with the lines of a file that left the pattern, also while the receiver stops.
func TestLostFile(t *testing.T) {
	for _, recovers := range []bool{true, false} {
		t.Run(fmt.Sprint("recovers=", recovers), func(t *testing.T) {
			f := newFixture(t, t.TempDir(), newStore(), nil)
			f.patience = 10 * time.Millisecond
			require.NoError(t, f.Start(context.Background()))
			var lost []string
			// As in TestLeave, a poll may come between the two steps; the next try has another file.
			for try := 0; ; try++ {
				require.Less(t, try, 20)
				name := fmt.Sprintf("lost%d.log", try)
				f.await(t, f.add(t, name, 0, 10)...)
				refuse := name + " 0001"
				f.refuse.Store(&refuse)
				path := filepath.Join(f.dir, name)
				lines := f.add(t, name, 100, 10)
				require.NoError(t, os.Rename(path, path+".moved"))
				if f.waits(t) {
					lost = lines
					break
				}
				f.refuse.Store(nil)
				f.await(t, lines...)
			}
			writes := f.store.written()
			ctx, cancel := context.WithTimeout(context.Background(), soon)
			defer cancel()
			if recovers {
				go func() {
					time.Sleep(20 * time.Millisecond)
					f.refuse.Store(nil)
				}()
			}
			require.NoError(t, f.Shutdown(ctx))
			abandoned := f.logs.FilterMessage("failed to emit token").Len()
			if recovers {
				f.await(t, lost...)
				assert.Zero(t, abandoned)
				return
			}
			assert.Equal(t, writes, f.store.written(), "positions are held back")
			assert.Equal(t, 1, abandoned)
		})
	}
}

// TestHangingConsumer: a reader that comes back from the next consumer when the receiver was given up must not save its
// position any more: the storage is closed by then.
func TestHangingConsumer(t *testing.T) {
	for name, content := range map[string][]byte{"a.log": []byte("a line\n"), "a.log.gz": zipped(t, "a line\n")} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, t.TempDir(), newStore(), nil)
			f.cfg.Consumer.Include = append(f.cfg.Consumer.Include, filepath.Join(f.dir, "*.log.gz"))
			called, hang := make(chan struct{}), make(chan struct{})
			f.hang = func() {
				close(called)
				<-hang
			}
			require.NoError(t, os.WriteFile(filepath.Join(f.dir, name), content, 0o600))
			require.NoError(t, f.Start(context.Background()))
			<-called
			ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
			defer cancel()
			require.ErrorIs(t, f.Shutdown(ctx), context.DeadlineExceeded)
			writes := f.store.written()
			close(hang)
			<-f.stopped
			<-f.packed.Done()
			f.await(t, "a line")
			assert.Equal(t, writes, f.store.written())
		})
	}
}
