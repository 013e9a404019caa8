// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package filein

import (
	"sync"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// The fileconsumer logs what it cannot open or save in every poll, five times a second by default.
const (
	repeatEvery = 10 * time.Minute
	maxRepeats  = 1000
)

// quieter is a logger that lets a warning or an error through once in a while only, per message and cause.
func quieter(l *zap.Logger, now func() time.Time) *zap.Logger {
	seen := &seen{now: now, at: make(map[string]time.Time)}
	return l.WithOptions(zap.WrapCore(func(c zapcore.Core) zapcore.Core { return &quietCore{Core: c, seen: seen} }))
}

// seen is when each message was logged last. It is emptied when it is full.
type seen struct {
	now func() time.Time
	mu  sync.Mutex
	at  map[string]time.Time
}

func (s *seen) recently(key string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	if t, ok := s.at[key]; ok && now.Sub(t) < repeatEvery {
		return true
	}
	if len(s.at) >= maxRepeats {
		clear(s.at)
	}
	s.at[key] = now
	return false
}

type quietCore struct {
	zapcore.Core
	seen   *seen
	prefix string // the path that With has added
}

// With implements zapcore.Core.
func (c *quietCore) With(fields []zapcore.Field) zapcore.Core {
	return &quietCore{Core: c.Core.With(fields), seen: c.seen, prefix: c.prefix + cause(fields)}
}

// Check implements zapcore.Core.
func (c *quietCore) Check(e zapcore.Entry, ce *zapcore.CheckedEntry) *zapcore.CheckedEntry {
	if c.Enabled(e.Level) {
		return ce.AddCore(e, c)
	}
	return ce
}

// Write implements zapcore.Core.
func (c *quietCore) Write(e zapcore.Entry, fields []zapcore.Field) error {
	if e.Level >= zapcore.WarnLevel && c.seen.recently(e.Message+c.prefix+cause(fields)) {
		return nil
	}
	return c.Core.Write(e, fields)
}

// cause is what of the fields tells two messages of the same text apart: files and errors.
func cause(fields []zapcore.Field) string {
	var s string
	for i := range fields {
		switch f := &fields[i]; f.Type {
		case zapcore.StringType:
			s += "\x00" + f.String
		case zapcore.ErrorType:
			if err, ok := f.Interface.(error); ok {
				s += "\x00" + err.Error()
			}
		}
	}
	return s
}
