// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

// Package envoy reads the access logs of Envoy (tried with 1.40), also under Istio and as the audit records of Google
// Distributed Cloud air-gapped (GDC), which are Istio's.
//
//	{"authority":"app.lab.example","body":{},"bytes_received":"0","bytes_sent":"5000","connection_termination_details":"-","downstream_local_address":"127.0.0.1:17300","downstream_remote_address":"127.0.0.1:56324","duration":"7","method":"GET","observed_time_unix_nano":"1795305118585925000","path":"/api/v1/users/929","protocol":"HTTP/1.1", …}
//
// What a line holds is configuration: each key of a JSON object, and each item of a text, is one of Envoy's command
// operators (envoyproxy.io, Access logging, Command operators). So the operator is what has a meaning here: fields.go says
// for each what it becomes, a dialect says which key or place has which operator, and a user's own format is
// compiled with the same table. A key without a known operator becomes envoy.<key>, or gdc.<key> in a GDC record.
//
// Times of a line count from START_TIME, in milliseconds; every counter is a total since then, in bytes, as Envoy's
// downstream side sees it: BYTES_RECEIVED is what the client sent. Lines of the upstream log (types Upstream…) see it from
// the upstream's side: BYTES_SENT is what the upstream received. A missing value is null or "-".
//
// In JSON Envoy writes a text that is not valid UTF-8 with each byte above 127 as \u00XX; it is kept as decoded. Text
// formats escape nothing; there the tail is read from the right, since only what Envoy itself made stands there.
package envoy
