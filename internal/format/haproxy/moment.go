// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package haproxy

// moment is when in a session a line is printed. From 3.1 on log-steps and do-log print lines before the end.
type moment uint8

const (
	atEnd moment = iota
	atStart
	midway
)

// momentOf is the moment of a step, by the name that %OG prints or that log-profile gives it (src/log.c); any other is
// at the end, as without steps.
func momentOf(step string) moment {
	switch step {
	case "accept", "txn_accept", "quic-init", "tcp-req-conn", "tcp-req-sess":
		return atStart
	case "request", "txn_request", "tcp-req-cont", "http-req", "connect", "txn_connect",
		"response", "txn_response", "tcp-res-cont", "http-res", "http-after-res":
		return midway
	}
	return atEnd
}
