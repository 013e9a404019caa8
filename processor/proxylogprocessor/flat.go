// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package proxylogprocessor

import (
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/proxylog/proxylog/internal/decode"
	"github.com/proxylog/proxylog/internal/format"
	"github.com/proxylog/proxylog/internal/sources"
)

// Envoy's OpenTelemetry access logger, which Istio and GDC use, sends records whose attributes are the fields of a line,
// without a body. Such a record is written as the JSON object that GDC's log pipeline makes of it, and read as one: so a
// record says the same whichever way it came.

// labels are the attributes that Envoy's logger sets on the resource, unless it is told not to (disable_builtin_labels).
var labels = []string{"cluster_name", "log_name", "node_name", "zone_name"}

// fewest is how many attributes a record has at least whose body, if it has one, is not looked at first.
const fewest = 5

// newFlatDecoder makes the decoder of such records.
func newFlatDecoder(cfg decode.Config, version string) (*decode.Decoder, error) {
	// What is no record of Envoy's is handed on, whatever becomes of one that cannot be read.
	cfg.Format, cfg.Envelope, cfg.OnError = "envoy", "none", "keep"
	if cfg.Body == "original" {
		cfg.Body = "none" // the record's own is kept
	}
	return decode.New(cfg, decode.Settings{Version: version})
}

// isFlat reports whether a record may be one of Envoy's logger: sure, where its resource says so too.
func isFlat(res pcommon.Map, rec plog.LogRecord) (maybe, sure bool) {
	n := 0
	for key := range rec.Attributes().All() {
		if field(key) {
			n++
		}
	}
	labelled := false
	for _, key := range labels {
		_, ok := res.Get(key)
		labelled = labelled || ok
	}
	return n >= 2, n >= fewest && labelled
}

// field reports whether an attribute is a field of an access log: what other components set has a namespace.
func field(key string) bool { return !strings.Contains(key, ".") }

// flatLine writes a record as a line.
func flatLine(res pcommon.Map, rec plog.LogRecord) string {
	b := make([]byte, 0, 2048)
	b = append(b, '{')
	for key, v := range rec.Attributes().All() {
		if field(key) && key != "resource" {
			b = appendMember(b, key, v)
		}
	}
	from := len(b)
	b = append(b, `"resource":{`...)
	start := len(b)
	for _, key := range labels {
		if v, ok := res.Get(key); ok {
			b = appendMember(b, key, v)
		}
	}
	if len(b) == start {
		b = b[:from]
	} else {
		b = append(closed(b), ',')
		b = appendNumber(b, "time_unix_nano", int64(rec.Timestamp()))
		b = appendNumber(b, "severity_number", int64(rec.SeverityNumber()))
	}
	for key, v := range res.All() {
		if strings.HasPrefix(key, "_gdch_") {
			b = appendMember(b, key, v)
		}
	}
	return string(closed(b))
}

// readFlat reads a record of Envoy's logger and reports whether it is one.
func (c *conversion) readFlat(rl plog.ResourceLogs, sl plog.ScopeLogs, rec plog.LogRecord, from sources.Stream) bool {
	c.in, c.written = rec, 0
	before := c.flat.Stats
	line := decode.Line{Text: flatLine(rl.Resource().Attributes(), rec), Observed: c.observed(rec)}
	failed, err := c.p.flat.Decode(from, c.flat, line)
	switch {
	case failed && err.Reason == format.Unrecognized:
		c.flat.Stats = before
		return false
	case failed && c.p.keep:
		err.Offset = 0 // it has no line to count in
		reject(c.pass(rl, sl, rec), &err)
	}
	return true
}

// addFlat gives a record made of attributes what its receiver knew and they do not say.
func (c *conversion) addFlat(out plog.LogRecord) {
	c.keep(out, func(key string) bool { return !field(key) })
	if c.p.body {
		c.in.Body().CopyTo(out.Body())
	}
}

// unlabelled is a resource without what the records say in other words.
func unlabelled(res pcommon.Resource) pcommon.Resource {
	out := pcommon.NewResource()
	res.CopyTo(out)
	out.Attributes().RemoveIf(func(key string, _ pcommon.Value) bool {
		for _, l := range labels {
			if key == l {
				return true
			}
		}
		return strings.HasPrefix(key, "_gdch_")
	})
	return out
}
