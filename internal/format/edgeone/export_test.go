// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package edgeone

import (
	"slices"

	"github.com/proxylog/proxylog/internal/format"
)

// ErrorTypes are the values of error.type.
func ErrorTypes() []string {
	var out []string
	for _, e := range reasons {
		if e.outcome == format.Failure {
			out = append(out, e.reason)
		}
	}
	slices.Sort(out)
	return out
}
