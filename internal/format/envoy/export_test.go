// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package envoy

import "slices"

// ErrorTypes are the values of error.type besides the HTTP statuses from 400 to 599: names of flags, of gRPC statuses, and
// Envoy's own ways to fail without either.
func ErrorTypes() []string {
	out := []string{handshakeFailed, terminated, otherStatus}
	for _, f := range flags {
		if f.failure {
			out = append(out, f.name)
		}
	}
	return append(out, failedCalls...)
}

// Dialects are the names that a configuration may give to built-in formats, the first ones those of the dialects.
func Dialects() []string {
	out := slices.Clone(builtinNames)
	for alias := range builtinAliases {
		out = append(out, alias)
	}
	slices.Sort(out[len(builtinNames):])
	return out
}
