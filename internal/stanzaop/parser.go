// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package stanzaop

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/cespare/xxhash/v2"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/stanza/entry"
	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/stanza/operator/helper"
	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/stanza/stanzaerrors"

	"github.com/proxylog/proxylog/internal/attr"
	"github.com/proxylog/proxylog/internal/decode"
	"github.com/proxylog/proxylog/internal/linecount"
	"github.com/proxylog/proxylog/internal/scan"
	"github.com/proxylog/proxylog/internal/sources"
)

// Parser is the operator. It holds nothing back, and is safe for concurrent use.
type Parser struct {
	helper.TransformerOperator
	decoder            *decode.Decoder
	sources            *sources.Sources
	readings           *linecount.Readings
	batches            sync.Pool // of *decode.Batch
	parseFrom, parseTo entry.Field
	toAttributes       bool // parse_to is all of the attributes, as it is by default
	setBody            bool
	resource           map[string]string // what the user sets
	now                func() time.Time
}

// Process reads one entry and writes what came of it: one entry, or as many as the line has.
func (p *Parser) Process(ctx context.Context, e *entry.Entry) error {
	var read decode.Stats
	err := p.process(ctx, e, &read, p.Write)
	p.readings.Add(ctx, &read)
	return err
}

// ProcessBatch reads entries and writes what came of them together.
func (p *Parser) ProcessBatch(ctx context.Context, entries []*entry.Entry) error {
	out := make([]*entry.Entry, 0, len(entries))
	write := func(_ context.Context, e *entry.Entry) error {
		out = append(out, e)
		return nil
	}
	var read decode.Stats
	var errs []error
	for _, e := range entries {
		if err := p.process(ctx, e, &read, write); err != nil {
			errs = append(errs, err)
		}
	}
	p.readings.Add(ctx, &read)
	return errors.Join(append(errs, p.WriteBatch(ctx, out))...)
}

// process reads one entry, writes what came of it, and counts its line in read.
func (p *Parser) process(ctx context.Context, e *entry.Entry, read *decode.Stats, write helper.WriteFunction) error {
	skip, err := p.Skip(ctx, e)
	if err != nil {
		return p.HandleEntryErrorWithWrite(ctx, e, err, write)
	}
	if skip {
		return write(ctx, e)
	}
	line, err := p.line(e)
	if err != nil {
		return p.HandleEntryErrorWithWrite(ctx, e, err, write)
	}
	observed := e.ObservedTimestamp
	if observed.IsZero() {
		observed = p.now()
	}
	batch := p.batches.Get().(*decode.Batch)
	defer p.batches.Put(batch)
	failed, why := p.sources.Decode(streamOf(e), batch, decode.Line{Text: line, Observed: observed})
	logs, stats := batch.Take()
	read.Add(&stats)
	if failed {
		mark(e, why.Reason.String(), strings.ToValidUTF8(why.Field, "\uFFFD"), int64(why.Offset))
		return p.HandleEntryErrorWithWrite(ctx, e, errorOf(why.Reason.String(), why.Field, int64(why.Offset)), write)
	}
	if isEmpty(&stats) {
		return write(ctx, e)
	}
	return p.writeAll(ctx, e, logs, write)
}

// isEmpty reports whether the line was blank.
func isEmpty(s *decode.Stats) bool {
	for _, n := range s.Empty {
		if n > 0 {
			return true
		}
	}
	return false
}

// line is the text of the field that is read.
func (p *Parser) line(e *entry.Entry) (string, error) {
	value, ok := e.Get(p.parseFrom)
	if !ok {
		return "", stanzaerrors.NewError(
			"Entry is missing the expected parse_from field.",
			"Ensure that all incoming entries contain the parse_from field.",
			"parse_from", p.parseFrom.String(),
		)
	}
	switch v := value.(type) {
	case string:
		if scan.Valid(v) {
			return v, nil
		}
		// Where the line stays in its place, as text it would let receivers that check refuse the whole message.
		return v, e.Set(p.parseFrom, []byte(v))
	case []byte:
		return string(v), nil
	}
	return "", fmt.Errorf("type %T of %s cannot be parsed as a line", value, p.parseFrom.String())
}

// streamOf tells the streams of lines apart, as the processor does.
func streamOf(e *entry.Entry) sources.Stream {
	s := sources.Stream{Resource: hashOf(e.Resource)}
	for _, key := range [...]string{attr.LogFilePath, attr.LogFileName} {
		if text, ok := e.Attributes[key].(string); ok {
			s.File = text
			break
		}
	}
	return s
}

// hashOf is the same for equal maps, whatever their order.
func hashOf(m map[string]any) uint64 {
	var sum uint64
	var d xxhash.Digest
	for key, v := range m {
		d.Reset()
		_, _ = d.WriteString(key)
		_, _ = d.Write([]byte{0})
		if text, ok := v.(string); ok {
			_, _ = d.WriteString(text)
		} else {
			fmt.Fprint(&d, v)
		}
		sum += d.Sum64()
	}
	return sum
}

// writeAll writes the records of one line as entries: the last one is the entry of the line, the others are copies of it.
func (p *Parser) writeAll(ctx context.Context, e *entry.Entry, logs plog.Logs, write helper.WriteFunction) error {
	n := logs.LogRecordCount()
	if n == 0 {
		return nil // the bracket of an array over several lines
	}
	var errs []error
	for _, rl := range logs.ResourceLogs().All() {
		for _, sl := range rl.ScopeLogs().All() {
			for _, rec := range sl.LogRecords().All() {
				out := e
				if n--; n > 0 {
					out = e.Copy()
				}
				if err := p.fill(out, rl.Resource(), sl.Scope(), rec); err != nil {
					errs = append(errs, p.HandleEntryErrorWithWrite(ctx, out, err, write))
				} else if err := write(ctx, out); err != nil {
					errs = append(errs, err)
				}
			}
		}
	}
	return errors.Join(errs...)
}

// fill makes an entry say what a record does, as far as an entry can. The error is that of an entry of a line with several
// that could not be read, or of a field that cannot be set.
func (p *Parser) fill(e *entry.Entry, res pcommon.Resource, scope pcommon.InstrumentationScope, rec plog.LogRecord) error {
	if p.setBody {
		e.Body = rec.Body().AsRaw()
	}
	m := make(map[string]any, rec.Attributes().Len()+2+len(e.Attributes))
	for key, v := range rec.Attributes().All() {
		m[key] = v.AsRaw()
	}
	if reason, ok := m[attr.ProxylogErrorType].(string); ok {
		name, _ := m[attr.ProxylogErrorField].(string)
		offset, _ := m[attr.ProxylogErrorOffset].(int64)
		mark(e, reason, name, offset)
		return errorOf(reason, name, offset)
	}
	m[attr.EventName] = rec.EventName()
	if v, ok := scope.Attributes().Get(attr.EncodingFormat); ok {
		m[attr.EncodingFormat] = v.Str()
	}
	if err := p.set(e, m); err != nil {
		return fmt.Errorf("set parse_to: %w", err)
	}
	// A line without a time of its own has got the time at which it was read.
	if rec.Timestamp() != rec.ObservedTimestamp() || e.Timestamp.IsZero() {
		e.Timestamp = rec.Timestamp().AsTime()
	}
	if n := rec.SeverityNumber(); n != plog.SeverityNumberUnspecified {
		e.Severity, e.SeverityText = entry.Severity(n), rec.SeverityText()
	}
	e.ScopeName = scope.Name()
	if trace := rec.TraceID(); !trace.IsEmpty() && e.TraceID == nil {
		e.TraceID = trace[:]
		if span := rec.SpanID(); !span.IsEmpty() {
			e.SpanID = span[:]
		}
	}
	p.setResource(e, res)
	return nil
}

// set puts the attributes of a record where parse_to says. They are many and the entry has few, so that these join them and
// not the other way round.
func (p *Parser) set(e *entry.Entry, m map[string]any) error {
	if !p.toAttributes {
		return e.Set(p.parseTo, m)
	}
	for key, v := range e.Attributes {
		if _, ok := m[key]; !ok {
			m[key] = v
		}
	}
	e.Attributes = m
	return nil
}

// setResource adds what the line says of the proxy where the receiver has not said it, and what the user sets.
func (p *Parser) setResource(e *entry.Entry, res pcommon.Resource) {
	if e.Resource == nil {
		e.Resource = make(map[string]any, res.Attributes().Len())
	}
	for key, v := range res.Attributes().All() {
		if _, ok := e.Resource[key]; !ok {
			e.Resource[key] = v.AsRaw()
		}
	}
	for key, v := range p.resource {
		e.Resource[key] = v
	}
}

// mark notes on an entry why its line could not be read.
func mark(e *entry.Entry, reason, name string, offset int64) {
	if e.Attributes == nil {
		e.Attributes = make(map[string]any, 3)
	}
	e.Attributes[attr.ProxylogErrorType] = reason
	delete(e.Attributes, attr.ProxylogErrorField)
	if name != "" {
		e.Attributes[attr.ProxylogErrorField] = name
	}
	e.Attributes[attr.ProxylogErrorOffset] = offset
}

// errorOf says why a line could not be read, without the line.
func errorOf(reason, name string, offset int64) error {
	if name != "" {
		name = " in " + name
	}
	return fmt.Errorf("the line cannot be read: %s at byte %d%s", reason, offset, name)
}
