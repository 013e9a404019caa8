// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package blueprint

import (
	"bytes"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/proxylog/proxylog/internal/format/all"
)

// directory is where positions, and sessions that are open, are kept.
const directory = "/var/lib/otelcol-proxylog"

// exporter is the address to which records are sent, to be changed.
const exporter = "localhost:4317"

// YAML writes the configuration, with comments that say what to change. Dollar signs of the proxy's configuration are
// doubled, which the Collector would expand.
func (b *Blueprint) YAML() ([]byte, error) {
	storage := len(b.Files) > 0 || b.Stitch != ""
	root := mapping()
	if storage {
		root.set("extensions", extensions())
	}
	receivers, processors := mapping(), mapping()
	var in, through []string
	if len(b.Files) > 0 || len(b.Listeners) > 0 {
		receivers.set("proxylog", b.receiver())
		in = append(in, "proxylog")
	}
	if b.OTLP {
		receivers.set("otlp", otlp())
		in = append(in, "otlp")
		processor := mapping()
		processor.set("format", plain(b.Proxy))
		if len(b.Dialects) > 0 {
			processor.set(b.Proxy, b.section())
		}
		processors.set("proxylog", processor.node)
		through = append(through, "proxylog")
	}
	root.set("receivers", receivers.node)
	if b.Stitch != "" {
		stitch := mapping()
		stitch.set("storage", plain("file_storage"))
		processors.set("session_stitch", stitch.node, b.Stitch)
		through = append(through, "session_stitch")
	}
	if len(through) > 0 {
		root.set("processors", processors.node)
	}
	root.set("exporters", exporters(b.OTLP))
	pipeline := mapping()
	pipeline.set("receivers", list(in...))
	if len(through) > 0 {
		pipeline.set("processors", list(through...), "no batch: it would acknowledge records before they are sent")
	}
	pipeline.set("exporters", list("otlp_grpc"), "[debug] prints the records instead")
	pipelines := mapping()
	pipelines.set("logs", pipeline.node)
	service := mapping()
	if storage {
		service.set("extensions", list("file_storage"))
	}
	service.set("pipelines", pipelines.node)
	root.set("service", service.node)
	return b.write(root.node)
}

// extensions are the storage.
func extensions() *yaml.Node {
	store, out := mapping(), mapping()
	store.set("directory", text(directory), "positions in files, and open sessions, survive a restart here")
	store.set("create_directory", plain("true"))
	out.set("file_storage", store.node)
	return out.node
}

// otlp is the receiver of what Envoy sends.
func otlp() *yaml.Node {
	grpc, protocols, out := mapping(), mapping(), mapping()
	grpc.set("endpoint", text("0.0.0.0:4317"), "the cluster of Envoy's access logger has to lead here")
	protocols.set("grpc", grpc.node)
	out.set("protocols", protocols.node)
	return out.node
}

// write writes the document below a heading.
func (b *Blueprint) write(root *yaml.Node) ([]byte, error) {
	var out bytes.Buffer
	fmt.Fprintf(&out, "# For the logs of %s: otelcol-proxylog --config=FILE (validate --config=FILE checks it).\n", oneLine(b.Source))
	out.WriteString("# The comments say where things come from and what may have to be changed.\n")
	enc := yaml.NewEncoder(&out)
	enc.SetIndent(2)
	if err := enc.Encode(root); err != nil {
		return nil, fmt.Errorf("writing the configuration: %w", err)
	}
	return out.Bytes(), nil
}

// receiver is the section of the receiver.
func (b *Blueprint) receiver() *yaml.Node {
	r := mapping()
	r.set("format", plain(b.Proxy))
	if len(b.Files) > 0 {
		r.set("storage", plain("file_storage"))
		include := &yaml.Node{Kind: yaml.SequenceNode}
		for _, f := range b.Files {
			n := text(f.Pattern)
			n.HeadComment = comment(f.Comments)
			include.Content = append(include.Content, n)
		}
		file := mapping()
		file.set("include", include, "rotated files belong to the pattern, so that they are read to their end")
		file.set("start_at", plain("end"), "beginning: also what is in the files already")
		r.set("file", file.node)
	}
	if len(b.Listeners) > 0 {
		listeners := &yaml.Node{Kind: yaml.SequenceNode}
		for _, l := range b.Listeners {
			n := mapping()
			n.set("transport", plain(l.Transport))
			n.set("endpoint", text(l.Endpoint))
			n.node.HeadComment = comment(l.Comments)
			listeners.Content = append(listeners.Content, n.node)
		}
		r.set("syslog", listeners)
	}
	r.set(b.Proxy, b.section())
	return r.node
}

// section is the format's part of the configuration.
func (b *Blueprint) section() *yaml.Node {
	s := mapping()
	key := b.listing(&all.Config{}).Key
	comments := []string{"as the proxy's configuration has it; a dollar sign is written twice here"}
	if b.Proxy == "haproxy" {
		comments = append(comments, "one entry for each frontend and each step of a log-profile; or config_file, with the path of a haproxy.cfg on the Collector's machine")
	}
	if b.ConfigFile != "" {
		s.set("config_file", text(b.ConfigFile), "formats of it look alike, and only the file to which each is written tells them apart: the Collector reads both here")
		return s.node
	}
	s.set(key, list(b.Dialects...), comments...)
	if b.Proxy == "haproxy" {
		s.set("timezone", plain("Local"), "that of the machine HAProxy runs on: its dates have none")
	}
	return s.node
}

// exporters are the one that is used and the one to look at the records with. taken says that port 4317 is the receiver's.
func exporters(taken bool) *yaml.Node {
	tls, queue := mapping(), mapping()
	tls.set("insecure", plain("true"))
	queue.set("enabled", plain("false"), "a queue in memory would lose what is in it; one with a storage would do too")
	otlp := mapping()
	endpoint := exporter
	if taken {
		endpoint = "localhost:14317"
	}
	otlp.set("endpoint", text(endpoint), "CHANGE: where the records are to go")
	otlp.set("tls", tls.node)
	otlp.set("sending_queue", queue.node)
	debug := mapping()
	debug.set("verbosity", plain("detailed"))
	out := mapping()
	out.set("otlp_grpc", otlp.node)
	out.set("debug", debug.node)
	return out.node
}

// ordered is a mapping in the order in which it is filled.
type ordered struct{ node *yaml.Node }

func mapping() ordered { return ordered{&yaml.Node{Kind: yaml.MappingNode}} }

func (m ordered) set(key string, value *yaml.Node, comments ...string) {
	k := plain(key)
	k.HeadComment = comment(comments)
	m.node.Content = append(m.node.Content, k, value)
}

func plain(s string) *yaml.Node { return &yaml.Node{Kind: yaml.ScalarNode, Value: s} }

// text is a string as it was found, kept from being expanded.
func text(s string) *yaml.Node {
	n := &yaml.Node{}
	n.SetString(strings.ReplaceAll(s, "$", "$$"))
	return n
}

func list(values ...string) *yaml.Node {
	n := &yaml.Node{Kind: yaml.SequenceNode}
	long := 0
	for _, v := range values {
		n.Content = append(n.Content, text(v))
		long += len(v)
	}
	if long < 60 {
		n.Style = yaml.FlowStyle
	}
	return n
}

func comment(lines []string) string {
	clean := make([]string, len(lines))
	for i := range lines {
		clean[i] = "# " + oneLine(lines[i])
	}
	return strings.Join(clean, "\n")
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
