// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

// Package fluentin receives messages of the fluentd forward protocol, as g3proxy's fluentd driver, fluentd and Fluent Bit
// send them, over TCP with or without TLS.
//
// A connection is read on only when the next consumer has accepted what was read, and a chunk is acknowledged only then.
// Nothing but acknowledgements and the handshake is ever sent: g3proxy closes a connection on which anything comes.
package fluentin

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/netip"
	"os"
	"time"

	"go.uber.org/zap"

	"github.com/proxylog/proxylog/internal/cache"
	"github.com/proxylog/proxylog/internal/decode"
	"github.com/proxylog/proxylog/receiver/proxylogreceiver/internal/complaint"
	"github.com/proxylog/proxylog/receiver/proxylogreceiver/internal/deliver"
	"github.com/proxylog/proxylog/receiver/proxylogreceiver/internal/listener"
)

const (
	// handshakeTimeout is how long a client may take for the handshakes of TLS and of the protocol.
	handshakeTimeout = 10 * time.Second
	// writeTimeout is how long a client may take to receive an acknowledgement.
	writeTimeout = 10 * time.Second
	// maxSources bounds the senders and tags whose format is remembered.
	maxSources = 4096
)

// Settings are what an Input needs from its surroundings.
type Settings struct {
	Logger *zap.Logger
	// Decoder has to take messages out of their envelope.
	Decoder *decode.Decoder
	Sink    *deliver.Sink
	// MaxLine is the longest line, in bytes.
	MaxLine int
}

// stream tells streams of lines apart: a sender may collect those of several programs, each with its tag.
type stream struct {
	peer netip.Addr
	tag  string
}

// Input is a listener.
type Input struct {
	cfg      Config
	set      Settings
	listener *listener.Listener
	sources  *cache.Cache[stream, *decode.Source]
	trouble  *complaint.Log
	hostname string
}

// New makes a listener that is not started yet.
func New(cfg Config, set Settings) *Input {
	set.Logger = set.Logger.With(zap.String("transport", "fluent"), zap.String("endpoint", cfg.Endpoint))
	t := &Input{
		cfg: cfg, set: set, trouble: complaint.New(set.Logger),
		sources: cache.New[stream, *decode.Source](maxSources),
	}
	t.listener = listener.New(listener.Settings{
		Logger: set.Logger, Sink: set.Sink, Trouble: t.trouble, MaxConnections: cfg.MaxConnections, Serve: t.serve,
	})
	return t
}

// Start opens the port.
func (t *Input) Start(ctx context.Context) error {
	var err error
	if t.hostname = t.cfg.Hostname; t.hostname == "" && t.cfg.SharedKey != "" {
		if t.hostname, err = os.Hostname(); err != nil {
			return fmt.Errorf("fluent::hostname: set it, since this machine has none: %w", err)
		}
	}
	var secure *tls.Config
	if t.cfg.TLS.HasValue() {
		if secure, err = t.cfg.TLS.Get().LoadTLSConfig(ctx); err != nil {
			return fmt.Errorf("fluent::tls: %w", err)
		}
	}
	if err = t.listener.Open(ctx, t.cfg.Endpoint, secure); err != nil {
		return fmt.Errorf("fluent: %w", err)
	}
	return nil
}

// Shutdown closes the port and all connections, and delivers what was read of them and cannot be asked for again.
func (t *Input) Shutdown(ctx context.Context) error { return t.listener.Shutdown(ctx) }

// serve reads one connection to its end. A client that is gone without a word is found by the keep-alive that Go turns
// on for every connection; one that is merely silent may stay, as g3proxy's loggers do that have nothing to say.
func (t *Input) serve(conn net.Conn) {
	c := newConnection(t, conn)
	if err := c.greet(); err != nil {
		if !t.set.Sink.Stopped() {
			t.trouble.Warn(t.set.Sink.Now(), "a client is turned away: the handshake failed",
				zap.Stringer("peer", conn.RemoteAddr()), zap.Error(err))
		}
		return
	}
	if err := c.run(); err != nil && !t.set.Sink.Stopped() {
		t.trouble.Warn(t.set.Sink.Now(), "a connection is closed", zap.Stringer("peer", conn.RemoteAddr()), zap.Error(err))
	}
}
