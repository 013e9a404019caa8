// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/proxylog/proxylog/cmd/proxylog/internal/input"
	"github.com/proxylog/proxylog/cmd/proxylog/internal/report"
)

// look counts the lines of the files and leaves out what the Collector would not read.
func (r *runner) look(names []string) error {
	var seen input.Twins
	for _, name := range names {
		lines, blank, err := countLines(name)
		if err == nil {
			err = seen.Add(name)
		}
		var twin *input.TwinError
		if errors.As(err, &twin) && twin.Same {
			// Nothing is missing: its lines are read from the other one.
			r.complain("run", fmt.Errorf("note: %w", err))
			continue
		}
		if err != nil {
			r.complain("run", err)
			r.failed = true
			continue
		}
		path, err := filepath.Abs(name)
		if err != nil {
			return err
		}
		r.files, r.lines, r.blank = append(r.files, path), r.lines+lines, r.blank+blank
	}
	if len(r.files) == 0 {
		return errReported
	}
	return nil
}

// countLines counts the lines of a file, blank ones by themselves.
func countLines(name string) (n, blank int64, err error) {
	if info, err := os.Stat(name); err == nil && !info.Mode().IsRegular() {
		return 0, 0, fmt.Errorf("%s: is not a regular file; for a pipe there is proxylog sessions", name)
	}
	lines, err := input.Open(name, nil)
	if err != nil {
		return 0, 0, err
	}
	defer lines.Close()
	if lines.Packed {
		return 0, 0, fmt.Errorf("%s: is compressed with gzip; unpack it first (gzip -dc), or read it with proxylog sessions", name)
	}
	for lines.Next() {
		if lines.Blank() {
			blank++
		} else {
			n++
		}
	}
	return n, blank, lines.Err()
}

// nothing says that there is nothing to read. The Collector is not asked: it would be told to stop before it has begun.
func (r *runner) nothing() error {
	w, finish := r.buffered()
	fmt.Fprintf(w, "%s\n", report.Counts{Files: int64(len(r.files)), Lines: r.blank, Blank: r.blank})
	if r.failed {
		return finish(errReported)
	}
	return finish(nil)
}
