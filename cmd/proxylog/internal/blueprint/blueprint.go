// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

// Package blueprint draws up a Collector's configuration for a proxy out of the proxy's own: which logs it writes, where
// they go and in which format. It calls the readers of the formats and has no grammar of its own.
package blueprint

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/proxylog/proxylog/internal/decode"
	"github.com/proxylog/proxylog/internal/format/all"
)

// Blueprint is what a configuration is made of.
type Blueprint struct {
	// Source is the path of the proxy's configuration, and Proxy the format's name.
	Source, Proxy string
	// Dialects are the names and directives that the proxy logs by.
	Dialects []string
	// ConfigFile is the path of the proxy's configuration where that is to be read instead, since the dialects alone do not tell
	// all lines apart; else "".
	ConfigFile string
	// Files, Listeners and OTLP are how the lines come.
	Files     []File
	Listeners []Listener
	OTLP      bool
	// Stitch says that a session may have several lines, and its comment why.
	Stitch string
	// Notes are what the user has to know or to find out.
	Notes []string
}

// File is a pattern of files to read.
type File struct {
	Pattern string
	// Comments say where it comes from and what may have to be changed.
	Comments []string
}

// Listener is a syslog listener.
type Listener struct {
	Transport, Endpoint string
	Comments            []string
}

// Proxies are the formats whose configuration can be read.
func Proxies() []string { return []string{"haproxy", "squid", "envoy"} }

// Draw reads a proxy's configuration. proxy is one of Proxies, or "" to find out by the file's name and its first words.
func Draw(path, proxy string) (*Blueprint, error) {
	if proxy == "" {
		var err error
		if proxy, err = whose(path); err != nil {
			return nil, err
		}
	}
	b := &Blueprint{Source: path, Proxy: proxy}
	var err error
	switch proxy {
	case "haproxy":
		err = b.haproxy(path)
	case "squid":
		err = b.squid(path)
	case "envoy":
		err = b.envoy(path)
	default:
		return nil, fmt.Errorf("%q is none of %s", proxy, strings.Join(Proxies(), ", "))
	}
	if err == nil {
		err = b.lookalikes()
	}
	if err != nil {
		return nil, err
	}
	return b, nil
}

// keywords are words with which lines of the proxies' configurations begin.
var keywords = map[string][]string{
	"haproxy": {"frontend", "listen", "backend", "defaults", "global"},
	"squid":   {"http_port", "access_log", "icap_log", "logformat", "http_access", "acl", "cache_dir", "include", "icap_enable"},
	"envoy":   {"static_resources:", "dynamic_resources:", "admin:", "resources:", "meshConfig:", "accessLogFile:", "listeners:", "configs:"},
}

// whose finds out whose configuration a file is: by its name, or by the words with which its lines begin.
func whose(path string) (string, error) {
	base := strings.ToLower(filepath.Base(path))
	switch ext := filepath.Ext(base); {
	case ext == ".yaml", ext == ".yml", ext == ".json":
		return "envoy", nil
	case strings.Contains(base, "haproxy"):
		return "haproxy", nil
	case strings.Contains(base, "squid"):
		return "squid", nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	for line := range strings.Lines(string(text)) {
		word, _, _ := strings.Cut(strings.TrimSpace(line), " ")
		for _, proxy := range Proxies() {
			if slices.Contains(keywords[proxy], word) {
				return proxy, nil
			}
		}
	}
	return "", fmt.Errorf("%s: cannot tell whose configuration this is: add --format %s", path, strings.Join(Proxies(), "|"))
}

func (b *Blueprint) note(format string, args ...any) {
	if n := fmt.Sprintf(format, args...); !slices.Contains(b.Notes, n) {
		b.Notes = append(b.Notes, n)
	}
}

// dialect adds a name or directive once; where says where it stands, for messages. One that cannot be read is left out.
func (b *Blueprint) dialect(text, where string) {
	if slices.Contains(b.Dialects, text) {
		return
	}
	d, err := decode.New(b.config(text), decode.Settings{})
	if err != nil {
		b.note("%s: this format cannot be read and is left out: %s", where, cause(err))
		return
	}
	b.Dialects = append(b.Dialects, text)
	for _, n := range d.Describe() {
		for _, a := range n.Ambiguities {
			if !n.Builtin {
				b.note("%s: some lines can be read in two ways, and are marked then: %s: %s; to avoid it: %s",
					where, strings.Join(a.Codes, " and "), a.Why, a.Avoid)
			}
		}
	}
}

// config is a decoder's configuration with dialects.
func (b *Blueprint) config(texts ...string) decode.Config {
	cfg := decode.NewConfig()
	cfg.Format = b.Proxy
	*b.listing(&cfg.Formats).List = texts
	return cfg
}

// listing is where a configuration lists the proxy's dialects.
func (b *Blueprint) listing(c *all.Config) all.Listing {
	f, _ := all.Find(b.Proxy)
	return f.Listing(c)
}

// cause is the innermost part of an error that still says what is wrong.
func cause(err error) string {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			if joined, ok := err.(interface{ Unwrap() []error }); ok && len(joined.Unwrap()) > 0 {
				err = joined.Unwrap()[0]
				continue
			}
			return err.Error()
		}
		if _, text, ok := strings.Cut(err.Error(), "]: "); ok {
			return text
		}
		err = inner
	}
}

// file adds files to read. A path is completed by a star, so that rotated files are read to their end.
func (b *Blueprint) file(path string, comments ...string) {
	pattern := path
	if !strings.ContainsAny(path, "*") {
		pattern = strings.NewReplacer(`\`, `\\`, `?`, `\?`, `[`, `\[`, `]`, `\]`, `{`, `\{`, `}`, `\}`).Replace(path) + "*"
	}
	for i := range b.Files {
		if b.Files[i].Pattern == pattern {
			return
		}
	}
	b.Files = append(b.Files, File{pattern, comments})
}

// container adds what the runtime of containers makes of standard output.
func (b *Blueprint) container(name string) {
	b.file("/var/log/containers/*"+name+"*.log",
		"it logs to standard output: in Kubernetes that is here; as a service of systemd it is in the journal")
	b.note("%s logs to standard output: change the pattern under file to where that ends up", b.Proxy)
}

// listen adds a listener for what is sent to host and port. Another machine's address says where the Collector has to run.
func (b *Blueprint) listen(transport, host, port string, comments ...string) {
	local := host == "localhost" || net.ParseIP(host).IsLoopback()
	endpoint := net.JoinHostPort(host, port)
	if !local {
		comments = append(comments, "the lines are sent to "+net.JoinHostPort(host, port)+": the Collector has to run there")
		b.note("%s sends its lines to %s: run the Collector there, or change the proxy's configuration", b.Proxy, endpoint)
		endpoint = net.JoinHostPort("0.0.0.0", port)
	}
	if n, err := strconv.Atoi(port); err == nil && n < 1024 {
		comments = append(comments, "a port below 1024 needs CAP_NET_BIND_SERVICE; a syslog daemon may listen there already")
	}
	for i := range b.Listeners {
		if b.Listeners[i].Transport == transport && b.Listeners[i].Endpoint == endpoint {
			return
		}
	}
	b.Listeners = append(b.Listeners, Listener{transport, endpoint, comments})
}

// fallback adds an input where none was found.
func (b *Blueprint) fallback(advice string) {
	if len(b.Files) > 0 || len(b.Listeners) > 0 || b.OTLP {
		return
	}
	b.listen("udp", "localhost", "5140", "nothing is sent here yet: "+advice)
	b.note("%s writes no log that the Collector can get at: %s", b.Source, advice)
}
