// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

// Package edgeone reads the L4 proxy logs of Tencent EdgeOne: JSON objects, pushed in real time or downloaded as hourly
// packages, as they are documented since 2022 (tencentcloud.com/document/product/1145/61301).
//
//	{"ServiceID":"sid-wnyswh21ntko","SessionID":"0897246a40c270b00e893302aba9e7b8","ConnectTimeStamp":"2026-11-20T00:03:24Z","DisconnetTimeStamp":"-","DisconnetReason":"-","ClientRealIP":"192.0.2.64","ClientRegion":"US","EdgeIP":"192.0.2.126","ForwardProtocol":"TCP","ForwardPort":3306,"SentBytes":1376872,"ReceivedBytes":2148,"LogTimeStamp":"2026-11-20T00:03:54Z"}
//
// A line holds one object, or several: an array, a part of an array that is spread over lines, or objects one behind the
// other. Each object is an entry and becomes a record. An entry is logged while a connection lasts, and at its end;
// SentBytes and ReceivedBytes count since the entry before. Which keys there are is the customer's choice; older versions
// had no SessionID. fields.go says what each key becomes; the key Disconnet… is EdgeOne's own spelling, Disconnect… is
// read as well. Of a key that stands twice the last value counts. Unknown keys become edgeone.<key>.
//
// A missing value is "-", -1, "" or null. Times are ISO 8601, in UTC where they have no zone, or seconds or milliseconds
// since 1970, as a number or in quotes. DisconnetReason is direction:reason, where down is the client's side and up the
// origin's; a blank may follow the colon, which may be a full-width one.
package edgeone
