// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

// Package attr holds the key of every attribute that proxylog emits.
//
// The constants are generated from the attribute contract in /metadata.yaml, where each key has its type, unit and
// meaning, and so is docs/attributes.md; no other package spells a key. To add one, add it there and run
// go generate ./internal/attr.
package attr

//go:generate go run ./gen
