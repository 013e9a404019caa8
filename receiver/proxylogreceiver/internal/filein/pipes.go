// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package filein

import (
	"io/fs"
	"os"
	"syscall"
	"time"

	"go.uber.org/zap"

	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/stanza/fileconsumer/matcher"
)

// watchPipes keeps a pipe that has come since the start, or in the place of a file, from ending all reading: opening it
// blocks the fileconsumer until somebody writes to it, in a stop too. It looks only while no poll comes to its end, and
// ends with the channel.
func (in *Input) watchPipes(files matcher.Criteria, stop <-chan struct{}) {
	ticker := time.NewTicker(checkpointEvery)
	defer ticker.Stop()
	for {
		select {
		case <-stop:
			return
		case <-ticker.C:
		}
		if in.gate.stalled() {
			in.openPipes(files)
		}
	}
}

// openPipes opens the other end of each pipe, and closes it: for who waits on the pipe it is then an empty file.
func (in *Input) openPipes(files matcher.Criteria) {
	m, err := matcher.New(files)
	if err != nil {
		return // the fileconsumer has said it
	}
	paths, _ := m.MatchFiles()
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil || info.Mode().Type() != fs.ModeNamedPipe {
			continue
		}
		in.set.Telemetry.Logger.Error("file::include matches what is not a file; it is left out, and slows down the others",
			zap.String("path", path), zap.Stringer("mode", info.Mode()))
		// Nobody waits where this fails.
		if f, err := os.OpenFile(path, os.O_WRONLY|syscall.O_NONBLOCK, 0); err == nil {
			_ = f.Close()
		}
	}
}
