// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package complaint

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
)

func TestOnceAMinute(t *testing.T) {
	core, logs := observer.New(zap.WarnLevel)
	l := New(zap.New(core))
	now := time.Unix(1795300000, 0)
	for i := range 121 {
		l.Warn(now.Add(time.Duration(i)*time.Second), "one thing", zap.Int("second", i))
		l.Warn(now.Add(time.Duration(i)*time.Hour), "another")
	}
	var seconds []any
	for _, e := range logs.FilterMessage("one thing").All() {
		seconds = append(seconds, e.ContextMap()["second"])
	}
	assert.Equal(t, []any{int64(0), int64(60), int64(120)}, seconds)
	assert.Equal(t, 121, logs.FilterMessage("another").Len())
}
