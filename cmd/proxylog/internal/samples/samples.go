// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

// Package samples finds the real logs that come with the source: testdata/<format>/ok/<name>.log, and beside one that is
// written in a user's own log format, <name>.directive.
package samples

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/proxylog/proxylog/internal/format/all"
)

// Samples are what to read, and how.
type Samples struct {
	// Files are paths. The zone of their dates is UTC.
	Files []string
	// Receiver are the settings by which the receiver reads them all, besides format: auto.
	Receiver map[string]any
}

// named are the dialects in which the other samples of a format are written: a list of directives replaces those that are
// known by a name.
var named = map[string][]any{
	"envoy":   {"gdc", "default", "default_json", "istio", "istio_json", "common_json"},
	"haproxy": {"tcplog", "httplog", "httpslog", "httplog_clf", "tcplog_clf", "default"},
	"squid":   {"squid", "icap_squid"},
}

// Find lists the samples, from the working directory, or from the folder above that of this program where it was built
// by make.
func Find() (Samples, error) {
	roots := []string{"."}
	if exe, err := os.Executable(); err == nil {
		roots = append(roots, filepath.Dir(filepath.Dir(exe)))
	}
	for _, root := range roots {
		s, err := in(filepath.Join(root, "testdata"))
		if err != nil || len(s.Files) > 0 {
			return s, err
		}
	}
	return Samples{}, errors.New("no FILE was named, and there are no samples here (testdata/*/ok/*.log): run it in the folder of the source, or name files")
}

func in(root string) (Samples, error) {
	s := Samples{Receiver: map[string]any{}}
	var err error
	if s.Files, err = filepath.Glob(filepath.Join(root, "*", "ok", "*.log")); err != nil {
		return s, err
	}
	directives := map[string][]any{}
	for _, file := range s.Files {
		format := filepath.Base(filepath.Dir(filepath.Dir(file)))
		text, err := os.ReadFile(file[:len(file)-len(".log")] + ".directive")
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			return s, fmt.Errorf("the log format of a sample: %w", err)
		}
		directives[format] = append(directives[format], string(text))
	}
	for format, own := range directives {
		if f, _ := all.Find(format); f.Listing != nil {
			s.Receiver[format] = map[string]any{f.Listing(&all.Config{}).Key: slices.Concat(named[format], own)}
		}
	}
	return s, nil
}
