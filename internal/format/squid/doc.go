// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

// Package squid reads what Squid 3.1 to 7 logs: ICAP transactions (icap_log) and HTTP transactions (access_log).
//
//	1795304950.095      3 127.0.0.5 ICAP_ECHO/204 107 REQMOD icap://127.0.0.1:13450/reqmod - -/127.0.0.1 -
//	1795304950.096      4 127.0.0.5 TCP_MISS/200 258 GET http://127.0.0.1:19201/p - HIER_DIRECT/127.0.0.1 text/plain
//
//	127.0.0.5 - - [21/Nov/2026:23:49:10 +0000] "GET http://127.0.0.1:19201/p HTTP/1.1" 200 258 "-" "curl" TCP_MISS:HIER_DIRECT
//
// The first is icap_squid, the second squid, the third combined; these are built in, as are common, referrer and
// useragent. Any other line is written by a logformat. All are the same to this package: logformat.go reads the language
// (squid.conf's documentation of logformat and src/format/Token.cc), fields.go says what each code looks like and what it
// becomes, dialects.go holds the built-ins as logformats and builtin.go what is peculiar to them: they print URL, Referer
// and User-Agent raw between quotes that protect nothing. A directive that logs ICAP codes is an ICAP log and its records
// are proxy.adaptation.end; all others are proxy.request.end.
//
// The time stamp is the end; times are milliseconds, sizes bytes. A missing value is a single -, never padded. Squid
// prints numbers for some things it does not know: a status of 0, the address :: or the all-ones address, and
// icap::tio as minus the time of day where no I/O took place. All these are absent attributes.
//
// Sizes of ICAP messages are traffic between Squid and the ICAP server and never the client's: they are
// squid.icap.request.size and squid.icap.response.size. outcome.go says how ICAP outcomes, Squid's result codes and HTTP
// statuses become proxy.outcome, proxy.ended_by, error.type and the severity.
package squid
