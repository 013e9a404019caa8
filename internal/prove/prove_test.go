// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const root = "../.."

func all(t *testing.T) []set {
	t.Helper()
	list, err := sets(root)
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(list), 2, "the bundled ones are always there")
	return list
}

func TestEveryWayIsTheTruth(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, s := range all(t) {
		t.Run(s.name, func(t *testing.T) {
			for _, lines := range [][]string{s.lines, append(append([]string(nil), s.lines...), s.lines...)} {
				got, l, err := one(t.Context(), s, lines)
				require.NoError(t, err)
				assert.Equal(t, s.truth, got.sessions)
				assert.True(t, l.balanced(), l)
				assert.EqualValues(t, len(lines), l["in"])
			}
			// What the sink sees is what the metrics say, in order and as nothing was repeated after its session had gone.
			seen, counted, err := one(t.Context(), s, s.lines)
			require.NoError(t, err)
			assert.True(t, seen.ledger(s).balanced(), seen.ledger(s))
			assert.Equal(t, counted.String(), seen.ledger(s).String())
			got, l, err := three(t.Context(), s, rng)
			require.NoError(t, err)
			assert.Equal(t, s.truth, got.sessions)
			assert.True(t, l.balanced(), l)
			// The proof can fail.
			got, _, err = one(t.Context(), s, s.lines[:len(s.lines)/2])
			require.NoError(t, err)
			assert.False(t, got.equal(s.truth))
		})
	}
}

// TestSIGKILL lets the real Collector be killed while files grow: what the sink acknowledged before and after is the
// truth, and equal uids are the only repetition.
func TestSIGKILL(t *testing.T) {
	collector, err := filepath.Abs(filepath.Join(root, filepath.FromSlash("bin/otelcol-proxylog")))
	require.NoError(t, err)
	if _, err := os.Stat(collector); errors.Is(err, fs.ErrNotExist) || testing.Short() {
		t.Skip("needs bin/otelcol-proxylog (make build), and takes half a minute")
	}
	k := &killing{collector: collector, kills: 4, rng: rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 7)), patience: 2 * time.Minute}
	for _, s := range all(t) {
		if !strings.HasSuffix(s.name, "bundled") {
			continue
		}
		t.Run(s.name, func(t *testing.T) {
			got, killed, err := k.run(t.Context(), s)
			require.NoError(t, err)
			assert.Equal(t, 4, killed)
			assert.Empty(t, got.wrong)
			assert.Equal(t, s.truth, got.sessions)
			assert.True(t, got.ledger(s).balanced(), got.ledger(s))
		})
	}
}

// TestDeliveryNamesTests wants every test that docs/delivery.md names to exist.
func TestDeliveryNamesTests(t *testing.T) {
	doc, err := os.ReadFile(filepath.Join(root, "docs", "delivery.md"))
	require.NoError(t, err)
	exist := map[string]bool{}
	require.NoError(t, filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		b, err := os.ReadFile(path)
		for _, m := range regexp.MustCompile(`(?m)^func (Test\w+)\(`).FindAllSubmatch(b, -1) {
			exist[string(m[1])] = true
		}
		return err
	}))
	names := regexp.MustCompile("`(Test\\w+)`").FindAllSubmatch(doc, -1)
	require.Greater(t, len(names), 20)
	for _, m := range names {
		assert.True(t, exist[string(m[1])], "there is no %s", m[1])
	}
}
