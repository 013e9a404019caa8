// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package decode_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/proxylog/proxylog/internal/decode"
	"github.com/proxylog/proxylog/internal/explain"
)

// TestBare reads lines of a format that begins with what a header of a log file looks like, alone and mixed with lines
// that have such a header, and alike when a container's runtime has wrapped them.
func TestBare(t *testing.T) {
	const when = "2026-11-21T23:51:58.578Z "
	for _, wrap := range []string{"", "2026-11-21T23:51:59.000000000Z stdout F "} {
		cfg := decode.NewConfig()
		cfg.Format = "envoy"
		cfg.Formats.Envoy.Format = []string{"%START_TIME% %REQ(:METHOD)% %RESPONSE_CODE%: %DURATION%"}
		d, err := decode.New(cfg, decode.Settings{Location: time.UTC})
		assert.NoError(t, err)
		src, b := d.NewSource("t"), d.NewBatch()
		for _, line := range []string{
			when + "GET 200: 7", when + "PUT 200: 7", // a host and a tag, it seems
			when + "web envoy[7]: " + when + "GET 200: 7", // a host and a tag
			when + "GET 200: 8",
		} {
			src.Decode(b, decode.Line{Text: wrap + line, Observed: time.Unix(1795305118, 0)})
		}
		for _, line := range []string{when + "GET 200: x", when + "web envoy[7]: GET", "nonsense: x"} {
			src.Decode(b, decode.Line{Text: wrap + line, Observed: time.Unix(1795305118, 0)})
		}
		logs, stats := b.Take()
		assert.Equal(t, 7, logs.LogRecordCount())
		var parsed, rejected int64
		for f := range decode.NumFormats {
			parsed += stats.Parsed[f]
			rejected += stats.Rejected[f]
		}
		assert.Equal(t, []int64{4, 3}, []int64{parsed, rejected}, wrap)
	}
}

// TestNoEnvelope: with envelope none a syslog header belongs to the line, which is then none of HAProxy's.
func TestNoEnvelope(t *testing.T) {
	_, text, _ := strings.Cut(tcp, "]: ")
	for _, c := range []struct {
		mode, line string
		parsed     int64
	}{
		{"syslog", tcp, 1}, {"none", tcp, 0}, {"none", text, 1},
	} {
		d := decoder(t, func(cfg *decode.Config) { cfg.Format, cfg.Envelope = "haproxy", c.mode }, decode.Settings{})
		b := d.NewBatch()
		d.NewSource("s").Decode(b, at(c.line))
		_, stats := b.Take()
		var parsed int64
		for _, n := range stats.Parsed {
			parsed += n
		}
		assert.Equal(t, c.parsed, parsed, "%s: %s", c.mode, c.line)
	}
}

// TestBareBesides: a source that has lines of a format which begins with a time reads the header of another's all the same.
// g3proxy takes any text before its pairs for the message.
func TestBareBesides(t *testing.T) {
	const (
		bare  = "2026-11-21T23:51:58.578Z GET 200: 7"
		pairs = `, server_name="http-main", log_type="Task", task_type="HttpProxy", task_id="e4e92f10e60411f1a85f4a4c1c6d0a1b"`
	)
	d := decoder(t, func(c *decode.Config) {
		c.Formats.Envoy.Format = []string{"%START_TIME% %REQ(:METHOD)% %RESPONSE_CODE%: %DURATION%"}
	}, decode.Settings{})
	for _, header := range []string{"<29>Nov 21 23:45:01 g3proxy[13611]: ", "Nov 21 23:45:01 lb1 g3proxy[13611]: ", "g3proxy[13611]: ", "2026-11-21T23:45:01.123456+00:00 lb1 g3proxy[13611]: "} {
		src, b := d.NewSource("s"), d.NewBatch()
		readAll(src, b, []string{bare, bare})
		logs, _ := readAll(src, b, []string{header + pairs})
		r := explain.Records(logs)
		if len(r) != 1 || r[0].Attributes["proxy.type"] != "g3proxy" || r[0].Attributes["g3proxy.message"] != nil || r[0].Resource["process.pid"] != int64(13611) {
			t.Errorf("%s: %+v", header, r)
		}
	}
}
