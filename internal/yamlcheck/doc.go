// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

// Package yamlcheck finds the Collector configurations that the documentation and the examples show, so that its test
// can hold each of them against the distribution that this repository builds. Nothing else uses it.
package yamlcheck
