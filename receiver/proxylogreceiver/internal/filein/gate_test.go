// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package filein

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/extension/xextension/storage"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/stanza/fileconsumer"
	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/stanza/fileconsumer/matcher"
	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/stanza/split"
)

func TestGate(t *testing.T) {
	ctx := context.Background()
	s := newStore()
	now := time.Unix(1_800_000_000, 0)
	g := newGate(s, func() time.Time { return now })
	assert.False(t, g.stalled(), "the first poll has just begun")
	now = now.Add(checkpointEvery + 1)
	assert.True(t, g.stalled())
	assert.False(t, g.overdue(0), "nothing was delivered yet")
	save := func(v string) { require.NoError(t, g.Batch(ctx, storage.SetOperation(checkpointKey, []byte(v)))) }

	save("a")
	save("a")
	assert.Equal(t, 1, s.written(), "nothing new")
	save("b")
	save("a")
	assert.Equal(t, 3, s.written())
	require.NoError(t, g.Set(ctx, "archive", []byte("x")))
	require.NoError(t, g.Set(ctx, "archive", []byte("x")))
	assert.Equal(t, 5, s.written(), "other keys are written as they come")

	// A reader that delivered in this poll leaves once the poll has taken too long; one that did not, does not yet.
	turn := g.turn()
	assert.False(t, g.overdue(turn))
	now = now.Add(checkpointEvery + 1)
	assert.True(t, g.overdue(turn))
	assert.False(t, g.overdue(turn-1))
	save("a") // idle polls count too
	assert.False(t, g.overdue(g.turn()))

	g.close()
	save("c")
	assert.Equal(t, 5, s.written())
	v, err := g.Get(ctx, checkpointKey)
	require.NoError(t, err)
	assert.Equal(t, "a", string(v))
}

func TestGateFailedWrite(t *testing.T) {
	ctx := context.Background()
	s := &full{store: newStore(), err: errors.New("no space left")}
	g := newGate(s, time.Now)
	op := func() error { return g.Batch(ctx, storage.SetOperation(checkpointKey, []byte("a"))) }
	require.ErrorIs(t, op(), s.err)
	s.err = nil
	require.NoError(t, op())
	assert.Equal(t, 1, s.written(), "what could not be written is written later")
}

type full struct {
	*store
	err error
}

func (f *full) Batch(ctx context.Context, ops ...*storage.Operation) error {
	if f.err != nil {
		return f.err
	}
	return f.store.Batch(ctx, ops...)
}

func TestQuieter(t *testing.T) {
	core, logs := observer.New(zap.InfoLevel)
	now := time.Unix(1_800_000_000, 0)
	l := quieter(zap.New(core), func() time.Time { return now }).With(zap.String("component", "test"))
	for range 3 {
		l.Error("cannot open", zap.String("path", "a"), zap.Error(errors.New("x")))
		l.Error("cannot open", zap.String("path", "b"), zap.Error(errors.New("x")))
		l.Error("cannot open", zap.String("path", "b"), zap.Error(errors.New("y")))
		l.With(zap.String("path", "c")).Error("cannot open")
		l.With(zap.String("path", "d")).With(zap.String("more", "x")).Error("cannot open")
		l.With(zap.String("path", "e")).With(zap.String("more", "x")).Error("cannot open")
		l.Info("tells something")
		l.Debug("is off")
	}
	assert.Equal(t, 6, logs.FilterMessage("cannot open").Len())
	assert.Equal(t, 3, logs.FilterMessage("tells something").Len())
	assert.Zero(t, logs.FilterMessage("is off").Len())
	now = now.Add(repeatEvery)
	l.Error("cannot open", zap.String("path", "a"), zap.Error(errors.New("x")))
	assert.Equal(t, 7, logs.FilterMessage("cannot open").Len())
	for i := range 3 * maxRepeats {
		l.Error("cannot open", zap.Error(fmt.Errorf("%d", i)))
	}
	q := l.Core().(*quietCore)
	assert.LessOrEqual(t, len(q.seen.at), maxRepeats)
}

// TestCheck names the path of every key that is wrong.
func TestCheck(t *testing.T) {
	good := func() Config {
		c := NewConfig()
		c.Consumer.Include = []string{"/var/log/*.log"}
		return c
	}
	c := good()
	require.NoError(t, c.Check("file"))
	for path, change := range map[string]func(*fileconsumer.Config){
		"file::include":                            func(c *fileconsumer.Config) { c.Include = nil },
		"file::include[1]":                         func(c *fileconsumer.Config) { c.Include = []string{"a", "[a-"} },
		"file::exclude[0]":                         func(c *fileconsumer.Config) { c.Exclude = []string{""} },
		"file::delete_after_read":                  func(c *fileconsumer.Config) { c.DeleteAfterRead = true },
		"file::max_batches":                        func(c *fileconsumer.Config) { c.MaxBatches = 1 },
		"file::compression":                        func(c *fileconsumer.Config) { c.Compression = "gzip" },
		"file::multiline":                          func(c *fileconsumer.Config) { c.SplitConfig = split.Config{LineEndPattern: "x"} },
		"file::header":                             func(c *fileconsumer.Config) { c.Header = &fileconsumer.HeaderConfig{} },
		"file::max_log_size":                       func(c *fileconsumer.Config) { c.MaxLogSize = 1 << 20 },
		"file::max_log_size_behavior":              func(c *fileconsumer.Config) { c.MaxLogSizeBehavior = "truncate" },
		"file::skip_unmodified_files":              func(c *fileconsumer.Config) { c.SkipUnmodifiedFiles = true },
		"file::include_file_record_number":         func(c *fileconsumer.Config) { c.IncludeFileRecordNumber = true },
		"file::include_file_record_offset":         func(c *fileconsumer.Config) { c.IncludeFileRecordOffset = true },
		"file::encoding":                           func(c *fileconsumer.Config) { c.Encoding = "utf-16" },
		"file::start_at":                           func(c *fileconsumer.Config) { c.StartAt = "middle" },
		"file::poll_interval":                      func(c *fileconsumer.Config) { c.PollInterval = 0 },
		"file::force_flush_period":                 func(c *fileconsumer.Config) { c.FlushPeriod = -1 },
		"file::max_concurrent_files":               func(c *fileconsumer.Config) { c.MaxConcurrentFiles = 0 },
		"file::initial_buffer_size":                func(c *fileconsumer.Config) { c.InitialBufferSize = -1 },
		"file::polls_to_archive":                   func(c *fileconsumer.Config) { c.PollsToArchive = -1 },
		"file::fingerprint_size":                   func(c *fileconsumer.Config) { c.FingerprintSize = 1 << 30 },
		"file::exclude_older_than":                 func(c *fileconsumer.Config) { c.ExcludeOlderThan = -1 },
		"file: 'regex' must be":                    func(c *fileconsumer.Config) { c.OrderingCriteria.SortBy = []matcher.Sort{{SortType: "numeric"}} },
		`file::on_truncate: "panic" is none of`:    func(c *fileconsumer.Config) { c.OnTruncate = "panic" },
		"file::fingerprint_size: 1 is not between": func(c *fileconsumer.Config) { c.FingerprintSize = 1 },
	} {
		c := good()
		change(&c.Consumer)
		err := c.Check("file")
		if assert.Error(t, err, path) {
			assert.True(t, strings.HasPrefix(err.Error(), path), "%s: %v", path, err)
		}
	}
	c = good()
	c.Consumer.Include, c.Consumer.StartAt = nil, ""
	err := c.Check("file")
	assert.ErrorContains(t, err, "file::include:")
	assert.ErrorContains(t, err, "file::start_at:")
}
