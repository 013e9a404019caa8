// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

// Package httpin receives lines in the bodies of HTTP requests, such as EdgeOne's real-time push.
//
// A request is answered with success when the next consumer has accepted all of its records, which it gets in one call.
// So a sender that repeats what was not accepted loses nothing, and what was accepted does not come again.
package httpin

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/config/confighttp"
	"go.uber.org/zap"

	"github.com/proxylog/proxylog/internal/cache"
	"github.com/proxylog/proxylog/internal/decode"
	"github.com/proxylog/proxylog/receiver/proxylogreceiver/internal/complaint"
	"github.com/proxylog/proxylog/receiver/proxylogreceiver/internal/deliver"
)

const (
	// maxPeers bounds the clients whose format is remembered.
	maxPeers = 4096
	// closeAfter is how long, at a shutdown, answers may take, before their connections are closed. Calls of the next
	// consumer are cancelled before that.
	closeAfter = 6 * time.Second
)

// Settings are what an Input needs from its surroundings.
type Settings struct {
	Telemetry component.TelemetrySettings
	// Host has the extensions that the server's configuration may name.
	Host    component.Host
	Decoder *decode.Decoder
	Sink    *deliver.Sink
	// MaxLine is the longest line, in bytes.
	MaxLine int
	// EdgeOne says that lines may be EdgeOne's entries.
	EdgeOne bool
}

// Input is a server.
type Input struct {
	cfg     Config
	set     Settings
	logger  *zap.Logger
	server  *http.Server
	serving chan struct{} // closed when the server takes no more connections
	slots   chan struct{}
	sources *cache.Cache[netip.Addr, *decode.Source]
	trouble *complaint.Log
	// stopping ends when the receiver stops: bodies are not waited for any more.
	stopping context.Context
	stop     context.CancelFunc

	mu      sync.Mutex
	running int  // requests
	waiting int  // of them, those that wait for a slot
	closed  bool // no request is let in any more
	idle    chan struct{}
}

// New makes a server that is not started yet.
func New(cfg Config, set Settings) *Input {
	logger := set.Telemetry.Logger.With(zap.String("transport", "http"), zap.String("endpoint", cfg.Server.NetAddr.Endpoint))
	stopping, stop := context.WithCancel(context.Background())
	return &Input{
		stopping: stopping, stop: stop,
		cfg: cfg, set: set, logger: logger, slots: make(chan struct{}, cfg.MaxConcurrentRequests),
		sources: cache.New[netip.Addr, *decode.Source](maxPeers), trouble: complaint.New(logger),
		idle: make(chan struct{}),
	}
}

// Start opens the port.
func (h *Input) Start(ctx context.Context) error {
	if h.cfg.Server.MaxRequestBodySize == 0 {
		h.cfg.Server.MaxRequestBodySize = defaultBody
	}
	var err error
	h.server, err = h.cfg.Server.ToServer(ctx, h.set.Host.GetExtensions(), h.set.Telemetry, h, confighttp.WithErrorHandler(h.refuse))
	if err != nil {
		return cmp.Or(h.checkAuth(ctx), fmt.Errorf("http: %w", err))
	}
	listener, err := h.cfg.Server.ToListener(ctx)
	if err != nil {
		h.server = nil
		return fmt.Errorf("http: %w", err)
	}
	h.logger.Info("listening", zap.Stringer("address", listener.Addr()))
	h.serving = make(chan struct{})
	go h.serve(listener)
	return nil
}

// checkAuth says what is wrong with the extension of auth: the error of ToServer does not always name it.
func (h *Input) checkAuth(ctx context.Context) error {
	auth := h.cfg.Server.Auth.Get()
	if auth == nil {
		return nil
	}
	if _, err := auth.Config.GetServerAuthenticator(ctx, h.set.Host.GetExtensions()); err != nil {
		return fmt.Errorf("http::auth::authenticator: %q: %w", auth.Config.AuthenticatorID, err)
	}
	return nil
}

func (h *Input) serve(listener net.Listener) {
	defer close(h.serving)
	if err := h.server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		h.logger.Error("the server stopped", zap.Error(err))
	}
}

// Shutdown takes no more requests, and waits for those that are under way: what the next consumer does not accept any
// more is answered so that it is sent again.
func (h *Input) Shutdown(ctx context.Context) error {
	h.set.Sink.Stop()
	h.stop()
	if h.server == nil {
		return nil
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		h.end(ctx)
	}()
	return h.set.Sink.Wait(ctx, done)
}

// end closes the server and returns when no request is under way.
func (h *Input) end(ctx context.Context) {
	wait := closeAfter
	if deadline, ok := ctx.Deadline(); ok {
		// Leave a part of the time for what follows when the connections are closed.
		wait = min(wait, time.Until(deadline)*3/4)
	}
	patience, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	if err := h.server.Shutdown(patience); err != nil {
		_ = h.server.Close()
	}
	<-h.serving
	h.mu.Lock()
	h.closed = true
	if h.running == 0 {
		close(h.idle)
	}
	h.mu.Unlock()
	<-h.idle
}

// enter counts a request in; false means that the server is closed.
func (h *Input) enter() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return false
	}
	h.running++
	return true
}

func (h *Input) leave() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.running--; h.running == 0 && h.closed {
		close(h.idle)
	}
}

// claim waits for one of the places for bodies; false means that there are too many requests.
func (h *Input) claim(ctx context.Context) bool {
	select {
	case h.slots <- struct{}{}:
		return true
	default:
	}
	h.mu.Lock()
	crowded := h.waiting >= 16*h.cfg.MaxConcurrentRequests
	if !crowded {
		h.waiting++
	}
	h.mu.Unlock()
	if crowded {
		return false
	}
	defer func() {
		h.mu.Lock()
		h.waiting--
		h.mu.Unlock()
	}()
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case h.slots <- struct{}{}:
		return true
	case <-timer.C:
	case <-ctx.Done():
	case <-h.set.Sink.Stopping():
	}
	return false
}
