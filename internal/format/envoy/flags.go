// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package envoy

import (
	"slices"
	"strings"

	"github.com/proxylog/proxylog/internal/attr"
	"github.com/proxylog/proxylog/internal/field"
	"github.com/proxylog/proxylog/internal/format"
	"github.com/proxylog/proxylog/internal/record"
)

// insert puts a name in its place among sorted ones, each of them there once: Envoy prints flags in no order.
func insert(list []string, name string) []string {
	i, found := slices.BinarySearch(list, name)
	if found {
		return list
	}
	return slices.Insert(list, i, name)
}

// flagList makes a sorted list of flags with commas between them.
var flagList = record.NewList(func(text string, to *record.Elements) {
	var space [16]string
	list := space[:0]
	for text != "" {
		var name string
		if name, text, _ = strings.Cut(text, ","); name != "" {
			list = insert(list, name)
		}
	}
	to.Expect(len(list))
	for _, name := range list {
		to.Decoded(name)
	}
})

// writeFlags writes the flags as lists.
func writeFlags(in *format.Input, out *record.Writer) {
	for _, f := range [...]struct {
		role field.Role
		key  string
	}{{roleFlags, attr.EnvoyResponseFlags}, {roleFlagsLong, attr.EnvoyResponseFlagsLong}} {
		if text := in.RoleText(f.role); strings.Trim(text, ",") != "" {
			out.List(f.key, text, flagList)
		}
	}
}
