// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package sessionstitchprocessor

import (
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"

	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/metadatatest"
	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/sessiontest"
)

// TestDamageIsSetAside: whatever value is changed, cut, exchanged or missing, the processor starts, says so, and takes
// records.
func TestDamageIsSetAside(t *testing.T) {
	damages := map[string]func(b []byte) []byte{
		"a changed byte": func(b []byte) []byte { b[len(b)/2] ^= 0x40; return b },
		"cut":            func(b []byte) []byte { return b[:len(b)/3] },
		"empty":          func([]byte) []byte { return []byte{} },
		"garbage":        func([]byte) []byte { return []byte(strings.Repeat("no journal ", 20)) },
	}
	for name, damage := range damages {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w, _, _ := filled(t, nil)
				w.die()
				keys := w.store.Keys("journal/")
				require.Greater(t, len(keys), 10)
				whole := map[string][]byte{}
				for _, k := range keys {
					whole[k] = append([]byte(nil), w.store.Values[k]...)
				}
				for _, k := range keys {
					if k == "journal/head2" {
						continue // it is read when the first is damaged
					}
					clear(w.store.Values)
					for k, b := range whole {
						w.store.Set(k, append([]byte(nil), b...))
					}
					broken := damage(append([]byte(nil), whole[k]...))
					w.store.Set(k, broken)
					tel := componenttest.NewTelemetry()
					p := mustStitcher(t, metadatatest.NewSettings(tel), w.cfg)
					require.NoError(t, p.Start(t.Context(), sessiontest.Host{storageID: w.store}), k)
					m, err := tel.GetMetric("otelcol_processor_session_stitch_journal_errors")
					require.NoError(t, err, "%s is counted", k)
					require.NotNil(t, m)
					assert.Equal(t, broken, w.store.Values["aside/"+k], "%s is set aside", k)
					if strings.Contains(k, "/head") {
						// There are two of them.
						assert.Positive(t, p.table.Open(), k)
					}
					require.NoError(t, p.ConsumeLogs(t.Context(), someSessions(1, 8)[0].Entries[0].Copy()))
					require.NoError(t, p.Shutdown(t.Context()))
					require.NoError(t, tel.Shutdown(t.Context()))
					// And the next start is a quiet one.
					tel = componenttest.NewTelemetry()
					p = mustStitcher(t, metadatatest.NewSettings(tel), w.cfg)
					require.NoError(t, p.Start(t.Context(), sessiontest.Host{storageID: w.store}))
					assert.Positive(t, p.table.Open())
					_, err = tel.GetMetric("otelcol_processor_session_stitch_journal_errors")
					require.Error(t, err, "%s is not found again", k)
					require.NoError(t, p.Shutdown(t.Context()))
					require.NoError(t, tel.Shutdown(t.Context()))
				}
			})
		})
	}
}
