// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package proxylogprocessor

import (
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/proxylog/proxylog/internal/decode"
	"github.com/proxylog/proxylog/internal/msgpack"
	"github.com/proxylog/proxylog/internal/sources"
)

// The receiver fluent_forward makes of each member of a record an attribute, and so of an entry of g3proxy a record
// without a body. Such a record is put together again to the message that g3proxy has sent.

// fluentTag is the attribute in which that receiver keeps the tag.
const fluentTag = "fluent.tag"

// maxMembers is how many members a message can have here.
const maxMembers = 1<<16 - 1

// fluentSources remember the streams of such records. Whatever wraps other lines, these are messages.
func fluentSources(cfg decode.Config, set decode.Settings, lines *sources.Sources) (*sources.Sources, error) {
	if cfg.Envelope == "auto" {
		return lines, nil
	}
	cfg.Envelope = "auto"
	d, err := decode.New(cfg, set)
	if err != nil {
		return nil, err
	}
	return sources.New(d, sources.Max), nil
}

// readFluent reads a record of an entry of g3proxy and reports whether it is one.
func (c *conversion) readFluent(rl plog.ResourceLogs, sl plog.ScopeLogs, rec plog.LogRecord, from sources.Stream) bool {
	m := rec.Attributes()
	tag, tagged := m.Get(fluentTag)
	if _, typed := m.Get("log_type"); !tagged || !typed || m.Len() > maxMembers {
		return false
	}
	from.File = tag.AsString()
	c.others = true
	defer func() { c.others = false }()
	c.decode(c.p.fluent, rl, sl, rec, fluentMessage(rec, from.File), from)
	return true
}

// fluentMessage writes a record as a message.
func fluentMessage(rec plog.LogRecord, tag string) string {
	n := 0
	for key := range rec.Attributes().All() {
		if field(key) {
			n++
		}
	}
	b := make([]byte, 0, 2048)
	b = msgpack.AppendStr(msgpack.AppendArray(b, 3), tag)
	b = msgpack.AppendMap(msgpack.AppendTime(b, int64(rec.Timestamp())), n)
	for key, v := range rec.Attributes().All() {
		if field(key) {
			b = appendPacked(msgpack.AppendStr(b, key), v)
		}
	}
	return string(b)
}

// appendPacked appends a member's value. g3proxy has no lists and no objects.
func appendPacked(b []byte, v pcommon.Value) []byte {
	switch v.Type() {
	case pcommon.ValueTypeEmpty:
		return msgpack.AppendNil(b)
	case pcommon.ValueTypeBool:
		return msgpack.AppendBool(b, v.Bool())
	case pcommon.ValueTypeInt:
		return msgpack.AppendInt(b, v.Int())
	case pcommon.ValueTypeDouble:
		return msgpack.AppendFloat(b, v.Double())
	default:
		return msgpack.AppendStr(b, v.AsString())
	}
}
