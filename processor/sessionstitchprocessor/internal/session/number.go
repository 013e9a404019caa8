// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package session

import (
	"math"
	"strconv"

	"go.opentelemetry.io/collector/pdata/pcommon"
)

// billion is the number of billionths in one.
const billion = 1_000_000_000

// numberOf splits a number that is not negative into whole and billionths.
func numberOf(v pcommon.Value) (whole, parts int64, ok bool) {
	f := 0.0
	switch v.Type() {
	case pcommon.ValueTypeInt:
		return v.Int(), 0, v.Int() >= 0
	case pcommon.ValueTypeDouble:
		f = v.Double()
	case pcommon.ValueTypeStr:
		if n, err := strconv.ParseInt(v.Str(), 10, 64); err == nil {
			return n, 0, n >= 0
		}
		var err error
		if f, err = strconv.ParseFloat(v.Str(), 64); err != nil {
			return 0, 0, false
		}
	default:
		return 0, 0, false
	}
	if !(f >= 0 && f < math.MaxInt64) {
		return 0, 0, false
	}
	w, rest := math.Modf(f)
	whole, parts = int64(w), int64(math.Round(rest*billion))
	return whole + parts/billion, parts % billion, true
}

// count is a value of a counter: a whole number that is not negative, whatever type it has come to have on its way. JSON,
// where a record went through it, knows one kind of number, and others only texts.
func count(v pcommon.Value) (int64, bool) {
	whole, parts, ok := numberOf(v)
	return whole, ok && parts == 0
}
