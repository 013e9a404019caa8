// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package decode

import (
	"github.com/proxylog/proxylog/internal/format"
	"github.com/proxylog/proxylog/internal/format/all"
)

// NumFormats is the number of formats, and one for lines whose format is not known.
const NumFormats = all.Count + 1

// Unknown is the index under which lines are counted whose format is not known.
const Unknown = NumFormats - 1

// FormatNames are the values of the counters' format attribute, by index.
func FormatNames() [NumFormats]string {
	var names [NumFormats]string
	for i, f := range all.Formats() {
		names[i] = f.Name
	}
	names[Unknown] = "unknown"
	return names
}

// Stats counts lines by format index.
type Stats struct {
	// Parsed lines became records, Empty ones were blank, Oversize ones were cut by the input's limit, Rejected ones
	// could not be read.
	Parsed, Empty, Oversize, Rejected [NumFormats]int64
	// Rejects are the rejected and oversize lines by reason.
	Rejects [NumFormats][format.NumReasons]int64
}

// Add adds other to s.
func (s *Stats) Add(other *Stats) {
	for f := range NumFormats {
		s.Parsed[f] += other.Parsed[f]
		s.Empty[f] += other.Empty[f]
		s.Oversize[f] += other.Oversize[f]
		s.Rejected[f] += other.Rejected[f]
		for r := range format.NumReasons {
			s.Rejects[f][r] += other.Rejects[f][r]
		}
	}
}
