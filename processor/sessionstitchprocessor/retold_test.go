// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package sessionstitchprocessor

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/sessiontest"
)

// What a rule made of a proxy's records passes where that rule is not known: it is no session of the proxy, though it says
// which proxy its records came from. What the proxy's own model made is one.
func TestWhatARuleMadeIsNoSessionOfTheProxy(t *testing.T) {
	rule := func(c *Config) {
		c.Rules = []RuleConfig{{
			Name: "by_user", Match: `attributes["user.name"] != nil`, Key: `attributes["user.name"]`,
			Merge: map[string]any{"spent": "sum"},
		}}
	}
	first := newRig(rule)
	for i := range int64(2) {
		ld := delta(sessiontest.Epoch+i, 10)
		sessiontest.Entry{Logs: ld}.Record().Attributes().PutStr("user.name", "ada")
		first.consume(ld)
	}
	first.consume(delta(sessiontest.Epoch, 5))
	outputs := first.finish()
	require.Len(t, outputs, 2)
	without := newRig(nil)
	for _, e := range outputs {
		before := without.table.Open()
		without.consume(e.Copy())
		assert.Equal(t, textOf(e.Record(), "user.name") == "", without.table.Open() > before)
	}
}
