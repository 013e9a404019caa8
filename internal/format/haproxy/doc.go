// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

// Package haproxy reads what HAProxy 1.5 to 3.4 logs: traffic by a log-format, and the other lines that share its
// socket, which are connection errors and events of the process, its proxies and servers.
//
//	<134>Nov 21 23:43:14 localhost haproxy[4540]: 127.0.0.1:47846 [21/Nov/2026:23:43:14.491] fnt fnt.full/s_full 1/-1/80 0 CD 16/1/0/0/0 0/0
//	<134>Nov 21 23:43:16 localhost haproxy[4540]: 127.0.0.1:40246 [21/Nov/2026:23:43:16.563] fnt/mtls: SSL handshake failure
//	<145>Nov 21 23:43:19 localhost haproxy[4540]: Server fnt.down/sdown is DOWN. 0 active and 0 backup servers left.
//
// Every traffic dialect is a log-format (the manual's section 8.2.6), the built-in ones too: the strings that option
// tcplog, option httplog and their kin stand for. dialects.go has them, directives.go reads what the user lists and
// configfile.go what haproxy.cfg says, which cfg reads. fields.go and shapes.go say for each code what it looks like and what
// it becomes, expressions.go, numbers.go and dates.go for each sample. logformat.go reads the language; flags.go, value.go,
// encode.go, cbor.go, hexadecimal.go and escape.go say how its values are printed; captures.go, lists.go and braces.go have
// the captured headers; layout.go, variants.go, rare.go and forged.go what a line may lack or hide. lines.go has the lines
// that no log-format can express; event.go and eventread.go read events, cut.go lines that were cut, sd.go structured data,
// moment.go says when a line was printed. write.go, http.go and outcome.go make the record, the last from the termination
// state (section 8.5); errors.go has all values of error.type. docs/formats/haproxy.md is the user's page.
//
// Times are milliseconds, dates are local times without a zone, sizes are bytes. HAProxy prints -1 for a phase that was
// not reached, - for a missing text (nothing between the quotes under +Q), and escapes unprintable bytes of requests and
// captured headers as #XX. A plus before a time or a size is a lower bound: option logasap logged before the end.
package haproxy
