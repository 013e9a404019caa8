// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package haproxy

import (
	"strconv"
	"strings"

	"github.com/proxylog/proxylog/internal/directive"
	"github.com/proxylog/proxylog/internal/scan"
)

// Major types of CBOR (RFC 8949, section 3.1), in the upper three bits of an item's first byte.
const (
	cborUnsigned = iota
	cborNegative
	cborBytes
	cborText
	cborArray
	cborMap
	cborTag
	cborSimple
)

// cborBreak ends an item of indefinite length.
const cborBreak = 0xff

// maxCBOR is how deep items may be nested.
const maxCBOR = 8

// cborHeader is the head of an item of definite length.
func cborHeader(major, n int) string {
	first := byte(major << 5)
	switch {
	case n < 24:
		return string([]byte{first | byte(n)})
	case n < 256:
		return string([]byte{first | 24, byte(n)})
	}
	return string([]byte{first | 25, byte(n >> 8), byte(n)})
}

// cborReader reads CBOR, either as raw bytes or as hexadecimal digits.
type cborReader struct {
	s      string
	i, end int
	digits bool
	bad    bool
	// text collects strings where it is set.
	text *strings.Builder
	// list collects the elements of arrays where it is set.
	list *[]string
}

func (r *cborReader) byte() byte {
	if r.digits {
		if r.i+2 > r.end || scan.Hex(r.s[r.i]) > 15 || scan.Hex(r.s[r.i+1]) > 15 {
			r.bad = true
			return 0
		}
		r.i += 2
		return scan.Hex(r.s[r.i-2])<<4 | scan.Hex(r.s[r.i-1])
	}
	if r.i >= r.end {
		r.bad = true
		return 0
	}
	r.i++
	return r.s[r.i-1]
}

// count reads the number behind the first byte; indefinite says that a break ends the item.
func (r *cborReader) count(first byte) (n uint64, indefinite bool) {
	low := first & 31
	if low < 24 {
		return uint64(low), false
	}
	if low == 31 {
		return 0, true
	}
	if low > 27 {
		r.bad = true
		return 0, false
	}
	for range 1 << (low - 24) {
		n = n<<8 | uint64(r.byte())
	}
	return n, false
}

// item reads one item; first is its first byte. The number is that of an integer or truth value.
func (r *cborReader) item(first byte, depth int) int64 {
	n, indefinite := r.count(first)
	major := int(first >> 5)
	switch {
	case r.bad || depth > maxCBOR:
		r.bad = true
	case major == cborUnsigned:
		return int64(n)
	case major == cborNegative:
		return -1 - int64(n)
	case major == cborBytes || major == cborText:
		r.string(n, indefinite, depth)
	case major == cborArray || major == cborMap:
		if major == cborMap {
			n *= 2
		}
		for k := uint64(0); (indefinite || k < n) && !r.bad; k++ {
			b := r.byte()
			if indefinite && b == cborBreak {
				break
			}
			r.element(b, depth)
		}
	case major == cborTag:
		return r.item(r.byte(), depth+1)
	case n == 21: // true
		return 1
	}
	return 0
}

func (r *cborReader) element(first byte, depth int) {
	if r.list == nil {
		r.item(first, depth+1)
		return
	}
	var b strings.Builder
	inner := *r
	inner.text, inner.list = &b, nil
	n := inner.item(first, depth+1)
	r.i, r.bad = inner.i, inner.bad
	v := b.String()
	if first>>5 <= cborNegative {
		v = strconv.FormatInt(n, 10)
	}
	if v == "-" {
		v = "" // a header that is missing
	}
	*r.list = append(*r.list, v)
}

func (r *cborReader) string(n uint64, indefinite bool, depth int) {
	if indefinite {
		for !r.bad {
			b := r.byte()
			if b == cborBreak {
				return
			}
			r.item(b, depth+1)
		}
		return
	}
	for k := uint64(0); k < n && !r.bad; k++ {
		if b := r.byte(); r.text != nil {
			r.text.WriteByte(b)
		}
	}
}

// cborValue reads an item. inner reads the number of a text.
func cborValue(inner directive.Func, digits bool) directive.Func {
	return func(line string, i, end int) (int, int64) {
		r := cborReader{s: line, i: i, end: end, digits: digits}
		first := r.byte()
		n := r.item(first, 0)
		if r.bad {
			return -1, 0
		}
		if inner != nil && first>>5 == cborText {
			text := decodeCBOR(digits)(line[i:r.i])
			if e, v := inner(text, 0, len(text)); e == len(text) {
				n = v
			}
		}
		return r.i, n
	}
}

// decodeCBOR makes the text of an item.
func decodeCBOR(digits bool) func(string) string {
	return func(s string) string {
		var b strings.Builder
		r := cborReader{s: s, end: len(s), digits: digits, text: &b}
		first := r.byte()
		n := r.item(first, 0)
		switch {
		case first>>5 <= cborNegative:
			return strconv.FormatInt(n, 10)
		case first == 0xf5:
			return "true"
		case first == 0xf4:
			return "false"
		}
		return b.String()
	}
}

// splitCBOR parts an array.
func splitCBOR(digits bool) func(string) []string {
	return func(s string) []string {
		var out []string
		r := cborReader{s: s, end: len(s), digits: digits, list: &out}
		r.item(r.byte(), 0)
		return out
	}
}
