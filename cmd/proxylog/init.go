// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/proxylog/proxylog/cmd/proxylog/internal/blueprint"
	"github.com/proxylog/proxylog/cmd/proxylog/internal/input"
	"github.com/proxylog/proxylog/cmd/proxylog/internal/screen"
)

const initHelp = `usage: proxylog init [--format F] FILE

Prints a Collector configuration for a proxy: for what haproxy.cfg, squid.conf, a configuration of Envoy (a bootstrap,
listeners, a dump of what is running) or Istio's mesh configuration says of its logs. It has an input for where they go,
the formats, a storage for the positions in files, session_stitch where a session may have several lines, and an exporter;
comments say where each thing comes from and what may have to be changed. What the file does not tell is said on standard
error.

  --format F   whose configuration it is: haproxy, squid or envoy; without it, it is told by the file's name and words

The exit status is 0 also when something is to be found out, 1 when the file cannot be read or is wrong, 2 when the
command line makes no sense.
`

func runInit(e *env, args []string) error {
	fs := flag.NewFlagSet("init", flag.ContinueOnError)
	proxy := fs.String("format", "", "")
	files, err := parse(fs, args)
	if err != nil {
		return err
	}
	if len(files) != 1 {
		return usagef("name one configuration file of the proxy")
	}
	if files[0] == input.Stdin {
		return usagef("standard input is not read: the configuration that is printed may name the file")
	}
	if info, err := os.Stat(files[0]); err == nil && info.IsDir() {
		return fmt.Errorf("%s: is a directory; name a file in it, or one made of all of them: cat %s > all.cfg",
			files[0], filepath.Join(files[0], "*.cfg"))
	}
	if *proxy != "" && !slices.Contains(blueprint.Proxies(), *proxy) {
		return usagef("--format: %q is none of %s", *proxy, strings.Join(blueprint.Proxies(), ", "))
	}
	b, err := blueprint.Draw(files[0], *proxy)
	if err != nil {
		return err
	}
	text, err := b.YAML()
	if err != nil {
		return err
	}
	for _, n := range b.Notes {
		fmt.Fprintf(e.stderr, "proxylog init: note: %s\n", screen.Text(n))
	}
	w, finish := e.buffered()
	_, err = w.Write(text)
	return finish(err)
}
