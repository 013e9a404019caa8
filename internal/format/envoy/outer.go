// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package envoy

import (
	"slices"
	"strings"

	"github.com/proxylog/proxylog/internal/attr"
	"github.com/proxylog/proxylog/internal/field"
	"github.com/proxylog/proxylog/internal/jsonscan"
	"github.com/proxylog/proxylog/internal/record"
	"github.com/proxylog/proxylog/internal/scan"
)

// outer is what stands around the entries of a line.
type outer struct {
	reader, members *jsonscan.Reader
	slots           []field.Slot
	// attributes and resource are what it says about the entry at hand.
	attributes, resource []record.KV
	observed             int64
	// inside says that an entry is being read, which is not all of the line.
	inside bool
}

// Slots of the keys that may be around an entry.
const (
	outEvent = iota
	outLine
	outTime
	outTimestamp
	outHost
	outSource
	outSourcetype
	outIndex
	outFields
	outLabels
	outResult
	outStreams
	outStream
	outValues
	numOuter
)

var outerKeys = []jsonscan.Key{
	{Path: []string{"event"}, Field: outEvent},
	{Path: []string{"line"}, Field: outLine},
	{Path: []string{"time"}, Field: outTime},
	{Path: []string{"timestamp"}, Field: outTimestamp},
	{Path: []string{"host"}, Field: outHost},
	{Path: []string{"source"}, Field: outSource},
	{Path: []string{"sourcetype"}, Field: outSourcetype},
	{Path: []string{"index"}, Field: outIndex},
	{Path: []string{"fields"}, Field: outFields},
	{Path: []string{"labels"}, Field: outLabels},
	{Path: []string{"data", "result"}, Field: outResult},
	{Path: []string{"streams"}, Field: outStreams},
	{Path: []string{"stream"}, Field: outStream},
	{Path: []string{"values"}, Field: outValues},
}

// labelNames are the labels of GDC's Loki that say what keys of a record say too.
var labelNames = map[string]string{
	"cluster": attr.K8sClusterName, "namespace": attr.GDCNamespace, "service_name": attr.GDCServiceName,
	"org": attr.GDCOrgName, "tenant_id": attr.GDCTenantID,
}

// Prefixes of the other labels of Loki, and of the fields of a Splunk event.
const (
	labelPrefix = "loki.label."
	fieldPrefix = "com.splunk.field."
)

// maxLabels bounds what is kept of the labels of an entry.
const maxLabels = 64

func (o *outer) clear() {
	o.attributes, o.resource, o.observed = o.attributes[:0], o.resource[:0], 0
}

// observe takes the time at which an earlier stage has read the entry.
func (o *outer) observe(line string, slot int) {
	if s := &o.slots[slot]; s.Has() {
		if ns, ok := scan.Instant(s.Text(line)); ok {
			o.observed = ns
		}
	}
}

// labels takes the members of an object: those that records have too go where they go, others become attributes below a
// prefix.
func (o *outer) labels(line string, slot int, prefix string) {
	s := &o.slots[slot]
	if !s.Is(field.Object) || line[s.Start] != '{' {
		return
	}
	o.members.Extra = o.members.Extra[:0]
	if o.members.Object(line, int(s.Start), nil) < 0 {
		return
	}
	for i := range o.members.Extra {
		e := &o.members.Extra[i]
		value := jsonscan.Unescape(e.Slot.Text(line))
		if key, ok := labelNames[e.Key]; ok {
			o.resource = append(o.resource, record.KV{Key: key, Str: value})
			continue
		}
		key := prefix + strings.ToValidUTF8(e.Key, "\uFFFD")
		if len(o.attributes) < maxLabels && !slices.ContainsFunc(o.attributes, func(kv record.KV) bool { return kv.Key == key }) {
			o.attributes = append(o.attributes, record.KV{Key: key, Str: value})
		}
	}
}

// elements calls fn for each element of an array, until it says that this is enough.
func (o *outer) elements(line string, array field.Slot, fn func(field.Slot) bool) {
	if !array.Is(field.Object) || line[array.Start] != '[' {
		return
	}
	i, end := int(array.Start)+1, int(array.End)-1
	for {
		for i < end && (line[i] <= ' ' || line[i] == ',') {
			i++
		}
		if i >= end {
			return
		}
		e := o.reader.Value(line, i)
		if e < 0 {
			return
		}
		s := field.Slot{Start: int32(i), End: int32(e)}
		switch line[i] {
		case '{', '[':
			s.Flags = field.Object
		case '"':
			s.Start, s.End = s.Start+1, s.End-1
		}
		i = e
		if !fn(s) {
			return
		}
	}
}

// write adds what stands around the entry to its record.
func (o *outer) write(out *record.Writer) {
	for _, kv := range o.attributes {
		out.Decoded(kv.Key, kv.Str)
	}
	for _, kv := range o.resource {
		out.ResourceStr(kv.Key, strings.ToValidUTF8(kv.Str, "\uFFFD"))
	}
	if o.observed > 0 {
		out.Observed(o.observed)
	}
}
