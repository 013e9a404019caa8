// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package envoy

import (
	"encoding/hex"
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/proxylog/proxylog/internal/attr"
	"github.com/proxylog/proxylog/internal/format"
	"github.com/proxylog/proxylog/internal/record"
	"github.com/proxylog/proxylog/internal/scan"
)

// writeResource writes what identifies the proxy; identities are the slots that go there as they are.
func writeResource(in *format.Input, src *source, out *record.Writer, identities []int) {
	workload, namespace := cutLast(in.RoleText(roleClusterName))
	if workload == "" {
		workload = formatName
	}
	out.ResourceStr(attr.ServiceName, workload)
	out.ResourceStr(attr.ServiceNamespace, namespace)
	out.ResourceStr(attr.GDCClusterName, in.RoleText(roleClusterName))
	out.ResourceStr(attr.HostName, in.RoleText(roleHostname))
	if node := in.RoleText(roleNode); node != "" {
		if node != src.node.id {
			src.node = nodeOf(node)
		}
		src.node.write(out)
	}
	m := &in.Match
	for _, i := range identities {
		if s := &m.Slots[i]; s.Has() {
			out.ResourceStr(m.Dialect.Fields[i].Key, m.Dialect.Fields[i].Value(in.Line, s))
		}
	}
}

// node is a node id and the parts that it has as Istio makes it: type~ip~pod.namespace~domain, of which the last ones may
// be missing. A source remembers the one of the line before.
type node struct{ id, ip, pod, namespace string }

// nodeOf reads a node id.
func nodeOf(id string) node {
	n := node{id: id}
	_, rest, ok := strings.Cut(id, "~")
	if !ok {
		return n
	}
	ip, rest, _ := strings.Cut(rest, "~")
	if scan.Family(ip) != "" {
		n.ip = ip
	}
	pod, _, _ := strings.Cut(rest, "~")
	n.pod, n.namespace = cutLast(pod)
	return n
}

func (n *node) write(out *record.Writer) {
	out.ResourceStr(attr.EnvoyNodeID, n.id)
	out.ResourceStr(attr.K8sPodIP, n.ip)
	out.ResourceStr(attr.K8sPodName, n.pod)
	out.ResourceStr(attr.K8sNamespaceName, n.namespace)
}

// cutLast divides name.namespace: a namespace has no points.
func cutLast(s string) (string, string) {
	if i := strings.LastIndexByte(s, '.'); i >= 0 {
		return s[:i], s[i+1:]
	}
	return s, ""
}

// writeTrace writes the trace and span of a W3C traceparent, version-trace-span-flags (w3.org/TR/trace-context), or
// Envoy's own. A request id never is one.
func writeTrace(in *format.Input, out *record.Writer) {
	var trace pcommon.TraceID
	var span pcommon.SpanID
	if s := in.RoleText(roleTraceparent); s != "" {
		if len(s) == 55 && s[:3] == "00-" && s[35] == '-' && s[52] == '-' &&
			decode(trace[:], s[3:35]) && decode(span[:], s[36:52]) && !span.IsEmpty() {
			out.Trace(trace, span)
		} else {
			out.Strs(format.RequestHeader+"traceparent", s)
		}
		return
	}
	if decode(trace[:], in.RoleText(roleTraceID)) {
		decode(span[:], in.RoleText(roleSpanID))
		out.Trace(trace, span)
	}
}

// decode reads hexadecimal digits, as many as fit dst, and reports whether s is that.
func decode(dst []byte, s string) bool {
	if len(s) != 2*len(dst) {
		return false
	}
	var buf [32]byte
	n, err := hex.Decode(dst, buf[:copy(buf[:], s)])
	return err == nil && n == len(dst)
}
