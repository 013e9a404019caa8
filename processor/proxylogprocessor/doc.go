// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

//go:generate go tool -modfile=../../tools/go.mod mdatagen metadata.yaml

// Package proxylogprocessor reads the lines of EdgeOne, Envoy, g3proxy, HAProxy and Squid that another receiver has put
// into the bodies or an attribute of its records, and turns these records into what the proxylog receiver would have
// made of the same lines. What the other receiver knew stays.
package proxylogprocessor
