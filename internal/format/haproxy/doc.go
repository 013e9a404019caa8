// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

// Package haproxy reads what HAProxy 1.7 to 3.2 logs: traffic by a log-format, and the other lines that share its
// socket, which are connection errors and events of the process, its proxies and servers.
//
//	<134>Nov 21 23:43:14 localhost haproxy[4540]: 127.0.0.1:47846 [21/Nov/2026:23:43:14.491] fnt fnt.full/s_full 1/-1/80 0 CD 16/1/0/0/0 0/0
//
// Every traffic dialect is a log-format (the manual's section 8.2.6), the built-in ones too: the strings that option
// tcplog and option httplog stand for. fields.go says for each code what it looks like and what it becomes; logformat.go
// reads the language; outcome.go turns the termination state (section 8.5) into outcome, severity and error.type.
//
// Times are milliseconds, dates are local times without a zone, sizes are bytes. HAProxy prints -1 for a phase that was
// not reached, - for a missing text (nothing between the quotes under +Q), and escapes unprintable bytes of requests and
// captured headers as #XX. A plus before a time or a size is a lower bound: option logasap logged before the end.
package haproxy
