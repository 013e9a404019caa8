// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// totals are what all records of one session say together; bytes as the client sent and received them.
type totals struct {
	Sent, Received int64
	Complete       bool
}

// set is a log with the truth about its sessions, which does not come from this program's parsers.
type set struct {
	name, format string
	lines        []string
	truth        map[string]totals
	// part names the part that a line is; repetitions have one name.
	part func(line string) string
}

// distinct is the number of distinct parts and other lines.
func (s *set) distinct() int {
	names := map[string]bool{}
	for _, l := range s.lines {
		names[s.part(l)] = true
	}
	return len(names)
}

// sets are the bundled samples, and the corpus beside the source where there is one.
func sets(root string) ([]set, error) {
	var list []set
	for _, load := range []func(string) (*set, error){bundledEdgeOne, bundledG3proxy, corpusEdgeOne, corpusG3proxy} {
		s, err := load(root)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		list = append(list, *s)
	}
	return list, nil
}

func readLines(path string) ([]string, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var list []string
	for l := range strings.SplitSeq(string(b), "\n") {
		if strings.TrimSpace(l) != "" {
			list = append(list, l)
		}
	}
	return list, nil
}

// bundledEdgeOne adds up the distinct entries of each session.
func bundledEdgeOne(root string) (*set, error) {
	lines, err := readLines(filepath.Join(root, filepath.FromSlash("testdata/edgeone/ok/entries.log")))
	if err != nil {
		return nil, err
	}
	s := &set{name: "edgeone, bundled", format: "edgeone", lines: lines, truth: map[string]totals{}, part: edgeOneName}
	seen := map[edgeOnePart]bool{}
	for _, l := range lines {
		k, err := edgeOneEntry(l)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", s.name, err)
		}
		if k.SessionID == "" || k.SessionID == "-" || seen[k] {
			continue
		}
		seen[k] = true
		t := s.truth[k.SessionID]
		t.Sent += k.SentBytes
		t.Received += k.ReceivedBytes
		t.Complete = t.Complete || k.DisconnetReason != "" && k.DisconnetReason != "-"
		s.truth[k.SessionID] = t
	}
	return s, nil
}

// edgeOnePart is what makes two of EdgeOne's entries the same, as the documentation of its logs has it.
type edgeOnePart struct {
	SessionID, LogTimeStamp, DisconnetReason string
	SentBytes, ReceivedBytes                 int64
}

func edgeOneEntry(line string) (p edgeOnePart, err error) {
	err = json.Unmarshal([]byte(line), &p)
	return p, err
}

func edgeOneName(line string) string {
	p, err := edgeOneEntry(line)
	if err != nil {
		return line
	}
	return fmt.Sprint(p)
}

// bundledG3proxy takes the last counters of each task from what the independent decoder read.
func bundledG3proxy(root string) (*set, error) {
	base := filepath.Join(root, filepath.FromSlash("testdata/g3proxy/ok/rfc3164"))
	lines, err := readLines(base + ".log")
	if err != nil {
		return nil, err
	}
	decoded, err := readLines(base + ".expected.jsonl")
	if err != nil {
		return nil, err
	}
	s := &set{name: "g3proxy, bundled", format: "g3proxy", lines: lines, truth: map[string]totals{}, part: strings.TrimSpace}
	for _, l := range decoded {
		var e struct {
			ID       string `json:"task_id"`
			Log      string `json:"log_type"`
			Event    string `json:"task_event"`
			Sent     *int64 `json:"c_rd_bytes"`
			Received *int64 `json:"c_wr_bytes"`
		}
		if err := json.Unmarshal([]byte(l), &e); err != nil {
			return nil, fmt.Errorf("%s: %w", s.name, err)
		}
		if e.ID == "" {
			continue
		}
		t := s.truth[e.ID]
		if e.Log == "Task" {
			if e.Sent != nil {
				t.Sent = *e.Sent
			}
			if e.Received != nil {
				t.Received = *e.Received
			}
			t.Complete = t.Complete || e.Event == "Finished"
		}
		s.truth[e.ID] = t
	}
	return s, nil
}

// corpusEdgeOne has the generator's truth of the entries that were delivered.
func corpusEdgeOne(root string) (*set, error) {
	dir := filepath.Join(root, filepath.FromSlash("../shared/corpus/edgeone/samples/main"))
	lines, err := readLines(filepath.Join(dir, "entries.jsonl"))
	if err != nil {
		return nil, err
	}
	truth, err := readLines(filepath.Join(dir, "truth.jsonl"))
	if err != nil {
		return nil, err
	}
	s := &set{name: "edgeone, corpus", format: "edgeone", lines: lines, truth: map[string]totals{}, part: edgeOneName}
	for _, l := range truth {
		var e struct {
			ID        string `json:"session_id"`
			Sent      int64  `json:"observable_client_to_edge_bytes"`
			Received  int64  `json:"observable_edge_to_client_bytes"`
			Delivered int64  `json:"entries_delivered"`
			Final     bool   `json:"final_delivered"`
		}
		if err := json.Unmarshal([]byte(l), &e); err != nil {
			return nil, fmt.Errorf("%s: %w", s.name, err)
		}
		if e.Delivered > 0 {
			s.truth[e.ID] = totals{Sent: e.Sent, Received: e.Received, Complete: e.Final}
		}
	}
	return s, nil
}

// corpusG3proxy has what the capture's own decoder knows of each task.
func corpusG3proxy(root string) (*set, error) {
	dir := filepath.Join(root, filepath.FromSlash("../shared/corpus/g3proxy/rfc5424"))
	s := &set{name: "g3proxy, corpus", format: "g3proxy", truth: map[string]totals{}, part: strings.TrimSpace}
	for _, log := range []string{"escape", "task", "audit", "resolve"} {
		lines, err := readLines(filepath.Join(dir, log+".log"))
		if err != nil {
			return nil, err
		}
		s.lines = append(s.lines, lines...)
	}
	b, err := os.ReadFile(filepath.Join(dir, "tasks.json"))
	if err != nil {
		return nil, err
	}
	var tasks map[string]struct {
		Events []struct {
			Event    string
			Sent     *int64 `json:"c_rd_bytes"`
			Received *int64 `json:"c_wr_bytes"`
		}
	}
	if err := json.Unmarshal(b, &tasks); err != nil {
		return nil, fmt.Errorf("%s: %w", s.name, err)
	}
	for id, task := range tasks {
		var t totals
		for _, e := range task.Events {
			if e.Sent != nil {
				t.Sent = *e.Sent
			}
			if e.Received != nil {
				t.Received = *e.Received
			}
			t.Complete = t.Complete || e.Event == "Finished"
		}
		s.truth[id] = t
	}
	return s, nil
}
