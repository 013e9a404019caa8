// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

// Package decodebench holds the benchmarks of the way from a line to its record over the corpora of make bench-peers,
// in one process and without a Collector around it: for comparing two commits, where a whole Collector is too coarse.
package decodebench
