// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package sessionstitchprocessor

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"time"

	"go.opentelemetry.io/collector/consumer/consumererror"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.uber.org/zap"

	"github.com/proxylog/proxylog/internal/attr"
	"github.com/proxylog/proxylog/internal/record"
	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/outbox"
	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/session"
)

// Between two tries the sender waits, from retryMin on twice as long each time, up to retryMax.
const (
	retryMin = 50 * time.Millisecond
	retryMax = 5 * time.Second
)

// send hands over what was released, batch by batch, until the outbox is closed and empty or ctx is done.
func (p *stitcher) send(ctx context.Context) {
	for {
		b := p.outbox.Take(ctx)
		if b == nil {
			return
		}
		if !p.deliver(ctx, b) {
			return
		}
		if p.commits != nil {
			p.commits.accept(b.Items)
		}
		p.outbox.Done(b)
	}
}

// deliver tries until the next consumer takes the batch or refuses it for good; false when ctx ended that. What the next
// consumer gets may be changed by it, so that each try gets its own.
func (p *stitcher) deliver(ctx context.Context, b *outbox.Batch) bool {
	wait := retryMin
	var left plog.Logs
	partial := false
	for {
		var ld plog.Logs
		if partial {
			ld = plog.NewLogs()
			left.CopyTo(ld)
		} else {
			ld = p.write(b)
		}
		n := ld.LogRecordCount()
		err := p.next.ConsumeLogs(ctx, ld)
		switch {
		case err == nil:
			if wait > retryMin {
				p.logger.Info("The next consumer takes session records again", zap.Int("records", n))
			}
			p.delivered(ctx, b)
			return true
		case ctx.Err() != nil:
			// An exporter may call it a refusal for good that its request was cut off.
			return false
		case consumererror.IsPermanent(err):
			p.logger.Error("The next consumer refused session records for good; they are dropped",
				zap.Error(err), zap.Int("records", n))
			p.telemetry.ProcessorSessionStitchDropped.Add(ctx, int64(n))
			return true
		}
		var some consumererror.Logs
		if errors.As(err, &some) && some.Data().LogRecordCount() > 0 {
			left, partial = plog.NewLogs(), true
			some.Data().CopyTo(left)
		}
		if wait == retryMin {
			p.logger.Warn("The next consumer refused session records; they wait and are sent again",
				zap.Error(err), zap.Int("records", n))
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return false
		}
		wait = min(2*wait, retryMax)
	}
}

// delivered counts what was accepted, and measures how long the sessions lasted. Mostly many in a row left for one reason.
func (p *stitcher) delivered(ctx context.Context, b *outbox.Batch) {
	n := int64(0)
	for i := range b.Items {
		it := &b.Items[i]
		if it.Reason.Progress() {
			continue
		}
		if it.Seconds >= 0 {
			p.telemetry.ProcessorSessionStitchSessionDuration.Record(ctx, it.Seconds)
		}
		n++
		if i+1 < len(b.Items) && b.Items[i+1].Model == it.Model && b.Items[i+1].Reason == it.Reason {
			continue
		}
		p.telemetry.ProcessorSessionStitchReleased.Add(ctx, n, p.telemetry.released[it.Model][it.Reason])
		n = 0
	}
}

// group is the records that stand under one resource and scope. Mostly a record belongs to the group of the one before.
type group struct {
	model    int
	resource []byte // encoded
	records  plog.LogRecordSlice
}

func (g *group) is(model int, resource []byte) bool {
	return g.model == model && bytes.Equal(g.resource, resource)
}

// write makes the records of a batch, and notes how long their sessions lasted.
func (p *stitcher) write(b *outbox.Batch) plog.Logs {
	ld := plog.NewLogs()
	var groups []group
	last := 0
	var st session.State
	for i := range b.Items {
		it := &b.Items[i]
		it.Seconds = -1
		m := p.models[it.Model].Model
		if err := st.Decode(m, it.Key, it.State); err != nil {
			p.logger.Error("A session's state cannot be read; its record is lost", zap.Error(err))
			continue
		}
		if seconds, ok := st.Duration(m); ok {
			it.Seconds = seconds
		}
		if last >= len(groups) || !groups[last].is(it.Model, st.Resource) {
			last = slices.IndexFunc(groups, func(g group) bool { return g.is(it.Model, st.Resource) })
			if last < 0 {
				last = len(groups)
				groups = append(groups, group{model: it.Model, resource: st.Resource, records: p.newGroup(ld, m, &st)})
			}
		}
		rec := groups[last].records.AppendEmpty()
		o := session.Output{Summary: p.config.Body == Summary, Reason: it.Reason.String(), Observed: it.Observed}
		if it.Reason.Progress() {
			p.writer.WriteProgress(m, &st, o, rec)
		} else {
			p.writer.Write(m, it.Key, &st, o, rec)
		}
	}
	return ld
}

// newGroup makes a place for the records of sessions with the resource of st.
func (p *stitcher) newGroup(ld plog.Logs, m *session.Model, st *session.State) plog.LogRecordSlice {
	rl := ld.ResourceLogs().AppendEmpty()
	rl.SetSchemaUrl(record.SchemaURL)
	st.WriteResource(m, rl.Resource().Attributes())
	sl := rl.ScopeLogs().AppendEmpty()
	sl.SetSchemaUrl(record.SchemaURL)
	sl.Scope().SetName(record.ScopeName + "/" + m.Format)
	sl.Scope().SetVersion(p.version)
	sl.Scope().Attributes().PutStr(attr.EncodingFormat, "proxylog."+m.Format+".session")
	return sl.LogRecords()
}
