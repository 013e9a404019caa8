// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package proxylogprocessor

import (
	"context"
	"fmt"
	"sync"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/consumer/consumererror"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/processor"

	"github.com/proxylog/proxylog/internal/decode"
	"github.com/proxylog/proxylog/internal/linecount"
	"github.com/proxylog/proxylog/internal/scan"
	"github.com/proxylog/proxylog/internal/sources"
	"github.com/proxylog/proxylog/processor/proxylogprocessor/internal/metadata"
)

// logsProcessor reads the lines of other receivers' records.
type logsProcessor struct {
	component.StartFunc
	next      consumer.Logs
	decoder   *decode.Decoder
	sources   *sources.Sources
	batches   sync.Pool // of *decode.Batch
	telemetry *metadata.TelemetryBuilder
	counters  *counters
	// attribute is the key of the attribute that holds the line; "" for the body.
	attribute string
	// keepBody says that a record's own body is not what was read and not to be replaced.
	keepBody bool
	// body says that a record keeps the body that it has, where that is no line.
	body bool
	keep bool // records whose line cannot be read
	// flatDecoder reads records without a line, whose attributes are the fields of one, and flat remembers their streams; nil
	// where there can be none.
	flatDecoder *decode.Decoder
	flat        *sources.Sources
	flatBatches sync.Pool // of *decode.Batch
	// fluent remembers the streams of records whose attributes are entries of g3proxy; nil where there can be none.
	fluent   *sources.Sources
	resource map[string]string
	now      func() time.Time
}

func newProcessor(set processor.Settings, cfg *Config, next consumer.Logs) (*logsProcessor, error) {
	attribute, err := attributeOf(cfg.From)
	if err != nil {
		return nil, err
	}
	telemetry, err := metadata.NewTelemetryBuilder(set.TelemetrySettings)
	if err != nil {
		return nil, fmt.Errorf("telemetry: %w", err)
	}
	decoder, err := decode.New(decode.Config(cfg.Decode), decode.Settings{
		Logger: set.Logger, Version: set.BuildInfo.Version, NearMiss: linecount.NearMisses(telemetry.ProcessorProxylogNearMisses),
		ReadOnly: !next.Capabilities().MutatesData,
	})
	if err != nil {
		telemetry.Shutdown()
		return nil, err
	}
	p := &logsProcessor{
		body: cfg.Decode.Body == "original",
		next: next, decoder: decoder, sources: sources.New(decoder, sources.Max), telemetry: telemetry,
		counters: newCounters(telemetry), attribute: attribute,
		keepBody: attribute != "" && cfg.Decode.Body == "original", keep: cfg.Decode.OnError != "drop",
		resource: cfg.Decode.Resource, now: time.Now,
	}
	p.batches.New = func() any { return decoder.NewBatch() }
	if attribute == "" && (cfg.Decode.Format == "auto" || cfg.Decode.Format == "g3proxy") {
		settings := decode.Settings{Logger: set.Logger, Version: set.BuildInfo.Version}
		if p.fluent, err = fluentSources(decode.Config(cfg.Decode), settings, p.sources); err != nil {
			telemetry.Shutdown()
			return nil, err
		}
	}
	if attribute == "" && (cfg.Decode.Format == "auto" || cfg.Decode.Format == "envoy") {
		if p.flatDecoder, err = newFlatDecoder(decode.Config(cfg.Decode), set.BuildInfo.Version); err != nil {
			telemetry.Shutdown()
			return nil, err
		}
		p.flat = sources.New(p.flatDecoder, sources.Max)
		p.flatBatches.New = func() any { return p.flatDecoder.NewBatch() }
	}
	return p, nil
}

// Shutdown implements component.Component.
func (p *logsProcessor) Shutdown(context.Context) error {
	p.telemetry.Shutdown()
	return nil
}

// Capabilities implements consumer.Logs. The records that come are left as they are and new ones are made, since a
// receiver whose records were refused hands over the same ones again.
func (p *logsProcessor) Capabilities() consumer.Capabilities {
	return consumer.Capabilities{MutatesData: false}
}

// ConsumeLogs implements consumer.Logs.
func (p *logsProcessor) ConsumeLogs(ctx context.Context, in plog.Logs) error {
	c := newConversion(p)
	for _, rl := range in.ResourceLogs().All() {
		c.convert(rl)
	}
	c.end()
	var err error
	if c.out.logs.LogRecordCount() > 0 {
		err = p.next.ConsumeLogs(ctx, c.out.logs)
	}
	// Records that are refused for now come again, and are counted then.
	if err == nil || consumererror.IsPermanent(err) {
		p.counters.settle(ctx, &c.stats, c.skipped, err != nil, p.keep)
	}
	return err
}

// value is where the line stands, if the record has it.
func (p *logsProcessor) value(rec plog.LogRecord) (pcommon.Value, bool) {
	if p.attribute == "" {
		return rec.Body(), true
	}
	return rec.Attributes().Get(p.attribute)
}

// keepBytes makes bytes of a line that stays in its place and is no UTF-8, as file_log hands it on with utf-8-raw: as text
// it would let receivers that check refuse the whole message.
func (p *logsProcessor) keepBytes(rec plog.LogRecord) {
	v, ok := p.value(rec)
	if ok && v.Type() == pcommon.ValueTypeStr && !scan.Valid(v.Str()) {
		text := v.Str()
		v.SetEmptyBytes().FromRaw([]byte(text))
	}
}

// line is the text that is to be read, if the record has one.
func (p *logsProcessor) line(rec plog.LogRecord) (string, bool) {
	v, ok := p.value(rec)
	if !ok {
		return "", false
	}
	switch v.Type() {
	case pcommon.ValueTypeStr:
		return v.Str(), true
	case pcommon.ValueTypeBytes:
		return string(v.Bytes().AsRaw()), true
	case pcommon.ValueTypeMap: // an object that another receiver has taken apart
		if p.attribute == "" && isJournal(v) {
			return journalLine(rec), true
		}
		return string(appendValue(nil, v)), v.Map().Len() > 0
	default:
		return "", false
	}
}
