// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package edgeone

import (
	"github.com/proxylog/proxylog/internal/attr"
	"github.com/proxylog/proxylog/internal/field"
)

// Roles of the fields that write needs.
const (
	_ field.Role = iota
	roleService
	roleSession
	roleConnect
	roleDisconnect
	roleReason
	roleClient
	roleProtocol
	rolePort
	roleLog
)

// kind is what a value has to be.
type kind uint8

const (
	text   kind = iota
	count       // a number of bytes; anything else costs the entry
	port        // a number; anything else is kept as edgeone.<key>
	moment      // a time; anything else costs the entry
)

// spec is one key of an entry.
type spec struct {
	field field.Field
	kind  kind
	// also is another spelling of the key.
	also string
	// l4 says that no other log of EdgeOne has the key.
	l4 bool
}

// named reports whether the field goes by the name.
func (s *spec) named(name string) bool {
	return name == s.field.Code || name != "" && name == s.also
}

// fields are the keys of an entry, in the order of the documentation. The byte counts are what the client sent and
// received in the client's view; they change places in the edge's.
var fields = []spec{
	{field.Field{Code: "ServiceID", Key: attr.ProxyListenerName, Conv: field.Str, Role: roleService}, text, "", false},
	{field.Field{Code: "SessionID", Role: roleSession}, text, "", true},
	{field.Field{Code: "ConnectTimeStamp", Role: roleConnect}, moment, "", true},
	{field.Field{Code: "DisconnetTimeStamp", Role: roleDisconnect}, moment, "DisconnectTimeStamp", true},
	{field.Field{Code: "DisconnetReason", Role: roleReason}, text, "DisconnectReason", true},
	{field.Field{Code: "ClientRealIP", Role: roleClient}, text, "", true},
	{field.Field{Code: "ClientRegion", Key: attr.GeoCountryISOCode, Conv: field.Str}, text, "", false},
	{field.Field{Code: "EdgeIP", Key: attr.NetworkLocalAddress, Conv: field.Str}, text, "", true},
	{field.Field{Code: "ForwardProtocol", Role: roleProtocol}, text, "", true},
	{field.Field{Code: "ForwardPort", Role: rolePort}, port, "", true},
	{field.Field{Code: "SentBytes", Key: attr.ProxyDeltaClientBytesSent, Conv: field.Count}, count, "", true},
	{field.Field{Code: "ReceivedBytes", Key: attr.ProxyDeltaClientBytesReceived, Conv: field.Count}, count, "", true},
	{field.Field{Code: "LogTimeStamp", Role: roleLog}, moment, "", true},
}

// l7Keys are keys of EdgeOne's L7 access logs, and of the connectivity test that it sends, which no other log has.
var l7Keys = []string{
	"EdgeServerIP", "EdgeResponseStatusCode", "EdgeResponseBytes", "EdgeResponseTime", "EdgeInternalTime", "EdgeCacheStatus",
	"EdgeEndTime", "RequestUrlQueryString", "RequestUA",
}
