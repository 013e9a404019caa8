// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

// Package listener takes TCP connections in, up to a number, until the receiver stops: what the inputs that are servers
// of their own protocol have in common.
package listener

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"sync"
	"time"

	"go.uber.org/zap"

	"github.com/proxylog/proxylog/receiver/proxylogreceiver/internal/complaint"
	"github.com/proxylog/proxylog/receiver/proxylogreceiver/internal/deliver"
)

// Settings are what a Listener needs from its input.
type Settings struct {
	Logger *zap.Logger
	Sink   *deliver.Sink
	// Trouble hears of clients that are turned away.
	Trouble *complaint.Log
	// MaxConnections is how many clients there may be at a time.
	MaxConnections int
	// Serve reads one connection to its end, in a goroutine of its own; the Listener closes it afterwards. It has to
	// return soon when a read fails with a deadline that it did not set, which is how Shutdown ends it.
	Serve func(net.Conn)
}

// Listener is a port and its connections.
type Listener struct {
	set     Settings
	port    net.Listener
	running sync.WaitGroup

	mu    sync.Mutex
	conns map[net.Conn]struct{}
}

// New makes a Listener that is not open yet.
func New(set Settings) *Listener {
	return &Listener{set: set, conns: make(map[net.Conn]struct{})}
}

// Open opens the port, with TLS where secure is set.
func (l *Listener) Open(ctx context.Context, endpoint string, secure *tls.Config) error {
	port, err := new(net.ListenConfig).Listen(ctx, "tcp", endpoint)
	if err != nil {
		return err
	}
	if secure != nil {
		// A client that only sends never reads a session ticket, and a connection that is closed before what came was read
		// is reset: what is still on its way would be lost.
		secure.SessionTicketsDisabled = true
		port = tls.NewListener(port, secure)
	}
	l.port = port
	l.set.Logger.Info("listening", zap.Stringer("address", port.Addr()))
	l.running.Go(l.accept)
	return nil
}

// Addr is where it listens.
func (l *Listener) Addr() net.Addr { return l.port.Addr() }

// Shutdown closes the port and all connections, and waits until what was read of them is delivered, as Sink.Wait does.
// It does nothing to a port that was never opened, but for stopping the Sink.
func (l *Listener) Shutdown(ctx context.Context) error {
	l.set.Sink.Stop()
	if l.port == nil {
		return nil
	}
	err := l.port.Close()
	l.mu.Lock()
	for conn := range l.conns {
		_ = conn.SetReadDeadline(time.Now())
	}
	l.mu.Unlock()
	done := make(chan struct{})
	go func() {
		l.running.Wait()
		close(done)
	}()
	return errors.Join(err, l.set.Sink.Wait(ctx, done))
}

// accept takes clients in until the port is closed.
func (l *Listener) accept() {
	for {
		conn, err := l.port.Accept()
		switch {
		case err == nil:
		case errors.Is(err, net.ErrClosed):
			return
		default:
			// Such as too many open files: it passes.
			l.set.Logger.Warn("accepting a connection failed", zap.Error(err))
			select {
			case <-l.set.Sink.Stopping():
				return
			case <-time.After(time.Second):
			}
			continue
		}
		if !l.admit(conn) {
			_ = conn.Close()
			l.set.Trouble.Warn(l.set.Sink.Now(), "a client is turned away: there are max_connections already",
				zap.Stringer("peer", conn.RemoteAddr()), zap.Int("max_connections", l.set.MaxConnections))
			continue
		}
		l.running.Go(func() { l.serve(conn) })
	}
}

// admit notes the connection, so that Shutdown finds it.
func (l *Listener) admit(conn net.Conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.conns) >= l.set.MaxConnections || l.set.Sink.Stopped() {
		return false
	}
	l.conns[conn] = struct{}{}
	return true
}

func (l *Listener) serve(conn net.Conn) {
	defer func() {
		_ = conn.Close()
		l.mu.Lock()
		delete(l.conns, conn)
		l.mu.Unlock()
	}()
	l.set.Serve(conn)
}
