// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package edgeone

import "slices"

// ErrorTypes are the values of error.type.
func ErrorTypes() []string {
	var out []string
	for _, e := range reasons {
		if e.outcome == failure {
			out = append(out, e.reason)
		}
	}
	slices.Sort(out)
	return out
}
