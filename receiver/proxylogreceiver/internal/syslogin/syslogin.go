// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

// Package syslogin receives lines over the network, one syslog message or bare line each: by UDP, by TCP with or without
// TLS, and over a unix datagram socket.
//
// TCP waits until the next consumer has accepted what was read, so that a slow consumer slows the senders down. UDP
// cannot do that, and over a unix socket it would stop the proxy: lines wait in a bounded queue, and what does not fit
// is counted and lost. What the kernel drops before, for want of room in the socket, it says on Linux, and is counted.
package syslogin

import (
	"context"
	"net/netip"
	"time"

	"go.opentelemetry.io/collector/config/confignet"
	"go.uber.org/zap"

	"github.com/proxylog/proxylog/internal/decode"
	"github.com/proxylog/proxylog/receiver/proxylogreceiver/internal/deliver"
)

const (
	// maxItems is how many lines a batch holds at most: small ones stay in the processor's cache.
	maxItems = 200
	// maxBatchBytes bounds a batch of long lines.
	maxBatchBytes = 1 << 20
	// flushAfter is how long a line waits for others.
	flushAfter = 200 * time.Millisecond
	// maxPeers bounds the senders whose format is remembered.
	maxPeers = 4096
)

// Settings are what an Input needs from its surroundings.
type Settings struct {
	// Path is that of the listener in the configuration, for errors.
	Path    string
	Logger  *zap.Logger
	Decoder *decode.Decoder
	Sink    *deliver.Sink
	// MaxLine is the longest line, in bytes.
	MaxLine int
}

// Input is one listener.
type Input interface {
	Start(ctx context.Context) error
	Shutdown(ctx context.Context) error
}

// New makes a listener that is not started yet.
func New(cfg Config, set Settings) Input {
	set.Logger = set.Logger.With(zap.String("transport", string(cfg.Transport)), zap.String("endpoint", cfg.Endpoint))
	if cfg.Transport == confignet.TransportTypeTCP {
		return newTCP(cfg, set)
	}
	return newDatagrams(cfg, set)
}

// newSource makes the memory of what a peer sends. Peers are told apart by address alone: the port changes with every
// restart of a sender. Those of a unix socket have none, and go by the socket's path.
func (s *Settings) newSource(transport, endpoint string, peer netip.Addr) *decode.Source {
	name := endpoint
	if peer.IsValid() {
		name = peer.String()
	}
	return s.Decoder.NewSource(transport + " " + name)
}

// batch collects lines until they are worth a call of the next consumer.
type batch struct {
	items []deliver.Item
	bytes int
	since time.Time // when the first line came
}

func (b *batch) add(source *decode.Source, l decode.Line) {
	if len(b.items) == 0 {
		b.since = l.Observed
	}
	b.items = append(b.items, deliver.Item{Source: source, Line: l})
	b.bytes += len(l.Text)
}

func (b *batch) full() bool { return len(b.items) >= maxItems || b.bytes >= maxBatchBytes }

// flush delivers what there is, and waits until it is settled or the receiver stops.
func (b *batch) flush(sink *deliver.Sink) {
	b.deliver(sink)
	b.clear()
}

func (b *batch) deliver(sink *deliver.Sink) {
	if len(b.items) > 0 && sink.Deliver(b.items, deliver.Limit{Last: true}) == deliver.Stopped {
		sink.GiveUp(b.items)
	}
}

func (b *batch) clear() {
	clear(b.items)
	b.items, b.bytes = b.items[:0], 0
}
