// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// other is a program that is no Collector: it takes part where it is installed.
type other struct {
	title string
	// perLine is CPU time a line in microseconds; 0 where why says what kept it from being measured.
	perLine float64
	why     string
}

// row is the line of the table.
func (o *other) row(ours float64) string {
	if o.why != "" {
		return fmt.Sprintf("| %s | | | | left out: %s | | | |", o.title, o.why)
	}
	return fmt.Sprintf("| %s | %.2f× its cost | | | | %.2f | %.0f | |", o.title, ours/o.perLine, o.perLine, 1e6/o.perLine)
}

// others measures halog and Fluent Bit on the corpus they can read.
func others(ctx context.Context, name, path string, b *bench) []other {
	var out []other
	if name == "http" {
		for _, mode := range []string{"-srv", "-pct"} {
			out = append(out, b.program(ctx, "halog "+mode, "halog", []string{mode}, path))
		}
	}
	if parser, ok := fluentParsers[name]; ok {
		out = append(out, b.fluentBit(ctx, parser, path))
	}
	return out
}

// program measures a program that reads the log from its standard input.
func (b *bench) program(ctx context.Context, title, binary string, args []string, path string) other {
	bin, err := exec.LookPath(binary)
	if err != nil {
		return other{title: title, why: "not installed"}
	}
	var times []time.Duration
	for range b.rounds {
		f, err := os.Open(path)
		if err != nil {
			return other{title: title, why: err.Error()}
		}
		cmd := exec.CommandContext(ctx, bin, args...)
		cmd.Stdin = f
		err = cmd.Run()
		f.Close()
		if err != nil {
			return other{title: title, why: err.Error()}
		}
		times = append(times, cmd.ProcessState.UserTime()+cmd.ProcessState.SystemTime())
	}
	return other{title: title, perLine: float64(median(times)) / 1e3 / float64(b.lines)}
}

// fluentParsers are [PARSER] sections; Fluent Bit's regular expressions name their groups without the P.
var fluentParsers = map[string]string{
	"tcp":     fluentRegex(tcpPattern, "accept_date", "%d/%b/%Y:%H:%M:%S.%L"),
	"http":    fluentRegex(httpPattern, "accept_date", "%d/%b/%Y:%H:%M:%S.%L"),
	"gdc":     "[PARSER]\n    Name bench\n    Format json\n    Time_Key start_time\n    Time_Format %Y-%m-%dT%H:%M:%S.%LZ\n",
	"edgeone": "[PARSER]\n    Name bench\n    Format json\n    Time_Key LogTimeStamp\n    Time_Format %Y-%m-%dT%H:%M:%SZ\n",
}

func fluentRegex(pattern, key, layout string) string {
	return "[PARSER]\n    Name bench\n    Format regex\n    Regex " + strings.ReplaceAll(pattern, "(?P<", "(?<") +
		"\n    Time_Key " + key + "\n    Time_Format " + layout + "\n"
}

// fluentBit measures its tail input with a parser, into null. It ends by itself at the end of the file.
func (b *bench) fluentBit(ctx context.Context, parser, path string) other {
	const title = "Fluent Bit, tail + parser"
	bin, err := exec.LookPath("fluent-bit")
	if err != nil {
		return other{title: title, why: "not installed"}
	}
	dir, err := os.MkdirTemp("", "fluent")
	if err != nil {
		return other{title: title, why: err.Error()}
	}
	defer os.RemoveAll(dir)
	parsers, conf, empty := filepath.Join(dir, "parsers.conf"), filepath.Join(dir, "fluent-bit.conf"), filepath.Join(dir, "empty.log")
	measure := func(log string) (time.Duration, error) {
		text := "[SERVICE]\n    Flush 1\n    Log_Level error\n    Parsers_File " + parsers +
			"\n[INPUT]\n    Name tail\n    Path " + log + "\n    Read_From_Head true\n    Exit_On_Eof true\n    Parser bench\n" +
			"[OUTPUT]\n    Name null\n    Match *\n"
		if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
			return 0, err
		}
		cmd := exec.CommandContext(ctx, bin, "-c", conf)
		if err := cmd.Run(); err != nil {
			return 0, err
		}
		return cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), nil
	}
	for file, text := range map[string]string{parsers: parser, empty: ""} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			return other{title: title, why: err.Error()}
		}
	}
	var times []time.Duration
	for range b.rounds {
		start, err := measure(empty)
		if err != nil {
			return other{title: title, why: err.Error()}
		}
		all, err := measure(path)
		if err != nil {
			return other{title: title, why: err.Error()}
		}
		times = append(times, all-start)
	}
	return other{title: title, perLine: float64(median(times)) / 1e3 / float64(b.lines)}
}
