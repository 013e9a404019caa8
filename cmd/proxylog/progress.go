// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"
	"sync"

	"github.com/proxylog/proxylog/cmd/proxylog/internal/report"
	"github.com/proxylog/proxylog/cmd/proxylog/internal/screen"
)

// progress shows on a terminal how far the Collector is.
type progress struct {
	w     io.Writer
	mu    *sync.Mutex
	total int64
	shown bool
}

func (r *runner) progress(mu *sync.Mutex) *progress {
	p := &progress{mu: mu, total: r.lines}
	if screen.IsTerminal(r.stderr) {
		p.w = r.stderr
	}
	return p
}

func (p *progress) lines(n int64) {
	if p.w == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	fmt.Fprintf(p.w, "\r%s of %s lines\x1b[K", report.Count(n), report.Count(p.total))
	p.shown = true
}

func (p *progress) clear() {
	if p.shown {
		fmt.Fprint(p.w, "\r\x1b[K")
	}
}
