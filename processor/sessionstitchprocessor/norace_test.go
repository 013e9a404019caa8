// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

//go:build !race

package sessionstitchprocessor

// underRace says that the race detector watches.
const underRace = false
