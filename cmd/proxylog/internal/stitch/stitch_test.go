// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package stitch_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"go.opentelemetry.io/collector/pdata/plog"
	"go.uber.org/goleak"

	"github.com/proxylog/proxylog/cmd/proxylog/internal/stitch"
	"github.com/proxylog/proxylog/internal/decode"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// part is the n-th entry of a session of EdgeOne, the last of which ends it. It is n hours old when it is read, in an
// order in which nothing may be taken for late.
func part(id string, n, last int) string {
	end, reason := "-", "-"
	if n == last {
		end, reason = fmt.Sprintf("2026-11-20T%02d:00:00Z", n), "up:net_exception_closed"
	}
	return fmt.Sprintf(`{"ServiceID":"sid-1","ConnectTimeStamp":"2026-11-20T00:00:00Z","DisconnetTimeStamp":%q,"DisconnetReason":%q,`+
		`"ClientRealIP":"192.0.2.1","EdgeIP":"203.0.113.1","ForwardProtocol":"TCP","ForwardPort":443,`+
		`"SentBytes":1,"ReceivedBytes":10,"LogTimeStamp":"2026-11-20T%02d:00:00Z","SessionID":%q}`, end, reason, n, id)
}

// TestStitch: sessions of many hours, read within moments, last entry first, and a record that belongs to none.
func TestStitch(t *testing.T) {
	d, err := decode.New(decode.NewConfig(), decode.Settings{Location: time.UTC})
	if err != nil {
		t.Fatal(err)
	}
	var calls sync.Mutex
	sessions, passed := map[string]int64{}, 0
	s, err := stitch.New(t.Context(), nil, func(logs plog.Logs) {
		if !calls.TryLock() {
			t.Error("called twice at the same time")
			return
		}
		defer calls.Unlock()
		for _, rl := range logs.ResourceLogs().All() {
			for _, sl := range rl.ScopeLogs().All() {
				for _, lr := range sl.LogRecords().All() {
					id, ok := lr.Attributes().Get("proxy.session.id")
					if !ok {
						passed++
						continue
					}
					received, _ := lr.Attributes().Get("proxy.client.bytes_received")
					sessions[id.Str()] += received.Int()
				}
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	b, src := d.NewBatch(), d.NewSource("test")
	for n := 23; n > 0; n-- {
		for _, id := range []string{"a", "b"} {
			src.Decode(b, decode.Line{Text: part(id, n, 23), Observed: time.Now()})
		}
		src.Decode(b, decode.Line{Text: "<134>Nov 21 23:43:14 lb1 haproxy[4540]: Server back/s1 is going DOWN for maintenance. 0 active and 0 backup servers left. 0 sessions active, 0 requeued, 0 remaining in queue.", Observed: time.Now()})
		logs, _ := b.Take()
		if err := s.Add(t.Context(), logs); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(sessions) != "map[a:230 b:230]" || passed != 23 {
		t.Errorf("sessions %v, %d records passed", sessions, passed)
	}
}
