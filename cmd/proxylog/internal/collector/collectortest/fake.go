// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

// Package collectortest plays the Collector for tests: the test program itself, started a second time, reads the
// configuration that it is given and behaves as an environment variable says.
package collectortest

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"go.yaml.in/yaml/v3"
)

// Behaviour is what the fake does.
type Behaviour string

const (
	// Reads settles all lines and, when it is stopped, writes what Records holds.
	Reads Behaviour = "reads"
	// Crashes ends at once, with an error.
	Crashes Behaviour = "crashes"
	// Stalls settles one line and no more.
	Stalls Behaviour = "stalls"
	// Mute never answers.
	Mute Behaviour = "mute"
	// Stubborn does not stop.
	Stubborn Behaviour = "stubborn"
	// Fails ends with an error when it is stopped.
	Fails Behaviour = "fails"
	// Unlucky finds its port taken, the first time that it is started with a folder.
	Unlucky Behaviour = "unlucky"
)

// Variables of the environment.
const (
	behaviour = "PROXYLOG_FAKE_COLLECTOR"
	lines     = "PROXYLOG_FAKE_LINES"
	records   = "PROXYLOG_FAKE_RECORDS"
)

// Environ makes the environment in which the fake behaves so, settles n lines and writes content as its output.
func Environ(b Behaviour, n int, content string) []string {
	return append(os.Environ(), behaviour+"="+string(b), lines+"="+strconv.Itoa(n), records+"="+content)
}

// Main plays the Collector, and does not return, where the environment asks for it. TestMain calls it first.
func Main() {
	b := Behaviour(os.Getenv(behaviour))
	if b == "" {
		return
	}
	if err := play(b); err != nil {
		fmt.Fprintln(os.Stderr, "Error:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// config is what the fake reads of its configuration.
type config struct {
	Exporters struct {
		File struct{ Path string }
	}
	Service struct {
		Telemetry struct {
			Metrics struct {
				Readers []struct {
					Pull struct {
						Exporter struct {
							Prometheus struct {
								Host string
								Port int
							}
						}
					}
				}
			}
		}
	}
}

func play(b Behaviour) error {
	if len(os.Args) != 3 || os.Args[1] != "--config" {
		return fmt.Errorf("arguments %q", os.Args)
	}
	text, err := os.ReadFile(os.Args[2])
	if err != nil {
		return err
	}
	var cfg config
	if err := yaml.Unmarshal(text, &cfg); err != nil {
		return err
	}
	fmt.Fprintln(os.Stderr, `{"level":"warn","ts":"2026-11-21T00:00:00Z","msg":"a warning","path":"/some/file","error":"and why"}`)
	fmt.Fprintln(os.Stderr, `{"level":"warn","msg":"lines fit another dialect","source":"/a.log","format":"squid","hint":"set format"}`)
	switch b {
	case Crashes:
		return fmt.Errorf("cannot start\nfor two reasons")
	case Unlucky:
		if f, err := os.OpenFile(filepath.Join(filepath.Dir(os.Args[2]), "tried"), os.O_CREATE|os.O_EXCL, 0o600); err == nil {
			f.Close()
			return fmt.Errorf("listen tcp: bind: address already in use")
		}
	}
	term := make(chan os.Signal, 1)
	signal.Notify(term, syscall.SIGTERM)
	if b != Mute {
		p := cfg.Service.Telemetry.Metrics.Readers[0].Pull.Exporter.Prometheus
		l, err := net.Listen("tcp", net.JoinHostPort(p.Host, strconv.Itoa(p.Port)))
		if err != nil {
			return err
		}
		n := os.Getenv(lines)
		if b == Stalls {
			n = "1"
		}
		answer := func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprintf(w, "# TYPE otelcol_receiver_proxylog_lines counter\n"+
				"otelcol_receiver_proxylog_lines{format=\"haproxy\",outcome=\"parsed\"} %s\n"+
				"otelcol_receiver_proxylog_lines{format=\"haproxy\",outcome=\"empty\"} 5\n"+
				"otelcol_receiver_proxylog_rejects{format=\"haproxy\",reason=\"truncated\"} 9\n", n)
		}
		go func() {
			fmt.Fprintln(os.Stderr, http.Serve(l, http.HandlerFunc(answer)))
		}()
	}
	<-term
	if b == Stubborn {
		select {}
	}
	content := os.Getenv(records)
	if content != "" && !strings.HasSuffix(content, "\n") {
		content += "\n"
	}
	if err := os.WriteFile(cfg.Exporters.File.Path, []byte(content), 0o600); err != nil {
		return err
	}
	if b == Fails {
		return fmt.Errorf("cannot stop")
	}
	return nil
}
