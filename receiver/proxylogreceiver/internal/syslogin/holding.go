// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package syslogin

import (
	"slices"

	"github.com/proxylog/proxylog/internal/decode"
	"github.com/proxylog/proxylog/receiver/proxylogreceiver/internal/deliver"
)

// maxHolding bounds the peers of which the beginning of a line is kept until its end comes, each up to the longest line:
// who sends datagrams from many addresses must not fill the memory with them.
const maxHolding = 64

// holding are the sources that have begun a line whose end has not come, such as an object over several lines, the first
// that began in front.
type holding []*decode.Source

// look notes which sources of a batch hold a line now that it is delivered.
func (h *holding) look(items []deliver.Item) {
	var last *decode.Source
	for i := range items {
		source := items[i].Source
		if source == last {
			continue
		}
		last = source
		switch at := slices.Index(*h, source); {
		case at < 0 && source.Holds():
			*h = append(*h, source)
		case at >= 0 && !source.Holds():
			*h = slices.Delete(*h, at, at+1)
		}
	}
}

// end delivers what there is of lines, the first that began, until no more than limit are held.
func (h *holding) end(b *batch, sink *deliver.Sink, limit int) {
	for len(*h) > limit {
		b.add((*h)[0], decode.Line{End: true, Observed: sink.Now()})
		*h = slices.Delete(*h, 0, 1)
	}
	b.flush(sink)
}
