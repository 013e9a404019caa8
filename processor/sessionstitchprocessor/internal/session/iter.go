// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package session

import (
	"bytes"
	"encoding/binary"
	"iter"
	"slices"
)

// content is the count and the payload of an encoded slice or map.
func content(b []byte) (n uint64, rest []byte) {
	_, k := binary.Uvarint(b[1:])
	rest = b[1+max(k, 0):]
	n, k = binary.Uvarint(rest)
	return n, rest[max(k, 0):]
}

// elements are the values of an encoded slice.
func elements(b []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		n, rest := content(b)
		for range n {
			size := valueLen(rest)
			if size == 0 || !yield(rest[:size]) {
				return
			}
			rest = rest[size:]
		}
	}
}

// entries are the pairs of an encoded map.
func entries(b []byte) iter.Seq2[string, []byte] {
	return func(yield func(string, []byte) bool) {
		n, rest := content(b)
		for range n {
			size, k := binary.Uvarint(rest)
			if k <= 0 || size > uint64(len(rest)-k) {
				return
			}
			name := valid(rest[k : k+int(size)])
			rest = rest[k+int(size):]
			v := valueLen(rest)
			if v == 0 || !yield(name, rest[:v]) {
				return
			}
			rest = rest[v:]
		}
	}
}

// maxUnion is how many distinct values a union keeps: the smallest, so that neither order nor grouping matters.
const maxUnion = 32

// union is the set of the values of two encoded sets: slices without repetition, sorted, of at most limit values; 0: of
// maxUnion.
func union(dst, a, b []byte, limit int) []byte {
	if limit == 0 {
		limit = maxUnion
	}
	var list [][]byte
	for _, s := range [2][]byte{a, b} {
		if s == nil {
			continue
		}
		if s[0] != kindSlice {
			list = append(list, s)
			continue
		}
		for e := range elements(s) {
			list = append(list, e)
		}
	}
	slices.SortFunc(list, compareValues)
	list = slices.CompactFunc(list, bytes.Equal)
	list = list[:min(len(list), limit)]
	body := binary.AppendUvarint(nil, uint64(len(list)))
	for _, e := range list {
		body = append(body, e...)
	}
	return appendBody(dst, kindSlice, body)
}
