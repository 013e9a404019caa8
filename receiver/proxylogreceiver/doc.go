// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

//go:generate go tool -modfile=../../tools/go.mod mdatagen metadata.yaml

// Package proxylogreceiver reads the logs of EdgeOne, Envoy, g3proxy, HAProxy and Squid from files, syslog
// listeners, HTTP requests and fluentd messages and emits one typed log record for every entry.
package proxylogreceiver
