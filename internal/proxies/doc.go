// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

// Package proxies starts real proxies on loopback with their own logging pointed at the receiver, drives requests of known
// outcome through them, and checks that each one arrives, with the client's own counts. Its tests need the build tag
// proxies, and skip a proxy that is not installed: make test-proxies.
package proxies
