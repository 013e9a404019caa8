// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package filein

import (
	"bytes"
	"compress/gzip"
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// zipped is a text in gzip.
func zipped(t *testing.T, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := w.Write([]byte(text))
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return b.Bytes()
}

func TestNamesGzip(t *testing.T) {
	for pattern, want := range map[string]bool{
		"/var/log/*.gz":             true,
		"/var/log/a.log.gz":         true,
		"/var/log/a.gz*":            true,
		`C:\logs\*.gz`:              true,
		"/var/log/a.{gz,log}":       true,
		"/var/log/a.{log,gz}":       true,
		"/var/log/a.log*":           false,
		"/var/log/*":                false,
		"/var/log/gz":               false,
		"/var/unpacked.gz.d/a.log*": false,
		`C:\unpacked.gz.d\a.log*`:   false,
	} {
		assert.Equal(t, want, namesGzip(pattern), pattern)
	}
}

// TestBothKinds reads each file of a pattern that names files of both kinds in its own way, and says nothing of a folder
// that is still empty but at the start.
func TestBothKinds(t *testing.T) {
	f := newFixture(t, t.TempDir(), newStore(), nil)
	f.cfg.Consumer.Include = []string{filepath.Join(f.dir, "later", "*.{log,gz}")}
	require.NoError(t, f.Start(context.Background()))
	require.Eventually(t, func() bool { return f.gate.turn() > 3 }, soon, f.cfg.Consumer.PollInterval)
	assert.Zero(t, f.logs.FilterMessageSnippet("cannot be found").Len(), "%v", f.logs.All())
	require.NoError(t, os.Mkdir(filepath.Join(f.dir, "later"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(f.dir, "later", "a.log"), []byte("plain, and longer than a header\n"), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(f.dir, "later", "a.log.gz"), zipped(t, "packed\n"), 0o600))
	f.await(t, "plain, and longer than a header", "packed")
	stop(t, f.Input)
	assert.Len(t, f.got(), 2)
	assert.Zero(t, f.logs.FilterMessageSnippet("cannot be read to its end").Len(), "%v", f.logs.All())
}
