// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

// Package collector runs the Collector distribution over files until it has read them all: it writes a configuration,
// starts the distribution, follows its own metrics until every line is accounted for, stops it so that it releases the
// sessions that are still open, and leaves the records in a file.
package collector
