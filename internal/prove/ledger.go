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
	// opened, parts and late are the outputs that are no stragglers, the parts of all outputs, and those of stragglers;
	// duplicates the repetitions that outputs report.
	opened, parts, late, duplicates int64
	// passed are the records that belong to no session, by what they say; passedAgain those that came more than once.
	passed      map[string]bool
	passedAgain int64
	seen        map[string]string
	// wrong is the first record that had a known uid and other content.
	wrong string
}

func newSums() *sums {
	return &sums{sessions: map[string]totals{}, seen: map[string]string{}, passed: map[string]bool{}}
}

func (s *sums) add(ld plog.Logs) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, rl := range ld.ResourceLogs().All() {
		for _, sl := range rl.ScopeLogs().All() {
			for _, rec := range sl.LogRecords().All() {
				s.one(rec)
			}
		}
	}
}

func (s *sums) one(rec plog.LogRecord) {
	a := rec.Attributes()
	uid, isOutput := a.Get(attr.LogRecordUID)
	if _, stitched := a.Get(attr.ProxySessionParts); !isOutput || !stitched {
		if body := rec.Body().AsString(); s.passed[body] {
			s.passedAgain++
		} else {
			s.passed[body] = true
		}
		return
	}
	if rec.EventName() != record.SessionEnd {
		return // progress says what a later record will say again
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
	s.duplicates += number(attr.ProxySessionDuplicates)
	if reason, _ := a.Get(attr.ProxySessionCloseReason); reason.Str() == "late" {
		s.late += number(attr.ProxySessionParts)
	} else {
		s.opened++
	}
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

// ledger is what became of the records, as the sink saw it over all lives of a process: counters die with it, what it put
// out does not. In are the lines that were written and what was read again of them, as far as outputs tell.
func (s *sums) ledger(set set) ledger {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := ledger{
		"opened": s.opened, "merged": s.parts - s.late - s.opened, "duplicate": s.duplicates, "late": s.late,
		"passed": int64(len(s.passed)) + s.passedAgain,
	}
	l["in"] = int64(set.distinct()) + s.duplicates + s.passedAgain
	return l
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
