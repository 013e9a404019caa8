// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

//go:generate go tool -modfile=../../tools/go.mod mdatagen metadata.yaml

// Package sessionstitchprocessor joins the log records of one proxy session or task into one record that
// carries the session's totals, its end and how complete it is.
package sessionstitchprocessor
