// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

// Package collector runs the distribution over files until it has read them, and says what that has cost: the CPU time
// of the process, the most memory it held, and how long it took.
package collector

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/proxylog/proxylog/internal/selfmetrics"
)

// Pipeline is what is measured: a receiver, and processors behind it. The exporter is nop.
type Pipeline struct {
	// Receiver is its id, Config its configuration as YAML or JSON would hold it.
	Receiver string
	Config   map[string]any
	// Processors are the ids, in order, and their configurations.
	Processors []Processor
	// Env is added to the environment of the process, such as GOMAXPROCS=1.
	Env []string
}

// Processor is one processor of a pipeline.
type Processor struct {
	ID     string
	Config map[string]any
}

// Cost is what a run has cost.
type Cost struct {
	// CPU is user and system time of the process, start-up included.
	CPU time.Duration
	// RSS is the most memory that the process held at a time, in bytes.
	RSS int64
	// Wall is from the start of the process until the last line was accepted.
	Wall time.Duration
}

// Runner starts Collectors, one after the other.
type Runner struct {
	// Binary is the distribution.
	Binary string
	// GOGC is the garbage collector's setting, the same for every run.
	GOGC string
	// Patience is how long no line may be accepted before a run is given up.
	Patience time.Duration
}

// settleTime is how long a Collector without lines runs, so that all of its start is in its cost.
const settleTime = 700 * time.Millisecond

// pollEvery is how often the Collector is asked how many lines it has read. An answer costs it about a millisecond.
const pollEvery = 200 * time.Millisecond

// Run runs the pipeline until so many records were accepted by the exporter's side of the receiver. With 0 it measures
// what start and stop cost. More or fewer records are an error: then something was not read, or not as it should be.
func (r *Runner) Run(ctx context.Context, p Pipeline, records int64) (Cost, error) {
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		return Cost{}, err
	}
	defer os.RemoveAll(dir)
	port, err := selfmetrics.FreePort(ctx)
	if err != nil {
		return Cost{}, err
	}
	conf := filepath.Join(dir, "collector.json")
	b, err := json.MarshalIndent(p.config(port), "", "  ")
	if err != nil {
		return Cost{}, err
	}
	if err := os.WriteFile(conf, b, 0o600); err != nil {
		return Cost{}, err
	}
	out := &tail{limit: 8 << 10}
	cmd := exec.CommandContext(ctx, r.Binary, "--config", conf)
	cmd.Stdout, cmd.Stderr = out, out
	// One time zone for all, so that the same lines mean the same everywhere.
	cmd.Env = append(append(os.Environ(), "TZ=UTC", "GOGC="+r.GOGC), p.Env...)
	started := time.Now()
	if err := cmd.Start(); err != nil {
		return Cost{}, err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	err = r.wait(ctx, port, p.Receiver, records, ended)
	wall := time.Since(started)
	if err == nil && records == 0 {
		time.Sleep(settleTime)
	}
	rss := highWater(cmd.Process.Pid)
	if err == nil {
		err = cmd.Process.Signal(syscall.SIGTERM)
	} else {
		_ = cmd.Process.Kill()
	}
	if errEnd := <-ended; err == nil {
		err = errEnd
	}
	if err != nil {
		return Cost{}, fmt.Errorf("%w\n%s", err, out.text())
	}
	if rss == 0 {
		rss = maxRSS(cmd.ProcessState)
	}
	return Cost{CPU: cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), RSS: rss, Wall: wall}, nil
}

func (p *Pipeline) config(port int) map[string]any {
	type m = map[string]any
	processors, ids := m{}, []string{}
	for _, x := range p.Processors {
		processors[x.ID] = x.Config
		ids = append(ids, x.ID)
	}
	return m{
		"receivers": m{p.Receiver: p.Config}, "processors": processors, "exporters": m{"nop": nil},
		"service": m{
			"pipelines": m{"logs": m{"receivers": []string{p.Receiver}, "processors": ids, "exporters": []string{"nop"}}},
			"telemetry": m{
				"logs":    m{"level": "warn"},
				"metrics": selfmetrics.Config(port),
			},
		},
	}
}

var errEnded = errors.New("the Collector ended by itself")

// wait returns when so many records were accepted.
func (r *Runner) wait(ctx context.Context, port int, receiver string, records int64, ended chan error) error {
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	last, moved := int64(-1), time.Now()
	for {
		select {
		case err := <-ended:
			ended <- err
			return errEnded
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
		n, err := accepted(ctx, port, receiver)
		switch {
		case err == nil && n == records:
			return nil
		case err == nil && n > records:
			return fmt.Errorf("%d records of %d lines", n, records)
		case err == nil && n != last:
			last, moved = n, time.Now()
		case time.Since(moved) > r.Patience:
			return fmt.Errorf("%d of %d lines were accepted, and no more since %s: %w", last, records, r.Patience, err)
		}
	}
}

// accepted is how many records the receiver has handed on, by the Collector's own metrics. Lines that our receiver
// could not read are taken off: they are records too.
func accepted(ctx context.Context, port int, receiver string) (int64, error) {
	samples, err := selfmetrics.Read(ctx, http.DefaultClient, port)
	return count(samples, receiver), err
}

func count(samples []selfmetrics.Sample, receiver string) int64 {
	var n int64
	for _, s := range samples {
		switch {
		case strings.HasPrefix(s.Name, "otelcol_receiver_accepted_log_records") && s.Label("receiver") == receiver:
			n += int64(s.Value)
		case strings.HasPrefix(s.Name, "otelcol_receiver_proxylog_lines") && s.Label("outcome") != "parsed":
			n -= int64(s.Value)
		}
	}
	return n
}
