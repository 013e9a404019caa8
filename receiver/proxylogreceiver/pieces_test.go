// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package proxylogreceiver

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/proxylog/proxylog/internal/attr"
)

const criTime = "2026-11-21T23:45:02.269111123Z"

// TestPieces joins the pieces of containers' lines although batches are refused and read again, and keeps what has come
// of a line when the receiver stops.
func TestPieces(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "pods", "edge_lb-1_3f1c", "proxy")
	require.NoError(t, os.MkdirAll(dir, 0o755))
	path := filepath.Join(dir, "0.log")
	var text strings.Builder
	var want []string
	// The fileconsumer hands over 100 pieces at once: with this many lines the last piece comes with the last whole line, so
	// that it has been read when that one was delivered.
	for i := range 2001 {
		whole := fmt.Sprintf("line %d of a container", i)
		want = append(want, whole)
		for _, piece := range []string{whole[:4], whole[4:7]} {
			fmt.Fprintf(&text, "%s stdout P %s\n", criTime, piece)
		}
		fmt.Fprintf(&text, "%s stdout F %s\n", criTime, whole[7:])
	}
	fmt.Fprintf(&text, "%s stderr P begun", criTime)
	write(t, path, text.String()+"\n")
	s := newSink()
	s.decide = refuseEvery(3)
	h := start(t, fileConfig(path), s, nil)
	s.await(t, len(want))
	h.stop(t)
	assert.Positive(t, s.refusals())
	assert.Equal(t, append(want, "begun"), s.lines())
	records := s.all()
	last := records[len(records)-1]
	assert.Equal(t, "truncated", reason(t, last))
	stream, _ := last.Attributes().Get(attr.LogIostream)
	assert.Equal(t, "stderr", stream.Str())
	assert.Equal(t, map[string]int64{"rejected": int64(len(want) + 1)}, h.lines(t))
}
