// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

//go:build race

package sessionstitchprocessor

// underRace says that the race detector watches, under which everything takes ten times as long. It looks for races, of
// which a sample of the cases finds as many as all of them; what the cases prove is proved without it.
const underRace = true
