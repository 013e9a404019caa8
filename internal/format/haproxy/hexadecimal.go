// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package haproxy

import (
	"fmt"
	"net/netip"
	"strconv"

	"github.com/proxylog/proxylog/internal/directive"
	"github.com/proxylog/proxylog/internal/scan"
)

// Under +X addresses, ports and counters are printed as hexadecimal digits: addresses as all of their bytes, counters
// with at least four digits, %ms with at least two (the manual's section 8.2.6; src/log.c).

// hexed is a shape in hexadecimal digits and how they are undone.
type hexed struct {
	shape  directive.Shape
	decode func(string) string
}

// hexShape is what +X makes of a variable; false where that changes nothing.
func hexShape(name string) (hexed, bool) {
	decode := hexToDecimal
	switch name {
	case "%ci", "%fi", "%bi", "%si":
		return hexed{directive.Shape{
			Kind: directive.KindFunc, Func: scanHexAddress, Set: hexBytes, Encoded: true, HasNull: true, Null: "-",
			Expect: "an address of 8 or 32 hexadecimal digits",
		}, hexToAddress}, true
	case "%ms":
		decode = hexToMillis
	case "%cp", "%fp", "%bp", "%sp", "%Ts", "%rt", "%lc", "%pid":
	default:
		return hexed{}, false
	}
	return hexed{directive.Shape{
		Kind: directive.KindFunc, Func: scanHexNumber, Set: hexBytes, Encoded: true, Expect: "a number in hexadecimal digits",
	}, decode}, true
}

func scanHexAddress(line string, i, end int) (int, int64) {
	e := i
	for e < end && e-i < 32 && scan.Hex(line[e]) < 16 {
		e++
	}
	switch {
	case e-i == 32:
		return e, 0
	case e-i >= 8:
		return i + 8, 0
	}
	return -1, 0
}

func scanHexNumber(line string, i, end int) (int, int64) {
	from := i
	var n int64
	for ; i < end && i-from < 16 && scan.Hex(line[i]) < 16; i++ {
		n = n<<4 | int64(scan.Hex(line[i]))
	}
	if i == from {
		return -1, 0
	}
	return i, n
}

func hexToDecimal(s string) string {
	n, err := strconv.ParseUint(s, 16, 64)
	if err != nil {
		return s
	}
	return strconv.FormatUint(n, 10)
}

// hexToMillis prints milliseconds as they are printed without +X.
func hexToMillis(s string) string {
	n, err := strconv.ParseUint(s, 16, 64)
	if err != nil {
		return s
	}
	return fmt.Sprintf("%03d", n)
}

func hexToAddress(s string) string {
	var b [16]byte
	if len(s) != 8 && len(s) != 32 {
		return s
	}
	for i := 0; i < len(s); i += 2 {
		b[i/2] = scan.Hex(s[i])<<4 | scan.Hex(s[i+1])
	}
	a, _ := netip.AddrFromSlice(b[:len(s)/2])
	return a.String()
}
