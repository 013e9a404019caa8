// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package scan_test

import (
	"math/big"
	"testing"

	"github.com/stretchr/testify/assert"
	"pgregory.net/rapid"

	"github.com/proxylog/proxylog/internal/scan"
)

func TestIntegral(t *testing.T) {
	for text, want := range map[string]int64{
		"0": 0, "0.0": 0, "-0.0": 0, "0e99": 0, "0.000e-5": 0, "123.0": 123, "-1.0": -1, "1.5e3": 1500, "1.5E+3": 1500, "1500e-2": 15,
		"12.50e1": 125, "9223372036854775807.0": 1<<63 - 1, "9.223372036854775807e18": 1<<63 - 1, "1e18": 1e18, "0.001e3": 1,
	} {
		n, ok := scan.Integral(text)
		assert.True(t, ok, text)
		assert.Equal(t, want, n, text)
	}
	for _, text := range []string{
		"", "-", ".", ".0", "1.", "1e", "1e+", "e3", "1.5", "1.25e1", "1e-1", "9223372036854775808.0", "1e19", "1e999999999999999999999",
		"1.0x", "1.0e3 ", " 1.0", "+1.0", "0x10", "NaN", "1.0.0", "1e1e1", "--1.0",
	} {
		_, ok := scan.Integral(text)
		assert.False(t, ok, text)
	}
}

// TestIntegralExactly holds it to exact arithmetic.
func TestIntegralExactly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`-?[0-9]{1,21}(\.[0-9]{1,4}0{0,3})?([eE][+-]?[0-9]{1,2})?`).Draw(t, "number")
		exact, ok := new(big.Rat).SetString(text)
		if !ok {
			t.Skip()
		}
		want := ok && exact.IsInt() && exact.Num().IsInt64() && exact.Num().Int64() != -1<<63
		n, ok := scan.Integral(text)
		if ok != want || ok && n != exact.Num().Int64() {
			t.Fatalf("%s: %d %v, want %v %v", text, n, ok, exact, want)
		}
	})
}
