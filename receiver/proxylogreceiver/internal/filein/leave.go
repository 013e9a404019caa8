// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package filein

import (
	"context"
	"runtime"
	"strings"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/otel/metric"
)

// The frame of the fileconsumer that tells where its callback was called from. TestLeave fails when it changes.
const (
	framePackage = "/pkg/stanza/fileconsumer."
	frameRead    = "(*Manager).consume.func"
)

// mayLeave reports whether the goroutine of the caller is one in which the fileconsumer reads a file that it will read
// again: then ending it leaves the file's offset where the last accepted batch ended. A file that left the pattern
// (readLostFiles) is closed after it was read, so that what was not read then never is. Without certainty it says no.
func mayLeave() bool {
	var pcs [32]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs[:])])
	for {
		f, more := frames.Next()
		if i := strings.LastIndex(f.Function, framePackage); i >= 0 && strings.HasPrefix(f.Function[i+len(framePackage):], frameRead) {
			return true
		}
		if !more {
			return false
		}
	}
}

// leave ends the goroutine where that is safe, and returns where it is not. The deferred calls of the reader run: its
// lock and its buffer are given back, and whoever waits for it goes on.
func (in *Input) leave() {
	if mayLeave() {
		in.reading.Add(context.Background(), -1)
		runtime.Goexit()
	}
}

// readingFiles is the fileconsumer's own counter of files that are being read. It counts a reader out when it returns,
// which one that leaves does not do, so that we have to.
func readingFiles(set component.TelemetrySettings) (metric.Int64UpDownCounter, error) {
	return set.MeterProvider.Meter("github.com/open-telemetry/opentelemetry-collector-contrib/pkg/stanza/fileconsumer").
		Int64UpDownCounter("otelcol_fileconsumer_reading_files",
			metric.WithDescription("Number of open files that are being read [Development]"), metric.WithUnit("1"))
}
