// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"maps"
	"sync"

	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/proxylog/proxylog/internal/attr"
	"github.com/proxylog/proxylog/internal/record"
)

// sums adds up the records that a sink acknowledged. It is safe for concurrent use.
type sums struct {
	mu sync.Mutex
	// sessions are the totals by session id; a session without one is left out, and counted.
	sessions  map[string]totals
	anonymous int
	// records counts those that were added, again those whose uid was known already.
	records, again int
	parts          int64
	seen           map[string]string
	// wrong is the first record that had a known uid and other content.
	wrong string
}

func newSums() *sums { return &sums{sessions: map[string]totals{}, seen: map[string]string{}} }

func (s *sums) add(ld plog.Logs) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, rl := range ld.ResourceLogs().All() {
		for _, sl := range rl.ScopeLogs().All() {
			for _, rec := range sl.LogRecords().All() {
				if rec.EventName() == record.SessionEnd {
					s.one(rec)
				}
			}
		}
	}
}

func (s *sums) one(rec plog.LogRecord) {
	a := rec.Attributes()
	uid, isOutput := a.Get(attr.LogRecordUID)
	if _, stitched := a.Get(attr.ProxySessionParts); !isOutput || !stitched {
		return
	}
	content := fmt.Sprint(rec.Timestamp(), rec.ObservedTimestamp(), rec.Body().AsString(), a.AsRaw())
	if was, known := s.seen[uid.Str()]; known {
		s.again++
		if was != content && s.wrong == "" {
			s.wrong = fmt.Sprintf("two records of uid %s differ:\n%s\n%s", uid.Str(), was, content)
		}
		return
	}
	s.seen[uid.Str()] = content
	s.records++
	number := func(key string) int64 {
		v, _ := a.Get(key)
		return v.Int()
	}
	s.parts += number(attr.ProxySessionParts)
	id, ok := a.Get(attr.ProxySessionID)
	if !ok {
		s.anonymous++
		return
	}
	t := s.sessions[id.AsString()]
	t.Sent += number(attr.ProxyClientBytesSent)
	t.Received += number(attr.ProxyClientBytesReceived)
	if v, ok := a.Get(attr.ProxySessionComplete); ok && v.Bool() {
		t.Complete = true
	}
	s.sessions[id.AsString()] = t
}

// equal says whether the sums are the truth.
func (s *sums) equal(truth map[string]totals) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.wrong == "" && maps.Equal(s.sessions, truth)
}

// total adds up all sessions.
func total(sessions map[string]totals) (t totals, complete int) {
	for _, s := range sessions {
		t.Sent += s.Sent
		t.Received += s.Received
		if s.Complete {
			complete++
		}
	}
	return t, complete
}
