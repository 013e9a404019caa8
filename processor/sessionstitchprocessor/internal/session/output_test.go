// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package session

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/proxylog/proxylog/internal/attr"
	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/dict"
	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/model"
)

// What the stitcher says itself beats what a part said under the same name, and no key comes twice: neither a start that is
// no time beside one that is, nor names that the dictionary could not take and so nobody has recognised.
func TestKeysComeOnce(t *testing.T) {
	d := dict.New(1 << 20)
	m := Compile(model.HAProxy(), d)
	s := State{Parts: 3, Flags: HasStart, Start: 1e9}
	for _, name := range []string{attr.ProxySessionParts, attr.LogRecordUID, attr.ProxyStartTime} {
		s.Attrs = append(s.Attrs, Attr{Value: appendPlain(appendName(nil, name), "of a part")})
	}
	unnumbered := len(s.Attrs)
	s.Attrs = append(s.Attrs,
		Attr{Key: d.Key("@end"), Value: appendInt(nil, 3e9)},
		Attr{Key: d.Key(attr.ProxyListenerName), Value: appendPlain(nil, "fe")},
		Attr{Key: d.Key(attr.ProxyStartTime), Value: appendPlain(nil, "yesterday")},
	)
	for _, skipped := range []int{0, unnumbered} {
		s.Attrs = s.Attrs[skipped:]
		rec := plog.NewLogRecord()
		NewWriter().Write(m, Key{}, &s, Output{Summary: true}, rec)
		keys := map[string]bool{}
		for k := range rec.Attributes().All() {
			assert.False(t, keys[k], k)
			keys[k] = true
		}
		raw := rec.Attributes().AsRaw()
		assert.EqualValues(t, 3, raw[attr.ProxySessionParts])
		assert.NotEqual(t, "of a part", raw[attr.LogRecordUID])
		assert.Equal(t, "1970-01-01T00:00:01.000000000Z", raw[attr.ProxyStartTime])
		assert.InDelta(t, 2, raw[attr.ProxyDuration], 0)
		assert.Equal(t, "fe", raw[attr.ProxyListenerName])
		assert.EqualValues(t, 3_000_000_000, rec.Timestamp())
	}

	s.Flags = 0
	rec := plog.NewLogRecord()
	NewWriter().Write(m, Key{}, &s, Output{}, rec)
	assert.Equal(t, "yesterday", rec.Attributes().AsRaw()[attr.ProxyStartTime], "no part had a time")
}
