// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package formattest

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/proxylog/proxylog/internal/decode"
)

// Wanted is what a line is to become, beside its text as the body.
type Wanted struct {
	Event, Severity string
	// Timestamp is RFC 3339 with nine fractional digits, in UTC.
	Timestamp            string
	Attributes, Resource map[string]any
}

// RecordIs reads a line that becomes one record and compares all of it.
func RecordIs(t testing.TB, cfg decode.Config, line string, want Wanted) {
	t.Helper()
	lr, res := Record(t, cfg, line)
	if got := lr.Body().Str(); got != line {
		t.Errorf("body %q", got)
	}
	got := Wanted{
		Event: lr.EventName(), Severity: lr.SeverityText(), Timestamp: lr.Timestamp().AsTime().Format("2006-01-02T15:04:05.000000000Z"),
		Attributes: lr.Attributes().AsRaw(), Resource: res.AsRaw(),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
