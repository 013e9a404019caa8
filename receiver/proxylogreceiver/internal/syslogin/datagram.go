// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package syslogin

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/collector/config/confignet"
	"go.uber.org/zap"

	"github.com/proxylog/proxylog/internal/cache"
	"github.com/proxylog/proxylog/internal/decode"
	"github.com/proxylog/proxylog/internal/envelope"
	"github.com/proxylog/proxylog/internal/line"
)

const (
	// queueDatagrams and queueBytes bound what waits for the next consumer.
	queueDatagrams = 16384
	queueBytes     = 16 << 20
	// maxUDP is more than a udp datagram can have, in bytes.
	maxUDP = 64 << 10
	// lastLook is how long, at a shutdown, the socket is waited on for what came before it, lastLooks times in a row:
	// on a busy machine the first time may be over before anything was looked at. maxLook ends it in any case.
	lastLook  = 10 * time.Millisecond
	lastLooks = 3
	maxLook   = 500 * time.Millisecond
)

// datagram is what one read of the socket gave.
type datagram struct {
	peer netip.Addr
	text string
	cut  bool // it was longer than what is read of one
	at   time.Time
}

// socket is where datagrams come from.
type socket interface {
	// receive reads a datagram; what does not fit into buf is cut off. lost is how many the kernel has dropped, since
	// the last one that was received, because the socket's buffer was full.
	receive(buf []byte) (n int, peer netip.Addr, lost uint32, err error)
	LocalAddr() net.Addr
	SetReadDeadline(time.Time) error
	Close() error
}

// datagrams is a listener of udp or unixgram.
type datagrams struct {
	cfg     Config
	set     Settings
	conn    socket
	queue   chan datagram
	queued  atomic.Int64 // bytes
	done    chan struct{}
	sources *cache.Cache[netip.Addr, *decode.Source]
	holding holding
}

func newDatagrams(cfg Config, set Settings) *datagrams {
	return &datagrams{
		cfg: cfg, set: set, queue: make(chan datagram, queueDatagrams), done: make(chan struct{}),
		sources: cache.New[netip.Addr, *decode.Source](maxPeers),
	}
}

// Start opens the socket.
func (u *datagrams) Start(ctx context.Context) error {
	var err error
	if u.cfg.Transport == confignet.TransportTypeUnixgram {
		u.conn, err = openUnix(ctx, &u.cfg)
	} else {
		u.conn, err = openUDP(ctx, &u.cfg, u.set.Logger)
	}
	if err != nil {
		u.conn = nil
		return fmt.Errorf("%s: %w", u.set.Path, err)
	}
	u.set.Logger.Info("listening", zap.Stringer("address", u.conn.LocalAddr()))
	go u.read()
	go u.work()
	return nil
}

// Addr is where it listens.
func (u *datagrams) Addr() net.Addr { return u.conn.LocalAddr() }

// Shutdown stops reading and delivers what was read.
func (u *datagrams) Shutdown(ctx context.Context) error {
	u.set.Sink.Stop()
	if u.conn == nil {
		return nil
	}
	_ = u.conn.SetReadDeadline(time.Now()) // wakes the reader
	return u.set.Sink.Wait(ctx, u.done)
}

// read moves datagrams from the socket to the queue.
func (u *datagrams) read() {
	defer close(u.queue)
	defer u.conn.Close()
	buf := make([]byte, u.longest()+1)
	var looks int
	var end time.Time
	for {
		n, peer, lost, err := u.conn.receive(buf)
		if lost > 0 {
			u.set.Sink.Lost(int64(lost))
		}
		switch {
		case err == nil:
			looks = 0
		case errors.Is(err, os.ErrDeadlineExceeded):
			now := time.Now()
			if end.IsZero() {
				end = now.Add(maxLook)
			}
			if looks++; looks > lastLooks || now.After(end) {
				return
			}
			_ = u.conn.SetReadDeadline(now.Add(lastLook))
			continue
		case u.set.Sink.Stopped() || errors.Is(err, net.ErrClosed):
			return
		default:
			u.set.Logger.Warn("reading the socket failed", zap.Error(err))
			select {
			case <-u.set.Sink.Stopping():
			case <-time.After(time.Second):
			}
			continue
		}
		text, cut := buf[:min(n, len(buf)-1)], n == len(buf)
		if u.queued.Add(int64(len(text))) > queueBytes {
			u.drop(text)
			continue
		}
		select {
		case u.queue <- datagram{peer, string(text), cut, u.set.Sink.Now()}:
		default:
			u.drop(text)
		}
	}
}

// longest is how much is read of a datagram, in bytes. One of unixgram may be longer than the longest line.
func (u *datagrams) longest() int {
	if u.cfg.Transport == confignet.TransportTypeUnixgram {
		return max(maxUDP, u.set.MaxLine)
	}
	return maxUDP
}

// drop counts the lines of a datagram that there is no room for.
func (u *datagrams) drop(text []byte) {
	u.queued.Add(-int64(len(text)))
	lines := int64(1)
	for _, c := range text[:max(len(text)-1, 0)] {
		if c == '\n' {
			lines++
		}
	}
	u.set.Sink.Overflow(lines)
}

// work takes datagrams from the queue and delivers their lines.
func (u *datagrams) work() {
	defer close(u.done)
	var b batch
	timer := time.NewTimer(flushAfter)
	defer timer.Stop()
	for {
		var flush <-chan time.Time
		if len(b.items) > 0 {
			flush = timer.C
		}
		select {
		case d, ok := <-u.queue:
			if !ok {
				u.flush(&b)
				u.holding.end(&b, u.set.Sink, 0)
				return
			}
			if len(b.items) == 0 {
				timer.Reset(flushAfter)
			}
			u.queued.Add(-int64(len(d.text)))
			u.split(&b, d)
		case <-flush:
			u.flush(&b)
		}
	}
}

// flush delivers a batch, and looks which peers have begun a line in it.
func (u *datagrams) flush(b *batch) {
	b.deliver(u.set.Sink)
	u.holding.look(b.items)
	b.clear()
	u.holding.end(b, u.set.Sink, maxHolding)
}

// split adds the lines of a datagram to the batch. Senders that collect, such as g3proxy, put several into one. What is
// meant for journald is one message, however many lines it has.
func (u *datagrams) split(b *batch, d datagram) {
	source, ok := u.sources.Take(d.peer)
	if !ok {
		source = u.set.newSource(string(u.cfg.Transport), u.cfg.Endpoint, d.peer)
	}
	defer u.sources.Put(d.peer, source)
	whole := envelope.IsNative(d.text)
	for rest, more := d.text, true; more; {
		var text string
		if text, rest, more = rest, "", false; !whole {
			text, rest, more = strings.Cut(text, "\n")
		}
		more = more && rest != ""
		if !whole {
			text = strings.TrimSuffix(text, "\r")
		}
		if len(text) < len(d.text)/2 {
			// What is remembered of a short line must not keep all of a long datagram in memory.
			text = strings.Clone(text)
		}
		text, cut := line.Cut(text, u.set.MaxLine)
		if d.cut && !more && !cut {
			text, cut = line.Whole(text), true
		}
		b.add(source, decode.Line{Text: text, Cut: cut, Observed: d.at})
		if b.full() {
			u.flush(b)
		}
	}
}
