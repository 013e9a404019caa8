// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

// Package endtoend holds the tests that take lines all the way: as a proxy wrote them, through the decoder and the
// stitcher, to the totals that are known of their sessions.
package endtoend
