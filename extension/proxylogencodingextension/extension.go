// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package proxylogencodingextension

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"sync"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/extension"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/open-telemetry/opentelemetry-collector-contrib/extension/encoding"

	"github.com/proxylog/proxylog/extension/proxylogencodingextension/internal/metadata"
	"github.com/proxylog/proxylog/internal/decode"
	"github.com/proxylog/proxylog/internal/line"
	"github.com/proxylog/proxylog/internal/linecount"
)

var (
	_ encoding.LogsUnmarshalerExtension = (*codec)(nil)
	_ encoding.LogsDecoderExtension     = (*codec)(nil)
)

// codec reads messages and streams of lines. It is safe for concurrent use.
type codec struct {
	component.StartFunc
	name      string
	decoder   *decode.Decoder
	telemetry *metadata.TelemetryBuilder
	// readings count lines each time that they are read: what becomes of their records only the receiver knows.
	readings *linecount.Readings
	maxLine  int
	now      func() time.Time

	// idle are the readers of messages that nobody uses. Each remembers which format it has read last, so that a message
	// of one line is recognised at once; and no message leaves anything else behind.
	mu   sync.Mutex
	idle []*reader
}

// reader is what one call needs.
type reader struct {
	source *decode.Source
	batch  *decode.Batch
}

// maxIdle is how many readers are kept, more than calls at the same time mostly are.
const maxIdle = 64

func newExtension(set extension.Settings, cfg *Config) (*codec, error) {
	telemetry, err := metadata.NewTelemetryBuilder(set.TelemetrySettings)
	if err != nil {
		return nil, fmt.Errorf("telemetry: %w", err)
	}
	decoder, err := decode.New(decode.Config(cfg.Decode), decode.Settings{
		Logger: set.Logger, Version: set.BuildInfo.Version, MaxLineBytes: int(cfg.MaxLineBytes),
		NearMiss: linecount.NearMisses(telemetry.ExtensionProxylogEncodingNearMisses),
	})
	if err != nil {
		telemetry.Shutdown()
		return nil, err
	}
	return &codec{
		name: set.ID.String(), decoder: decoder, telemetry: telemetry,
		readings: linecount.NewReadings(telemetry.ExtensionProxylogEncodingLines, telemetry.ExtensionProxylogEncodingRejects),
		maxLine:  int(cfg.MaxLineBytes), now: time.Now,
	}, nil
}

// Shutdown implements component.Component.
func (c *codec) Shutdown(context.Context) error {
	c.telemetry.Shutdown()
	return nil
}

// UnmarshalLogs implements plog.Unmarshaler: it makes records of the lines of one message. Each message stands for
// itself: a piece of a container's line or of an object whose end is not in the message is kept as a record that says
// so. It never fails, since a receiver drops a whole message that does.
func (c *codec) UnmarshalLogs(message []byte) (plog.Logs, error) {
	r := c.take()
	defer c.put(r)
	now := c.now()
	for len(message) > 0 {
		var whole []byte
		whole, message, _ = bytes.Cut(message, []byte("\n"))
		// One copy of each line, of which its text attributes are parts: the caller may use its bytes again, and what is
		// remembered of one line must not keep the whole message in memory.
		text, cut := line.Cut(string(bytes.TrimSuffix(whole, []byte("\r"))), c.maxLine)
		r.source.Decode(r.batch, decode.Line{Text: text, Cut: cut, Observed: now})
	}
	r.source.Flush(r.batch, now)
	logs, stats := r.batch.Take()
	c.readings.Add(context.Background(), &stats)
	return logs, nil
}

// NewLogsDecoder implements encoding.LogsDecoderFactory: it makes records of the lines of a stream, batch by batch.
// Offsets are bytes of the stream. A stream that ends before the offset is an error.
func (c *codec) NewLogsDecoder(from io.Reader, options ...encoding.DecoderOption) (encoding.LogsDecoder, error) {
	return newStream(c, from, encoding.NewDecoderOptions(options...))
}

func (c *codec) newReader() *reader {
	return &reader{source: c.decoder.NewSource(c.name), batch: c.decoder.NewBatch()}
}

func (c *codec) take() *reader {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := len(c.idle) - 1
	if n < 0 {
		return c.newReader()
	}
	r := c.idle[n]
	c.idle = c.idle[:n]
	return r
}

func (c *codec) put(r *reader) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.idle) < maxIdle {
		c.idle = append(c.idle, r)
	}
}
