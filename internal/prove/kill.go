// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"go.opentelemetry.io/collector/pdata/plog/plogotlp"
)

// killing runs the real Collector over a file that grows, kills it again and again with SIGKILL at random moments, and
// adds up what a sink acknowledged over all its lives.
type killing struct {
	collector string
	kills     int
	rng       *rand.Rand
	// patience is how long the last life may take to put out what is still open.
	patience time.Duration
}

// configuration is YAML, since JSON is.
func configuration(format, log, storage, endpoint string) ([]byte, error) {
	type m = map[string]any
	return json.MarshalIndent(m{
		"extensions": m{"file_storage": m{"directory": storage, "create_directory": true}},
		"receivers": m{"proxylog": m{
			"format": format, "storage": "file_storage",
			"file": m{"include": []string{log}, "start_at": "beginning", "poll_interval": "50ms"},
		}},
		"processors": m{"session_stitch": m{
			"storage": "file_storage", "durability": "journal", "idle_timeout": "2s", "end_linger": "1s", "late_window": "4h",
		}},
		"exporters": m{"otlp_http": m{
			"endpoint": endpoint, "compression": "none", "sending_queue": m{"enabled": false},
			"retry_on_failure": m{"initial_interval": "50ms", "max_interval": "500ms"},
		}},
		"service": m{
			"extensions": []string{"file_storage"},
			"telemetry":  m{"metrics": m{"level": "none"}, "logs": m{"level": "warn"}},
			"pipelines": m{"logs": m{
				"receivers": []string{"proxylog"}, "processors": []string{"session_stitch"}, "exporters": []string{"otlp_http"},
			}},
		},
	}, "", "  ")
}

// serve takes records by OTLP over HTTP. Now and then it refuses, or takes a batch and lets the answer get lost.
func (k *killing) serve(got *sums) (endpoint string, stop func(), err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	rng := rand.New(rand.NewPCG(k.rng.Uint64(), 1))
	turn := make(chan int, 1)
	turn <- 0
	srv := &http.Server{ReadHeaderTimeout: 10 * time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, err := io.ReadAll(r.Body)
		req := plogotlp.NewExportRequest()
		if err != nil || req.UnmarshalProto(b) != nil {
			http.Error(w, "cut", http.StatusBadRequest)
			return
		}
		<-turn
		dice := rng.IntN(10)
		turn <- 0
		if dice != 0 {
			got.add(req.Logs())
		}
		if dice <= 1 {
			http.Error(w, "busy", http.StatusServiceUnavailable)
			return
		}
		w.Header().Set("Content-Type", "application/x-protobuf")
		out, _ := plogotlp.NewExportResponse().MarshalProto()
		_, _ = w.Write(out)
	})}
	go func() { _ = srv.Serve(l) }()
	return "http://" + l.Addr().String(), func() { _ = srv.Close() }, nil
}

func (k *killing) run(ctx context.Context, s set) (got *sums, killed int, err error) {
	dir, err := os.MkdirTemp("", "prove")
	if err != nil {
		return nil, 0, err
	}
	defer os.RemoveAll(dir)
	got = newSums()
	endpoint, stop, err := k.serve(got)
	if err != nil {
		return nil, 0, err
	}
	defer stop()
	log, conf := filepath.Join(dir, "grows.log"), filepath.Join(dir, "collector.yaml")
	b, err := configuration(s.format, log, filepath.Join(dir, "storage"), endpoint)
	if err != nil {
		return nil, 0, err
	}
	if err := os.WriteFile(conf, b, 0o600); err != nil {
		return nil, 0, err
	}
	file, err := os.Create(log)
	if err != nil {
		return nil, 0, err
	}
	defer file.Close()
	lines := s.lines
	for life := 0; ; life++ {
		last := life == k.kills
		c, err := k.start(ctx, conf)
		if err != nil {
			return got, killed, err
		}
		if !last {
			chunk := (len(s.lines) + k.kills - 1) / k.kills
			n := min(chunk, len(lines))
			err = k.live(c, file, lines[:n])
			lines = lines[n:]
			killed++
		} else {
			err = k.outlive(c, got, s)
		}
		c.kill()
		if err != nil {
			return got, killed, fmt.Errorf("%w\n%s", err, c.output.String())
		}
		if last {
			return got, killed, nil
		}
	}
}

// live appends lines while the child runs, for a random while.
func (k *killing) live(c *child, file *os.File, lines []string) error {
	end := time.Now().Add(time.Duration(300+k.rng.IntN(3000)) * time.Millisecond)
	for len(lines) > 0 {
		n := min(1+k.rng.IntN(30), len(lines))
		if _, err := file.WriteString(strings.Join(lines[:n], "\n") + "\n"); err != nil {
			return err
		}
		lines = lines[n:]
		select {
		case <-c.ended:
			return errors.New("the Collector ended by itself")
		case <-time.After(time.Duration(k.rng.IntN(20)) * time.Millisecond):
		}
	}
	select {
	case <-c.ended:
		return errors.New("the Collector ended by itself")
	case <-time.After(time.Until(end)):
		return nil
	}
}

// outlive waits until all is out, and a moment more, in which nothing may come that changes the sums. Equal sums are not
// all: a part without counters can be open longer, and its session be out before.
func (k *killing) outlive(c *child, got *sums, s set) error {
	for end := time.Now().Add(k.patience); !(got.equal(s.truth) && got.ledger(s).balanced()) && time.Now().Before(end); {
		select {
		case <-c.ended:
			return errors.New("the Collector ended by itself")
		case <-time.After(100 * time.Millisecond):
		}
	}
	time.Sleep(3 * time.Second)
	return nil
}

type child struct {
	cmd    *exec.Cmd
	output *strings.Builder
	ended  chan struct{}
}

func (k *killing) start(ctx context.Context, conf string) (*child, error) {
	c := &child{cmd: exec.CommandContext(ctx, k.collector, "--config", conf), output: &strings.Builder{}, ended: make(chan struct{})}
	c.cmd.Stdout, c.cmd.Stderr = c.output, c.output
	c.cmd.Env = append(os.Environ(), "TZ=UTC")
	if err := c.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		_ = c.cmd.Wait()
		close(c.ended)
	}()
	return c, nil
}

// kill is SIGKILL: the process gets no chance to do anything.
func (c *child) kill() {
	_ = c.cmd.Process.Kill()
	<-c.ended
}
