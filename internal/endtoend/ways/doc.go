// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

// Package ways holds the tests that take the same lines along every way into the Collector, with the real receivers of
// others at its end, and that run every example. It is a module of its own, since Kafka's client and the other receivers
// are no business of who builds with proxylog.
package ways
