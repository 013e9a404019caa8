// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package syslogin

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"time"

	"go.uber.org/zap"

	"github.com/proxylog/proxylog/internal/cache"
	"github.com/proxylog/proxylog/internal/decode"
	"github.com/proxylog/proxylog/internal/line"
	"github.com/proxylog/proxylog/receiver/proxylogreceiver/internal/complaint"
	"github.com/proxylog/proxylog/receiver/proxylogreceiver/internal/listener"
)

// handshakeTimeout is how long a client may take for the TLS handshake.
const handshakeTimeout = 10 * time.Second

type tcp struct {
	cfg      Config
	set      Settings
	listener *listener.Listener
	sources  *cache.Cache[netip.Addr, *decode.Source]
	trouble  *complaint.Log
}

func newTCP(cfg Config, set Settings) *tcp {
	if cfg.MaxConnections == 0 {
		cfg.MaxConnections = defaultConnections
	}
	t := &tcp{
		cfg: cfg, set: set, trouble: complaint.New(set.Logger),
		sources: cache.New[netip.Addr, *decode.Source](maxPeers),
	}
	t.listener = listener.New(listener.Settings{
		Logger: set.Logger, Sink: set.Sink, Trouble: t.trouble, MaxConnections: cfg.MaxConnections, Serve: t.serve,
	})
	return t
}

// Start opens the port.
func (t *tcp) Start(ctx context.Context) error {
	var err error
	var secure *tls.Config
	if t.cfg.TLS.HasValue() {
		// The certificate is read again as reload_interval says, and the file of the clients' authorities, with
		// client_ca_file_reload, when it changes.
		if secure, err = t.cfg.TLS.Get().LoadTLSConfig(ctx); err != nil {
			return fmt.Errorf("%s::tls: %w", t.set.Path, err)
		}
	}
	if err = t.listener.Open(ctx, t.cfg.Endpoint, secure); err != nil {
		return fmt.Errorf("%s: %w", t.set.Path, err)
	}
	return nil
}

// Addr is where it listens.
func (t *tcp) Addr() net.Addr { return t.listener.Addr() }

// Shutdown closes the port and all connections, and delivers what was read of them.
func (t *tcp) Shutdown(ctx context.Context) error { return t.listener.Shutdown(ctx) }

// serve reads one connection to its end. A client that is gone without a word is found by the keep-alive that Go turns
// on for every connection; one that is merely silent may stay.
func (t *tcp) serve(conn net.Conn) {
	if err := t.greet(conn); err != nil {
		return
	}
	peer := netip.Addr{}
	if a, ok := conn.RemoteAddr().(*net.TCPAddr); ok {
		peer = a.AddrPort().Addr().Unmap()
	}
	source, ok := t.sources.Take(peer)
	if !ok {
		source = t.set.newSource("tcp", t.cfg.Endpoint, peer)
	}
	defer t.sources.Put(peer, source)

	r := reader{set: &t.set, conn: conn, source: source, frames: framer{max: t.set.MaxLine}, buf: make([]byte, minBuffer)}
	if err := r.run(); !errors.Is(err, io.EOF) && !t.set.Sink.Stopped() {
		t.set.Logger.Debug("a connection broke", zap.Stringer("peer", conn.RemoteAddr()), zap.Error(err))
	}
}

// greet shakes hands with a client of a listener with TLS. Who takes long over it gives its place to others.
func (t *tcp) greet(conn net.Conn) error {
	secure, ok := conn.(*tls.Conn)
	if !ok {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), handshakeTimeout)
	defer cancel()
	err := secure.HandshakeContext(ctx)
	if err != nil && !t.set.Sink.Stopped() {
		t.trouble.Warn(t.set.Sink.Now(), "a client is turned away: the TLS handshake failed",
			zap.Stringer("peer", conn.RemoteAddr()), zap.Error(err))
	}
	return err
}

// minBuffer is what a connection's buffer begins with, in bytes. It grows up to the longest line.
const minBuffer = 16 << 10

// reader turns what a connection brings into batches.
type reader struct {
	set    *Settings
	conn   net.Conn
	source *decode.Source
	frames framer
	buf    []byte
	have   int // bytes of buf that are not done with
	batch  batch
}

// run reads until the connection ends or the receiver stops. Lines of which the last is not complete are delivered all
// the same: nobody will send them again.
func (r *reader) run() error {
	for {
		wake := time.Time{} // never
		switch {
		case len(r.batch.items) > 0:
			wake = time.Now().Add(flushAfter - r.set.Sink.Now().Sub(r.batch.since))
		case r.have > 0 && !r.frames.began:
			wake = time.Now().Add(flushAfter)
		}
		if err := r.arm(wake); err != nil {
			return r.finish(err)
		}
		n, err := r.conn.Read(r.buf[r.have:])
		r.have += n
		r.frames.quiet = n == 0
		r.lines(false)
		var timeout net.Error
		switch {
		case err == nil:
			if r.set.Sink.Now().Sub(r.batch.since) >= flushAfter {
				r.batch.flush(r.set.Sink)
			}
		case errors.As(err, &timeout) && timeout.Timeout() && !r.set.Sink.Stopped():
			r.batch.flush(r.set.Sink)
		default:
			return r.finish(err)
		}
	}
}

// arm sets when the next read gives up; the shutdown's deadline of now must not be moved.
func (r *reader) arm(wake time.Time) error {
	if err := r.conn.SetReadDeadline(wake); err != nil {
		return err
	}
	if r.set.Sink.Stopped() {
		return r.conn.SetReadDeadline(time.Now())
	}
	return nil
}

// finish delivers what was read. Nobody goes on with a line of which a piece came, nor is there anybody to keep it for.
func (r *reader) finish(err error) error {
	r.lines(true)
	r.batch.add(r.source, decode.Line{End: true, Observed: r.set.Sink.Now()})
	r.batch.flush(r.set.Sink)
	return err
}

// lines takes the messages out of the buffer, and makes room in it.
func (r *reader) lines(end bool) {
	data := r.buf[:r.have]
	now := r.set.Sink.Now()
	for len(data) > 0 {
		n, message, cut, ok := r.frames.next(data, end)
		data = data[n:]
		if !ok {
			break
		}
		// The buffer is used again, so the record needs a text of its own.
		text := string(message)
		if cut {
			text = line.Whole(text)
		}
		r.batch.add(r.source, decode.Line{Text: text, Cut: cut, Observed: now})
		if r.batch.full() {
			r.batch.flush(r.set.Sink)
			now = r.set.Sink.Now()
		}
	}
	r.have = copy(r.buf, data)
	switch {
	case r.have == len(r.buf):
		r.buf = append(r.buf, make([]byte, len(r.buf))...)
	case r.have == 0 && len(r.buf) > 4*minBuffer:
		r.buf = make([]byte, minBuffer) // what a long line needed
	}
}
