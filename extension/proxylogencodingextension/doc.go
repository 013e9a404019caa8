// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

//go:generate go tool -modfile=../../tools/go.mod mdatagen metadata.yaml

// Package proxylogencodingextension reads the lines of EdgeOne, Envoy, g3proxy, HAProxy and Squid for receivers that take
// an encoding, such as the Kafka receiver, and makes of them what the proxylog receiver makes of the same lines.
package proxylogencodingextension
