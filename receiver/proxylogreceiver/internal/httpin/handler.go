// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package httpin

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"go.opentelemetry.io/collector/client"
	"go.uber.org/zap"

	"github.com/proxylog/proxylog/internal/decode"
	"github.com/proxylog/proxylog/internal/line"
	"github.com/proxylog/proxylog/receiver/proxylogreceiver/internal/deliver"
)

const (
	// patience is how long a request waits while the next consumer refuses, or for its turn, before its sender is told
	// to come again: not every sender does.
	patience = 3 * time.Second
	// maxLines bounds the lines of a body, which become records at the same time. Lines of proxies are long enough for
	// 20 MiB of them to be fewer.
	maxLines = 200_000
	// retryAfter is when a sender should come again, in seconds.
	retryAfter = "5"
)

// ServeHTTP answers one request.
func (h *Input) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !h.enter() {
		reply(w, http.StatusServiceUnavailable, stopping, h.set.Sink.Now())
		return
	}
	defer h.leave()
	switch {
	case h.cfg.Path != "/" && r.URL.Path != h.cfg.Path:
		reply(w, http.StatusNotFound, "no such path", h.set.Sink.Now())
		return
	case r.Method != http.MethodPost:
		w.Header().Set("Allow", http.MethodPost)
		reply(w, http.StatusMethodNotAllowed, "only POST", h.set.Sink.Now())
		return
	}
	if auth := h.cfg.EdgeOneAuth.Get(); auth != nil {
		if err := auth.verify(r.URL, h.set.Sink.Now()); err != nil {
			h.refuse(w, r, err.Error(), http.StatusUnauthorized)
			return
		}
	}
	if !h.claim(r.Context()) {
		h.refuse(w, r, "too many requests at once", http.StatusTooManyRequests)
		return
	}
	defer func() { <-h.slots }()
	body, err := h.read(w, r)
	var long *http.MaxBytesError
	switch {
	case errors.As(err, &long):
		h.refuse(w, r, "the body is longer than max_request_body_size", http.StatusRequestEntityTooLarge)
	case err != nil && h.stopping.Err() != nil:
		h.refuse(w, r, stopping, http.StatusServiceUnavailable)
	case err != nil && r.Context().Err() != nil:
		// The client has gone.
	case err != nil:
		h.refuse(w, r, "the body cannot be read", http.StatusBadRequest)
	default:
		h.deliver(w, r, body)
	}
}

// read reads the body, unpacked. Nothing is allocated because of what its header says of its length. A body that is
// still on its way when the receiver stops has to come again.
func (h *Input) read(w http.ResponseWriter, r *http.Request) (string, error) {
	release := context.AfterFunc(h.stopping, func() {
		// Where the connection does not know deadlines, it is closed in the end.
		_ = http.NewResponseController(w).SetReadDeadline(time.Now())
	})
	defer release()
	var b strings.Builder
	if _, err := io.Copy(&b, r.Body); err != nil {
		return "", err
	}
	return b.String(), nil
}

const stopping = "the receiver stops"

// deliver hands over the lines of a body and answers when it is settled what becomes of them.
func (h *Input) deliver(w http.ResponseWriter, r *http.Request, body string) {
	now := h.set.Sink.Now()
	lines, ok := split(body, h.set.EdgeOne, maxLines)
	if !ok {
		h.refuse(w, r, "the body has too many lines", http.StatusRequestEntityTooLarge)
		return
	}
	peer := peerOf(r)
	source, ok := h.sources.Take(peer)
	if !ok {
		name := h.cfg.Server.NetAddr.Endpoint
		if peer.IsValid() {
			name = peer.String()
		}
		source = h.set.Decoder.NewSource("http " + name)
	}
	defer h.sources.Put(peer, source)
	items := make([]deliver.Item, 0, len(lines)+1)
	for _, l := range lines {
		text, cut := line.Cut(l, h.set.MaxLine)
		// A text of its own: what is remembered of one line must not keep the whole body in memory.
		text = strings.Clone(text)
		items = append(items, deliver.Item{Source: source, Line: decode.Line{Text: text, Cut: cut, Observed: now}})
	}
	// No line goes on in the next request.
	items = append(items, deliver.Item{Source: source, Line: decode.Line{End: true, Observed: now}})
	limit := deliver.Limit{Patience: patience, Client: client.FromContext(r.Context())}
	switch h.set.Sink.Deliver(items, limit) {
	case deliver.Accepted:
		reply(w, http.StatusOK, "Success", now)
	case deliver.Refused:
		// Repeating it would lead to the same.
		reply(w, http.StatusBadRequest, "the records are refused for good", now)
	case deliver.Impatient:
		h.refuse(w, r, "the next consumer does not accept records now", http.StatusServiceUnavailable)
	case deliver.Stopped:
		h.refuse(w, r, stopping, http.StatusServiceUnavailable)
	}
}

// peerOf is the client's address; an invalid one where there is none, as with a unix socket.
func peerOf(r *http.Request) netip.Addr {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	return peer.Addr().Unmap()
}

// refuse answers a request that brought nothing, and says so in the log now and then.
func (h *Input) refuse(w http.ResponseWriter, r *http.Request, reason string, status int) {
	now := h.set.Sink.Now()
	message := "requests are turned away"
	switch status {
	case http.StatusUnauthorized:
		message = "requests are turned away: they are not signed as edgeone_auth or auth wants it"
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		w.Header().Set("Retry-After", retryAfter)
		message = "requests are told to come again"
	}
	h.trouble.Warn(now, message, zap.String("peer", r.RemoteAddr), zap.String("path", r.URL.Path),
		zap.Int("status", status), zap.String("reason", reason))
	reply(w, status, reason, now)
}

// reply answers in the shape that the sample server of EdgeOne's documentation has (Push to HTTP Server), whatever the
// sender makes of it.
func reply(w http.ResponseWriter, status int, description string, now time.Time) {
	code := "1"
	if status >= http.StatusBadRequest {
		code = "-1"
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	// An error means that the client has gone; it will send its lines again.
	_ = json.NewEncoder(w).Encode(struct {
		Code        string `json:"result_code"`
		Description string `json:"result_desc"`
		Timestamp   int64  `json:"timestamp"`
	}{code, description, now.Unix()})
}
