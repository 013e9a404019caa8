// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package collector

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"sync"
)

// child is the Collector's process.
type child struct {
	cmd *exec.Cmd
	// exited is closed when the process has ended; then err says how.
	exited chan struct{}
	err    error
	log    *logWriter
}

// start starts the Collector. say gets what it logs, line by line and readable.
func start(binary, config string, environ []string, say func(string)) (*child, error) {
	c := &child{
		cmd: exec.Command(binary, "--config", config), exited: make(chan struct{}),
		log: &logWriter{say: say},
	}
	c.cmd.Env = environ
	c.cmd.Stdout, c.cmd.Stderr = c.log, c.log
	detach(c.cmd)
	if err := c.cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting the Collector: %w", err)
	}
	go func() {
		c.err = c.cmd.Wait()
		c.log.flush()
		close(c.exited)
	}()
	return c, nil
}

// ended reports whether the process has ended.
func (c *child) ended() bool {
	select {
	case <-c.exited:
		return true
	default:
		return false
	}
}

// Bounds of what is passed on of the Collector's log.
const (
	maxLogLine  = 4 << 10
	maxLogLines = 20
)

// logWriter passes on the Collector's log, the first lines of it, and keeps the last lines for the case that it ends.
type logWriter struct {
	say func(string)

	mu   sync.Mutex
	part []byte
	said int
	left int
	// taken says that the Collector could not listen on its port.
	taken bool
}

func (w *logWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := len(p)
	for {
		i := bytes.IndexByte(p, '\n')
		if i < 0 {
			break
		}
		w.line(append(w.part, p[:i]...))
		w.part, p = w.part[:0], p[i+1:]
	}
	if room := maxLogLine - len(w.part); room > 0 {
		w.part = append(w.part, p[:min(len(p), room)]...)
	}
	return n, nil
}

func (w *logWriter) flush() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.part) > 0 {
		w.line(w.part)
		w.part = nil
	}
	if w.left > 0 {
		w.say(fmt.Sprintf("the Collector logged %d more lines", w.left))
		w.left = 0
	}
}

func (w *logWriter) line(b []byte) {
	text := readable(string(b))
	if text == "" {
		return
	}
	if strings.Contains(text, "address already in use") {
		w.taken = true
	}
	if w.said == maxLogLines {
		w.left++
		return
	}
	w.said++
	w.say(text[:min(len(text), maxLogLine)])
}

// portTaken reports whether the Collector found its port taken.
func (w *logWriter) portTaken() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.taken
}

// readable makes one line for a person of one line of the Collector's log, which is JSON but for what is said before
// the log is set up.
func readable(line string) string {
	var entry struct {
		Level   string `json:"level"`
		Message string `json:"msg"`
		Error   string `json:"error"`
		Path    string `json:"path"`
		// What a source's lines are, and what to configure for them.
		Source string `json:"source"`
		Hint   string `json:"hint"`
	}
	if err := json.Unmarshal([]byte(line), &entry); err != nil || entry.Message == "" {
		return strings.TrimSpace(line)
	}
	parts := []string{entry.Level, entry.Message, entry.Path, entry.Error, entry.Source, entry.Hint}
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), ": ")
}
