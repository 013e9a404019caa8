// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package collector

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/proxylog/proxylog/internal/selfmetrics"
)

// Settings are what a run needs.
type Settings struct {
	// Binary is the distribution.
	Binary string
	// Dir is where configuration and output are written.
	Dir string
	// Config is completed by Run with its output and port.
	Config Config
	// Lines is how many lines the files hold that are not blank.
	Lines int64
	// Environ is the environment of the process.
	Environ []string
	// Patience is how long the Collector may make no progress, in reading and in stopping.
	Patience time.Duration
	// Startup is how long it may take until its metrics are to be had; 0 is Patience.
	Startup time.Duration
	// Say gets what the Collector logs, line by line. It is called from another goroutine.
	Say func(string)
	// Progress, where it is set, hears how many lines are settled.
	Progress func(lines int64)
}

// Result is what a run leaves.
type Result struct {
	// Output is the file with the records.
	Output string
	// Settled is what became of the lines, by the outcome of the receiver's counter.
	Settled map[string]int64
}

// Lines is how many lines are settled, blank ones aside.
func (r *Result) Lines() int64 {
	var n int64
	for outcome, k := range r.Settled {
		if outcome != "empty" {
			n += k
		}
	}
	return n
}

// Errors by which a run fails.
var (
	// ErrStalled: lines are missing, and no more come.
	ErrStalled = errors.New("the Collector makes no progress")
	// ErrEnded: the Collector ended before it was told to.
	ErrEnded = errors.New("the Collector ended by itself")
)

// interval is the time between two looks at the Collector.
const interval = 100 * time.Millisecond

// ports is how often another port is tried when the chosen one is taken by somebody else in the meantime.
const ports = 3

// Run runs the Collector until all lines are settled, and stops it. Where the error is ErrStalled, or that of the
// context, the Collector was stopped in order all the same, and the result holds what it has read.
func Run(ctx context.Context, set *Settings) (*Result, error) {
	for try := 1; ; try++ {
		r, taken, err := run(ctx, set)
		if err == nil || !taken || try == ports {
			return r, err
		}
	}
}

func run(ctx context.Context, set *Settings) (*Result, bool, error) {
	port, err := selfmetrics.FreePort(ctx)
	if err != nil {
		return nil, false, err
	}
	cfg := set.Config
	cfg.Port, cfg.Output = port, filepath.Join(set.Dir, "records.jsonl")
	text, err := cfg.YAML()
	if err != nil {
		return nil, false, err
	}
	path := filepath.Join(set.Dir, "config.yaml")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		return nil, false, fmt.Errorf("writing the configuration: %w", err)
	}
	c, err := start(set.Binary, path, set.Environ, set.Say)
	if err != nil {
		return nil, false, err
	}
	r := &Result{Output: cfg.Output}
	waitErr := r.wait(ctx, set, c, port)
	if errors.Is(waitErr, ErrEnded) {
		return r, c.log.portTaken(), waitErr
	}
	if err := stop(c, cfg.Output, set.Patience); err != nil {
		return r, false, errors.Join(waitErr, err)
	}
	return r, false, waitErr
}

// wait returns when all lines are settled.
func (r *Result) wait(ctx context.Context, set *Settings, c *child, port int) error {
	client := &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{DisableKeepAlives: true, Proxy: nil}}
	tick := time.NewTicker(interval)
	defer tick.Stop()
	moved, answered := time.Now(), false
	startup := set.Startup
	if startup == 0 {
		startup = set.Patience
	}
	for {
		counts, err := settled(ctx, client, port)
		if err == nil {
			before := r.Lines()
			r.Settled = counts
			if !answered || r.Lines() != before {
				moved, answered = time.Now(), true
			}
			if set.Progress != nil {
				set.Progress(r.Lines())
			}
			if r.Lines() >= set.Lines {
				return nil
			}
		}
		select {
		case <-c.exited:
			return fmt.Errorf("%w: %s", ErrEnded, exitText(c.err))
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
		if !answered {
			if time.Since(moved) < startup {
				continue
			}
			return fmt.Errorf("%w: its metrics were not to be had for %s: %w", ErrStalled, startup, err)
		}
		if time.Since(moved) < set.Patience {
			continue
		}
		return fmt.Errorf("%w: for %s it has settled %d of %d lines", ErrStalled, set.Patience, r.Lines(), set.Lines)
	}
}

// stop ends the Collector, which first writes the sessions that are still open: as long as the output grows, it is at
// work.
func stop(c *child, output string, patience time.Duration) error {
	if err := terminate(c.cmd); err != nil && !c.ended() {
		c.cmd.Process.Kill()
		<-c.exited
		return fmt.Errorf("stopping the Collector: %w", err)
	}
	tick := time.NewTicker(interval)
	defer tick.Stop()
	moved, size := time.Now(), int64(-1)
	for {
		select {
		case <-c.exited:
			if c.err != nil {
				return fmt.Errorf("the Collector failed when it was stopped: %s", exitText(c.err))
			}
			return nil
		case <-tick.C:
		}
		if info, err := os.Stat(output); err == nil && info.Size() != size {
			moved, size = time.Now(), info.Size()
		}
		if time.Since(moved) > patience {
			c.cmd.Process.Kill()
			<-c.exited
			return fmt.Errorf("the Collector did not end within %s and was killed; open sessions are missing", patience)
		}
	}
}

func exitText(err error) string {
	if err == nil {
		return "exit status 0"
	}
	return err.Error()
}
