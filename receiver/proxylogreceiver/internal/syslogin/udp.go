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

	"go.uber.org/zap"

	"github.com/proxylog/proxylog/internal/decode"
	"github.com/proxylog/proxylog/receiver/proxylogreceiver/internal/cache"
	"github.com/proxylog/proxylog/receiver/proxylogreceiver/internal/line"
)

const (
	// queueDatagrams and queueBytes bound what waits for the next consumer.
	queueDatagrams = 16384
	queueBytes     = 16 << 20
	// socketBuffer is asked of the kernel, in bytes, for when lines come in a burst; it may give less.
	socketBuffer = 4 << 20
	// lastLook is how long, at a shutdown, the socket is read for what came before it.
	lastLook = 20 * time.Millisecond
)

// datagram is what one read of the socket gave.
type datagram struct {
	peer netip.Addr
	text string
	at   time.Time
}

type udp struct {
	cfg     Config
	set     Settings
	conn    *net.UDPConn
	queue   chan datagram
	queued  atomic.Int64 // bytes
	done    chan struct{}
	sources *cache.Cache[netip.Addr, *decode.Source]
}

func newUDP(cfg Config, set Settings) *udp {
	return &udp{
		cfg: cfg, set: set, queue: make(chan datagram, queueDatagrams), done: make(chan struct{}),
		sources: cache.New[netip.Addr, *decode.Source](maxPeers),
	}
}

// Start opens the socket.
func (u *udp) Start(ctx context.Context) error {
	conn, err := new(net.ListenConfig).ListenPacket(ctx, "udp", u.cfg.Endpoint)
	if err != nil {
		return fmt.Errorf("syslog: %w", err)
	}
	u.conn = conn.(*net.UDPConn)
	if err := u.conn.SetReadBuffer(socketBuffer); err != nil {
		u.set.Logger.Debug("the socket's buffer stays as it is", zap.Error(err))
	}
	u.set.Logger.Info("listening", zap.Stringer("address", u.conn.LocalAddr()))
	go u.read()
	go u.work()
	return nil
}

// Addr is where it listens.
func (u *udp) Addr() net.Addr { return u.conn.LocalAddr() }

// Shutdown stops reading and delivers what was read.
func (u *udp) Shutdown(ctx context.Context) error {
	u.set.Sink.Stop()
	if u.conn == nil {
		return nil
	}
	_ = u.conn.SetReadDeadline(time.Now().Add(lastLook))
	return u.set.Sink.Wait(ctx, u.done)
}

// read moves datagrams from the socket to the queue.
func (u *udp) read() {
	defer close(u.queue)
	defer u.conn.Close()
	buf := make([]byte, 64<<10) // a datagram is never longer
	for {
		n, peer, err := u.conn.ReadFromUDPAddrPort(buf)
		switch {
		case err == nil:
		case u.set.Sink.Stopped() || errors.Is(err, net.ErrClosed):
			return
		case errors.Is(err, os.ErrDeadlineExceeded):
			continue
		default:
			u.set.Logger.Warn("reading the socket failed", zap.Error(err))
			select {
			case <-u.set.Sink.Stopping():
			case <-time.After(time.Second):
			}
			continue
		}
		text := buf[:n]
		if u.queued.Add(int64(n)) > queueBytes {
			u.drop(text)
			continue
		}
		select {
		case u.queue <- datagram{peer.Addr().Unmap(), string(text), u.set.Sink.Now()}:
		default:
			u.drop(text)
		}
	}
}

// drop counts the lines of a datagram that there is no room for.
func (u *udp) drop(text []byte) {
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
func (u *udp) work() {
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
				b.flush(u.set.Sink)
				return
			}
			if len(b.items) == 0 {
				timer.Reset(flushAfter)
			}
			u.queued.Add(-int64(len(d.text)))
			u.split(&b, d)
		case <-flush:
			b.flush(u.set.Sink)
		}
	}
}

// split adds the lines of a datagram to the batch. Senders that collect, such as g3proxy, put several into one.
func (u *udp) split(b *batch, d datagram) {
	source, ok := u.sources.Take(d.peer)
	if !ok {
		source = u.set.newSource("udp", d.peer)
	}
	defer u.sources.Put(d.peer, source)
	for rest, more := d.text, true; more; {
		var text string
		text, rest, more = strings.Cut(rest, "\n")
		more = more && rest != ""
		text, cut := line.Cut(strings.TrimSuffix(text, "\r"), u.set.MaxLine)
		b.add(source, decode.Line{Text: text, Cut: cut, Observed: d.at})
		if b.full() {
			b.flush(u.set.Sink)
		}
	}
}
