// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package gzin

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

// TestOpenLine delivers what comes behind a last line that was delivered without an end: the rest of it, if there is one, is
// a line, and its end is none.
func TestOpenLine(t *testing.T) {
	for rest, want := range map[string]struct {
		lines []string
		empty int64
	}{
		"o\n\nx\n": {[]string{"one", "tw", "o", "x"}, 1},
		"\n\nx\n":  {[]string{"one", "tw", "x"}, 1},
		"\nx\n\n":  {[]string{"one", "tw", "x"}, 1},
	} {
		t.Run(strings.ReplaceAll(rest, "\n", "."), func(t *testing.T) {
			f := newFixture(t)
			f.manual, f.set.FlushAfter = true, time.Second
			now := noon
			f.prepare(&now)
			for _, content := range []string{"one\ntw", "one\ntw" + rest} {
				f.put("a.gz", packed(content))
				f.step(&now)
				f.step(&now)
			}
			assert.Equal(t, want.lines, f.got())
			assert.Equal(t, map[string]int64{"rejected": int64(len(want.lines)), "empty": want.empty}, f.counted())
		})
	}
}

// TestBatches delivers long lines in batches of maxBytes and one line more.
func TestBatches(t *testing.T) {
	const size, count = 50_000, 50
	f := newFixture(t)
	f.manual = true
	var most int
	f.decide = func(lines []string) error {
		most = max(most, len(lines))
		return nil
	}
	f.put("a.gz", packed(strings.Repeat(strings.Repeat("x", size)+"\n", count)))
	now := noon
	f.prepare(&now)
	f.step(&now)
	assert.Len(t, f.got(), count)
	assert.Equal(t, maxBytes/size+1, most)
}

// TestStopInAFile reads no further than the batch in which the receiver stops, although the next consumer takes it.
func TestStopInAFile(t *testing.T) {
	f := newFixture(t)
	f.manual = true
	lines := numbered("a", 0, 5*maxItems)
	f.decide = func([]string) error {
		f.sink.Stop()
		return nil
	}
	f.put("a.gz", packed(text(lines...)))
	now := noon
	f.prepare(&now)
	f.step(&now)
	assert.Equal(t, lines[:maxItems], f.got())
	f.decide = nil
	f.prepare(&now)
	f.step(&now)
	assert.Equal(t, lines, f.got())
}
