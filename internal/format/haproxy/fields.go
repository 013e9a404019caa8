// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package haproxy

import (
	"strings"

	"github.com/proxylog/proxylog/internal/attr"
	"github.com/proxylog/proxylog/internal/directive"
	"github.com/proxylog/proxylog/internal/field"
)

// Roles of the fields that write needs.
const (
	_ field.Role = iota
	roleClientAddress
	roleClientPort
	roleAcceptDate
	roleRequestDate
	roleTotal
	roleActive
	roleFrontend
	roleBackend
	roleServer
	roleBytes
	roleStatus
	roleState
	roleRetries
	roleRequest
	roleMethod
	roleURI
	rolePath
	roleQuery
	roleVersion
	roleRequestHeaders
	roleResponseHeaders
	roleEpoch
	roleEpochMillis
	rolePID
	roleHost
	roleMessage
	roleMode
	roleFcErr
	roleSecure
	// roleOrigin is the step at which the line was printed.
	roleOrigin
	// roleLogDate is the time at which the line was printed.
	roleLogDate
)

// text is how a code's value is printed, as far as quoting goes.
type text uint8

const (
	number  text = iota // never quoted, missing as -1 or not at all
	plain               // quoted under +Q; never a blank or a quote in it
	encoded             // quoted under +Q; unprintable bytes, quotes and # as #XX, blanks raw
	raw                 // quoted under +Q; nothing encoded: anything may stand in it
	port                // a number, never quoted; missing as - or, under +Q, as two quotes
	always              // quoted under +Q; never missing: <BADREQ> stands for none
	lists               // each of its values quoted under +Q; encoded as above
)

// code is one variable of the log-format language.
type code struct {
	field field.Field
	shape directive.Shape
	text  text
	http  bool // only in HTTP mode
}

var (
	digits  = directive.Shape{Kind: directive.KindInt, Expect: "a number"}
	plus    = directive.Shape{Kind: directive.KindInt, Plus: true, Expect: "a number"}
	address = directive.Shape{Kind: directive.KindFunc, Func: scanAddress, Set: addressBytes, Expect: "an address"}
	name    = directive.Shape{Kind: directive.KindSet, Set: nameBytes, Min: 1, Expect: "a name"}
	// path is a path without the query; the words that stand for a URI may hold one.
	path     = directive.Shape{Kind: directive.KindSet, Set: pathBytes, Expect: "a path"}
	query    = directive.Shape{Kind: directive.KindSet, Set: words.Set, First: directive.NewSet("?<"), Expect: "a query behind a question mark"}
	hostname = directive.Shape{Kind: directive.KindSet, Set: hostBytes, Min: 1, Expect: "a host name"}
	millis   = directive.Shape{Kind: directive.KindFunc, Func: scanMillis, Width: 3, Set: decimals, Expect: "milliseconds of three digits"}
	words    = directive.Shape{Kind: directive.KindSet, Set: directive.Except(" \"\t\x00"), Expect: "text without blanks"}
	// rawWords are words that HAProxy prints as the client has sent them.
	rawWords = directive.Shape{Kind: directive.KindSet, Set: directive.Except(" \t\r\n\x00"), Expect: "text without blanks"}
	// phrase is a text of HAProxy's own, which holds no quotes.
	phrase = directive.Shape{Kind: directive.KindText, Set: printable, Expect: "a text"}
	// tlsWord is the name of a TLS version or of a cipher, as the library has it; (NONE) is one.
	tlsWord = directive.Shape{Kind: directive.KindSet, Set: asciiNames("._-()"), Expect: "a TLS version or cipher"}
	// serverName is what the client has sent as such.
	serverName = directive.Shape{Kind: directive.KindSet, Set: directive.Except(" \"/\t\x00"), Expect: "a server name"}
	cookie     = directive.Shape{Kind: directive.KindText, Valid: isCookie, Expect: "a cookie, name=value, or -"}
	request    = directive.Shape{Kind: directive.KindText, Set: printable, Valid: isRequest, Expect: "a request line"}
	headers    = directive.Shape{
		Kind: directive.KindFunc, Func: scanBraces, Optional: true, Closed: true, Set: directive.NewSet("{"), Expect: "captured headers in braces",
	}
	dateMillis  = directive.Shape{Kind: directive.KindFunc, Func: scanDate, Width: 24, Expect: "a date as 21/Nov/2026:23:43:14.491"}
	dateZone    = directive.Shape{Kind: directive.KindFunc, Func: scanDateZone, Width: 26, Expect: "a date as 21/Nov/2026:23:43:14 +0000"}
	state       = directive.Shape{Kind: directive.KindFunc, Func: scanState2, Width: 2, Expect: "a termination state of two characters"}
	stateCookie = directive.Shape{Kind: directive.KindFunc, Func: scanState4, Width: 4, Expect: "a termination state of four characters"}

	// nameBytes are those of proxies and servers (the manual's section 4 allows letters, digits and - _ . :), the
	// tilde that marks TLS, the angle brackets of <NOSRV>, and bytes that no name of a file should hold but some do.
	nameBytes = namesOf("-_.:~<>@+")
	hostBytes = namesOf("-_.:")
	pathBytes = directive.Except(" \"?\t\x00")
	// printable are the bytes that stand for themselves in a request line; the others are printed as #XX.
	printable = printableBytes()
)

// namesOf is letters, digits, what is not ASCII, and some more.
func namesOf(more string) *directive.Set {
	s := asciiNames(more)
	for b := 0x80; b < len(s); b++ {
		s[b] = true
	}
	return s
}

// asciiNames is letters, digits and some more.
func asciiNames(more string) *directive.Set {
	s := directive.NewSet(more)
	for b := range 0x80 {
		s[b] = s[b] || isAlnum(byte(b))
	}
	return s
}

func printableBytes() *directive.Set {
	var s directive.Set
	for b := ' '; b <= '~'; b++ {
		s[b] = true
	}
	s['"'] = false
	return &s
}

// codes are the variables of the log-format language (the manual's section 8.2.6), without the percent sign.
var codes = map[string]code{
	"ci": {field.Field{Role: roleClientAddress}, address, plain, false},
	"cp": {field.Field{Role: roleClientPort}, digits, port, false},
	"fi": {field.Field{Key: attr.NetworkLocalAddress, Conv: field.Str}, address, plain, false},
	"fp": {field.Field{Key: attr.NetworkLocalPort, Conv: field.Count}, digits, port, false},
	"bi": {field.Field{Key: attr.HaproxyBackendLocalAddress, Conv: field.Str}, address, plain, false},
	"bp": {field.Field{Key: attr.HaproxyBackendLocalPort, Conv: field.Count}, digits, port, false},
	"si": {field.Field{Key: attr.ProxyUpstreamAddress, Conv: field.Str}, address, plain, false},
	"sp": {field.Field{Key: attr.ProxyUpstreamPort, Conv: field.Count}, digits, port, false},

	"f":  {field.Field{Role: roleFrontend}, name, plain, false},
	"ft": {field.Field{Role: roleFrontend}, name, plain, false},
	"b":  {field.Field{Role: roleBackend}, name, plain, false},
	"s":  {field.Field{Role: roleServer}, name, plain, false},

	"t":   {field.Field{Role: roleAcceptDate}, dateMillis, number, false},
	"T":   {field.Field{Role: roleAcceptDate}, dateZone, number, false},
	"Tl":  {field.Field{Role: roleAcceptDate}, dateZone, number, false},
	"tr":  {field.Field{Role: roleRequestDate}, dateMillis, number, true},
	"trg": {field.Field{Role: roleRequestDate}, dateZone, number, true},
	"trl": {field.Field{Role: roleRequestDate}, dateZone, number, true},
	"Ts":  {field.Field{Role: roleEpoch}, digits, number, false},
	"ms":  {field.Field{Role: roleEpochMillis}, millis, number, false},

	"Th": {field.Field{Key: attr.HaproxyTimeHandshake, Conv: field.Millis}, digits, number, false},
	"Ti": {field.Field{Key: attr.HaproxyTimeIdle, Conv: field.Millis}, digits, number, false},
	"Tq": {field.Field{Key: attr.HaproxyTimeRequestTotal, Conv: field.Millis}, digits, number, true},
	"TR": {field.Field{Key: attr.HaproxyTimeRequest, Conv: field.Millis}, digits, number, true},
	"Tw": {field.Field{Key: attr.HaproxyTimeQueue, Conv: field.Millis}, digits, number, false},
	"Tc": {field.Field{Key: attr.HaproxyTimeConnect, Conv: field.Millis}, digits, number, false},
	"Tr": {field.Field{Key: attr.HaproxyTimeResponse, Conv: field.Millis}, digits, number, true},
	"Td": {field.Field{Key: attr.HaproxyTimeData, Conv: field.Millis}, digits, number, false},
	"Ta": {field.Field{Role: roleActive}, plus, number, true},
	"Tt": {field.Field{Role: roleTotal}, plus, number, false},
	"Tu": {field.Field{Key: attr.HaproxyTimeUser, Conv: field.Millis}, plus, number, false},

	"B":  {field.Field{Role: roleBytes}, plus, number, false},
	"U":  {field.Field{Key: attr.ProxyClientBytesSent, Conv: field.Count}, plus, number, false},
	"ST": {field.Field{Role: roleStatus}, digits, number, true},

	"ts":  {field.Field{Key: attr.HaproxyTerminationState, Conv: field.Str, Role: roleState}, state, number, false},
	"tsc": {field.Field{Key: attr.HaproxyTerminationState, Conv: field.Str, Role: roleState}, stateCookie, number, false},

	"ac": {field.Field{Key: attr.HaproxyConnectionsActive, Conv: field.Count}, digits, number, false},
	"fc": {field.Field{Key: attr.HaproxyConnectionsFrontend, Conv: field.Count}, digits, number, false},
	"bc": {field.Field{Key: attr.HaproxyConnectionsBackend, Conv: field.Count}, digits, number, false},
	"sc": {field.Field{Key: attr.HaproxyConnectionsServer, Conv: field.Count}, digits, number, false},
	"rc": {field.Field{Key: attr.HaproxyRetries, Conv: field.Count, Role: roleRetries}, plus, number, false},
	"sq": {field.Field{Key: attr.HaproxyQueueServer, Conv: field.Count}, digits, number, false},
	"bq": {field.Field{Key: attr.HaproxyQueueBackend, Conv: field.Count}, digits, number, false},

	"CC":  {field.Field{Key: attr.HaproxyCapturedRequestCookie, Conv: field.Str}, cookie, raw, true},
	"CS":  {field.Field{Key: attr.HaproxyCapturedResponseCookie, Conv: field.Str}, cookie, raw, true},
	"hr":  {field.Field{Role: roleRequestHeaders}, headers, encoded, true},
	"hs":  {field.Field{Role: roleResponseHeaders}, headers, encoded, true},
	"hrl": {field.Field{Role: roleRequestHeaders, List: splitPlain}, plainList, lists, true},
	"hsl": {field.Field{Role: roleResponseHeaders, List: splitPlain}, plainList, lists, true},

	"r":   {field.Field{Role: roleRequest, Clean: unhex}, request, encoded, true},
	"HM":  {field.Field{Role: roleMethod, Clean: unhex}, words, always, true},
	"HU":  {field.Field{Role: roleURI, Clean: unhex}, words, always, true},
	"HP":  {field.Field{Role: rolePath, Clean: unhex}, path, always, true},
	"HPO": {field.Field{Role: rolePath, Clean: unhex}, path, always, true},
	"HQ":  {field.Field{Role: roleQuery, Clean: unhex}, query, always, true},
	"HV":  {field.Field{Role: roleVersion, Clean: unhex}, words, always, true},

	"ID":   {field.Field{Key: attr.HaproxyUniqueID, Conv: field.Str}, words, plain, false},
	"lc":   {field.Field{Key: attr.HaproxyLogCounter, Conv: field.Count}, digits, number, false},
	"rt":   {field.Field{Key: attr.HaproxyRequestCounter, Conv: field.Count}, digits, number, false},
	"pid":  {field.Field{Role: rolePID}, digits, number, false},
	"H":    {field.Field{Role: roleHost}, hostname, plain, false},
	"sslv": {field.Field{Key: attr.TLSProtocolVersion, Conv: field.Str}, tlsWord, plain, false},
	"sslc": {field.Field{Key: attr.TLSCipher, Conv: field.Str}, tlsWord, plain, false},
	"OG":   {field.Field{Key: attr.HaproxyLogOrigin, Conv: field.Str, Role: roleOrigin}, words, plain, false},
}

// isCookie reports whether s can be a captured cookie: name=value. The name is a token; the value is not escaped.
func isCookie(s string) bool {
	i := strings.IndexByte(s, '=')
	return i > 0 && strings.IndexByte(s[:i], ' ') < 0
}

// isQuotedCookie reports whether s can be a captured cookie between quotes, which it may hold itself: it ends at the first
// quote behind which another text in quotes follows.
func isQuotedCookie(s string) bool { return !strings.Contains(s, `" "`) }

// isRequest reports whether s can be a request line: a method, a target without blanks, for HAProxy refuses others, and
// but for HTTP/0.9 a version, all of which may have been cut.
func isRequest(s string) bool {
	first, last := strings.IndexByte(s, ' '), strings.LastIndexByte(s, ' ')
	switch {
	case first <= 0:
		return s == badRequest
	case first == last:
		return true
	}
	const protocol = "HTTP/"
	n := min(len(s)-last-1, len(protocol))
	return s[last+1:last+1+n] == protocol[:n]
}

// What HAProxy prints where there was no server, no request, and no HTTP.
const (
	noServer   = "<NOSRV>"
	badRequest = "<BADREQ>"
	// tcpRequest stands in option tcplog clf where that of HTTP has the request.
	tcpRequest = "TCP "
)
