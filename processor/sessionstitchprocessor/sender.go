// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package sessionstitchprocessor

import (
	"context"
	"errors"
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

// delivered counts what was accepted.
func (p *stitcher) delivered(ctx context.Context, b *outbox.Batch) {
	var st session.State
	for i := range b.Items {
		it := &b.Items[i]
		if it.Reason.Progress() {
			continue
		}
		p.telemetry.ProcessorSessionStitchReleased.Add(ctx, 1, p.telemetry.released[it.Model][it.Reason])
		if st.Decode(p.models[it.Model].Model, it.Key, it.State) != nil {
			continue
		}
		if d, ok := st.Duration(p.models[it.Model].Model); ok {
			p.telemetry.ProcessorSessionStitchSessionDuration.Record(ctx, d)
		}
	}
}

// groupKey is what records have in common that stand under one resource and scope.
type groupKey struct {
	model    int
	resource string
}

// write makes the records of a batch.
func (p *stitcher) write(b *outbox.Batch) plog.Logs {
	ld := plog.NewLogs()
	groups := map[groupKey]plog.LogRecordSlice{}
	var st session.State
	for i := range b.Items {
		it := &b.Items[i]
		m := p.models[it.Model].Model
		if err := st.Decode(m, it.Key, it.State); err != nil {
			p.logger.Error("A session's state cannot be read; its record is lost", zap.Error(err))
			continue
		}
		k := groupKey{model: it.Model, resource: string(st.Resource)}
		recs, ok := groups[k]
		if !ok {
			rl := ld.ResourceLogs().AppendEmpty()
			rl.SetSchemaUrl(record.SchemaURL)
			st.WriteResource(m, rl.Resource().Attributes())
			sl := rl.ScopeLogs().AppendEmpty()
			sl.SetSchemaUrl(record.SchemaURL)
			sl.Scope().SetName(record.ScopeName + "/" + m.Format)
			sl.Scope().SetVersion(p.version)
			sl.Scope().Attributes().PutStr(attr.EncodingFormat, "proxylog."+m.Format+".session")
			recs = sl.LogRecords()
			groups[k] = recs
		}
		o := session.Output{Summary: p.config.Body == Summary, Reason: it.Reason.String(), Observed: it.Observed}
		if it.Reason.Progress() {
			st.WriteProgress(m, o, recs.AppendEmpty())
		} else {
			st.Write(m, it.Key, o, recs.AppendEmpty())
		}
	}
	return ld
}
