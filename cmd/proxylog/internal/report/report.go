// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

// Package report prints sessions for a person: per proxy a line of totals and a table, then the lines that could not be
// read, by reason. It is fed with records, whether they come from a Collector or from the stitcher in this process.
package report

import (
	"cmp"
	"slices"
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/proxylog/proxylog/internal/attr"
)

// Report collects what is printed. It keeps the Limit first rows of each proxy (rank) and counts the others; 0 keeps all.
type Report struct {
	Limit   int
	proxies map[string]*proxy
	rejects map[rejectKey]*reject
	// Rejected is the number of records of lines that could not be read.
	Rejected int64
}

// proxy is what is known of one format's sessions.
type proxy struct {
	name string
	// rows are the first ones, sorted by rank unless all are kept.
	rows   []row
	counts map[string]int64 // by EventName
	// total, failed and open count all rows, also those that are not kept; the bytes are of all whose numbers are known.
	total, failed, open  int64
	sent, received       int64
	hasSent, hasReceived bool
	first, last          int64
}

type rejectKey struct{ format, reason string }

type reject struct {
	rejectKey
	count int64
	// example is the beginning of the first such line, and file where it stood.
	example, file string
}

// maxRejects bounds the kinds of rejects that are told apart; the formats and reasons are few.
const maxRejects = 1000

// maxExample is the number of bytes kept of a line that could not be read.
const maxExample = 400

// New makes an empty report.
func New(limit int) *Report {
	return &Report{Limit: limit, proxies: map[string]*proxy{}, rejects: map[rejectKey]*reject{}}
}

// Add takes records in.
func (r *Report) Add(logs plog.Logs) {
	for _, rl := range logs.ResourceLogs().All() {
		for _, sl := range rl.ScopeLogs().All() {
			for _, lr := range sl.LogRecords().All() {
				if lr.EventName() == "" && text(lr.Attributes(), attr.ProxylogErrorType) != "" {
					r.reject(sl.Scope(), lr)
					continue
				}
				r.add(lr)
			}
		}
	}
}

func (r *Report) add(lr plog.LogRecord) {
	name := text(lr.Attributes(), attr.ProxyType)
	if name == "" {
		name = "unknown"
	}
	p := r.proxies[name]
	if p == nil {
		p = &proxy{name: name, counts: map[string]int64{}}
		r.proxies[name] = p
	}
	p.counts[lr.EventName()]++
	if _, ok := events[lr.EventName()]; !ok {
		return
	}
	w := newRow(lr)
	if p.total == 0 || w.start < p.first {
		p.first = w.start
	}
	p.last = max(p.last, w.start+int64(max(w.duration, 0)*1e9), int64(lr.Timestamp()))
	p.total++
	if w.outcome == "failure" {
		p.failed++
	}
	if w.open {
		p.open++
	}
	if w.sent >= 0 {
		p.sent, p.hasSent = p.sent+w.sent, true
	}
	if w.received >= 0 {
		p.received, p.hasReceived = p.received+w.received, true
	}
	p.keep(w, r.Limit)
}

// compare orders rows by their start, and those that start together by all that is shown: their order does not depend
// on which file was read first.
func compare(a, b row) int {
	return cmp.Or(
		cmp.Compare(a.start, b.start), cmp.Compare(a.target, b.target), cmp.Compare(a.host, b.host), cmp.Compare(a.port, b.port),
		cmp.Compare(a.duration, b.duration), cmp.Compare(a.sent, b.sent), cmp.Compare(a.received, b.received),
		cmp.Compare(a.ended, b.ended), cmp.Compare(a.by, b.by), cmp.Compare(a.parts, b.parts),
	)
}

// rank orders rows by what is kept of them: the earliest, but before any that tells no more than its client, as those of
// Squid's useragent log, which would tell nothing of the others.
func rank(a, b row) int {
	if a.mute() != b.mute() {
		if b.mute() {
			return -1
		}
		return 1
	}
	return compare(a, b)
}

// keep adds a row, if it is among those to keep.
func (p *proxy) keep(w row, limit int) {
	if limit <= 0 {
		p.rows = append(p.rows, w)
		return
	}
	i, _ := slices.BinarySearchFunc(p.rows, w, rank)
	if i == limit {
		return
	}
	p.rows = slices.Insert(p.rows, i, w)
	p.rows = p.rows[:min(len(p.rows), limit)]
}

func (r *Report) reject(scope pcommon.InstrumentationScope, lr plog.LogRecord) {
	r.Rejected++
	// proxylog.<format>.rejected
	format := "unknown"
	if parts := strings.Split(text(scope.Attributes(), attr.EncodingFormat), "."); len(parts) == 3 {
		format = parts[1]
	}
	k := rejectKey{format, text(lr.Attributes(), attr.ProxylogErrorType)}
	e := r.rejects[k]
	if e == nil {
		if len(r.rejects) >= maxRejects {
			return
		}
		e = &reject{rejectKey: k, example: lineOf(lr.Body()), file: text(lr.Attributes(), attr.LogFileName)}
		r.rejects[k] = e
	}
	e.count++
}

func lineOf(body pcommon.Value) string {
	s := ""
	if body.Type() == pcommon.ValueTypeBytes {
		s = string(body.Bytes().AsRaw())
	} else {
		s = body.AsString()
	}
	return strings.Clone(s[:min(len(s), maxExample)])
}
