// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

// Package complaint says in the log what is wrong with clients and with the next consumer, without letting them fill it.
package complaint

import (
	"sync"
	"time"

	"go.uber.org/zap"
)

// every is how much time lies between two complaints of one kind.
const every = time.Minute

// Log warns of each kind of trouble at most once a minute. It is safe for concurrent use.
type Log struct {
	logger *zap.Logger
	mu     sync.Mutex
	last   map[string]time.Time // by message
}

// New makes a Log. Its messages are to be constants: each is remembered.
func New(logger *zap.Logger) *Log {
	return &Log{logger: logger, last: make(map[string]time.Time)}
}

// Warn logs the message, unless it did so within the last minute before now.
func (l *Log) Warn(now time.Time, message string, fields ...zap.Field) {
	l.mu.Lock()
	last, said := l.last[message]
	late := !said || now.Sub(last) >= every
	if late {
		l.last[message] = now
	}
	l.mu.Unlock()
	if late {
		l.logger.Warn(message, fields...)
	}
}
