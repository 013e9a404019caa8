// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

// Package line holds what every input does to a line.
package line

import "github.com/proxylog/proxylog/internal/line"

// Cut is line.Cut.
func Cut(text string, limit int) (string, bool) { return line.Cut(text, limit) }

// Whole is line.Whole.
func Whole(text string) string { return line.Whole(text) }
