// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package session

// Records of one source have mostly the same texts in the same places: names, states, addresses of the proxy. A memo is the
// text that an attribute had last, its encoding and its hash, so that neither has to be found again.
type memo struct {
	hash uint64
	// text and encoded are as long as size and length say; size is 0 where there is nothing.
	size, length uint8
	text         [40]byte
	encoded      [24]byte
}

// recall adds the encoding of a text, if it is the last one.
func (m *memo) recall(dst []byte, s string) ([]byte, uint64, bool) {
	if int(m.size) != len(s) || m.size == 0 || string(m.text[:m.size]) != s {
		return dst, 0, false
	}
	return append(dst, m.encoded[:m.length]...), m.hash, true
}

// keep remembers a text that is short enough.
func (m *memo) keep(s string, encoded []byte, hash uint64) {
	if m.size = 0; len(s) <= len(m.text) && len(encoded) <= len(m.encoded) {
		m.hash, m.size, m.length = hash, uint8(len(s)), uint8(len(encoded))
		copy(m.text[:], s)
		copy(m.encoded[:], encoded)
	}
}
