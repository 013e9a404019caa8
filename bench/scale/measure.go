// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/proxylog/proxylog/bench/collector"
	"github.com/proxylog/proxylog/bench/corpus"
	"github.com/proxylog/proxylog/internal/decode"
)

func median(v []float64) float64 {
	slices.Sort(v)
	return v[len(v)/2]
}

// files measures the Collector over the same lines in 1 to 1,000 files.
func (s *scale) files(ctx context.Context) (series, error) {
	x := series{title: "files, the Collector", unit: "files"}
	dir, err := os.MkdirTemp("", "bench-scale")
	if err != nil {
		return x, err
	}
	defer os.RemoveAll(dir)
	c, err := corpus.Load(s.root, "tcp")
	if err != nil {
		return x, err
	}
	counts := []int{1, 10, 100, 1000}
	costs := make([][]float64, len(counts))
	for i, n := range counts {
		if err := spread(c, filepath.Join(dir, strconv.Itoa(n)), n, s.lines); err != nil {
			return x, err
		}
		// The same number of files without a line costs what is not of the lines.
		if err := spread(c, filepath.Join(dir, fmt.Sprint("empty", n)), n, 0); err != nil {
			return x, err
		}
		x.points = append(x.points, point{n: counts[i]})
	}
	for range s.rounds {
		for i, n := range counts {
			pipeline := func(folder string) collector.Pipeline {
				return collector.Proxylog(filepath.Join(dir, folder, "*.log"), map[string]any{"format": "haproxy"})
			}
			start, err := s.runner.Run(ctx, pipeline(fmt.Sprint("empty", n)), 0)
			if err != nil {
				return x, err
			}
			all, err := s.runner.Run(ctx, pipeline(strconv.Itoa(n)), int64(s.lines))
			if err != nil {
				return x, err
			}
			costs[i] = append(costs[i], float64(all.CPU-start.CPU)/1e3/float64(s.lines))
		}
	}
	for i := range x.points {
		x.points[i].cost = median(costs[i])
	}
	return x, nil
}

// spread writes lines over n files of a folder.
func spread(c *corpus.Corpus, folder string, n, lines int) error {
	if err := os.Mkdir(folder, 0o700); err != nil {
		return err
	}
	var files []io.Closer
	var outs []io.Writer
	defer func() {
		for _, f := range files {
			f.Close()
		}
	}()
	for i := range n {
		f, err := os.Create(filepath.Join(folder, fmt.Sprintf("%04d.log", i)))
		if err != nil {
			return err
		}
		files, outs = append(files, f), append(outs, f)
	}
	_, err := c.Write(lines, 1, outs...)
	return err
}

// fields measures reading and building the records of log-formats of 10 to 60 fields, in this process.
func (s *scale) fields(context.Context) (series, error) {
	x := series{title: "fields of a log-format", unit: "fields", each: true}
	for n := 10; n <= 60; n += 10 {
		directive, line := logFormat(n)
		cfg := decode.NewConfig()
		cfg.Format, cfg.Formats.HAProxy.LogFormat = "haproxy", []string{directive}
		cost, err := s.decode(cfg, func(i int) string { return line(i) }, 100)
		if err != nil {
			return x, err
		}
		x.points = append(x.points, point{n: n, cost: cost, bytes: float64(len(line(0)) + 1)})
	}
	return x, nil
}

// logFormat is a log-format of n fields, numbers and names in turn, and the lines of it.
func logFormat(n int) (directive string, line func(i int) string) {
	codes := []string{"%ci", "%cp", "%ft", "%B", "%b", "%Tt", "%s", "%ac", "%ts", "%fc"}
	values := []string{"198.51.100.7", "%d", "fe-web", "%d", "be-web", "%d", "srv1", "%d", "--", "%d"}
	for k := len(codes); k < n; k++ {
		codes = append(codes, fmt.Sprintf("%%[var(txn.v%d)]", k))
		values = append(values, []string{"%d", "value"}[k%2])
	}
	text := strings.Join(values[:n], " ")
	count := strings.Count(text, "%d")
	return `log-format "` + strings.Join(codes[:n], " ") + `"`, func(i int) string {
		args := make([]any, count)
		for k := range args {
			args[k] = 1000 + (i*7+k)%5000
		}
		return fmt.Sprintf(text, args...)
	}
}

// batches measures how many records are taken at a time, in this process.
func (s *scale) batches(context.Context) (series, error) {
	x := series{title: "records of a batch", unit: "records of a batch"}
	c, err := corpus.Load(s.root, "tcp")
	if err != nil {
		return x, err
	}
	var out bytes.Buffer
	if _, err := c.Write(4096, 1, &out); err != nil {
		return x, err
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	cfg := decode.NewConfig()
	cfg.Format = "haproxy"
	for _, n := range []int{10, 30, 100, 300, 1000, 8192} {
		cost, err := s.decode(cfg, func(i int) string { return lines[i%len(lines)] }, n)
		if err != nil {
			return x, err
		}
		x.points = append(x.points, point{n: n, cost: cost})
	}
	return x, nil
}

// decode is the CPU time, in microseconds, of reading a line and building its record.
func (s *scale) decode(cfg decode.Config, line func(i int) string, batch int) (float64, error) {
	d, err := decode.New(cfg, decode.Settings{Location: time.UTC})
	if err != nil {
		return 0, err
	}
	lines := make([]string, 4096)
	for i := range lines {
		lines[i] = line(i)
	}
	var costs []float64
	for range s.rounds {
		src, b := d.NewSource("scale"), d.NewBatch()
		records, rejected := 0, int64(0)
		before := cpuTime()
		for i := range s.lines {
			src.Decode(b, decode.Line{Text: lines[i%len(lines)], Observed: time.Unix(1795392000, 0)})
			if i%batch == batch-1 || i == s.lines-1 {
				logs, stats := b.Take()
				records += logs.LogRecordCount()
				for _, n := range stats.Rejected {
					rejected += n
				}
			}
		}
		costs = append(costs, float64(cpuTime()-before)/1e3/float64(s.lines))
		if records != s.lines || rejected > 0 {
			return 0, fmt.Errorf("%d records of %d lines, %d rejected: %s", records, s.lines, rejected, lines[0])
		}
	}
	return median(costs), nil
}
