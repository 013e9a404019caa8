// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package squid

import (
	"github.com/proxylog/proxylog/internal/attr"
	"github.com/proxylog/proxylog/internal/directive"
	"github.com/proxylog/proxylog/internal/field"
)

// Roles of the fields that write needs.
const (
	_ field.Role = iota
	roleSeconds
	roleSubsecond
	roleStart
	roleDate
	roleClock
	roleZone
	roleDuration
	roleClientAddress
	roleClientPort
	roleMethod
	roleURL
	rolePath
	roleVersion
	roleStatus
	roleResult
	roleHierarchy
	roleRequestSize
	roleReplySize
	roleICAPAddress
	roleICAPService
	roleICAPURL
	roleICAPMethod
	roleICAPOutcome
	roleICAPStatus
	roleICAPSent
	roleICAPReceived
	roleICAPBody
	roleICAPDuration
	roleICAPIO
	roleAllTimes
	roleSumTimes

	numRoles
)

// class is how Squid prints a value where no encoding is asked for.
type class uint8

const (
	number class = iota // digits
	millis              // milliseconds; with a precision also digits of a fraction
	date                // what the shape's function reads
	token               // as it is; there is no blank in it
	text                // as it is; anything may stand in it
	target              // a URL or a part of one: percent-encoded, but for percent signs, which is not undone
	header              // percent-encoded, but for percent signs
)

// code is one code of the logformat language.
type code struct {
	field field.Field
	class class
	shape directive.Shape // number: Int where it may be negative; date: the function; token: the set
}

var (
	words     = directive.Shape{Set: visible, Expect: "text without blanks"}
	urls      = directive.Shape{Set: visible, Likely: isTarget, Begins: beginsTarget, Absorb: true, Expect: "a URL"}
	rawURLs   = directive.Shape{Likely: isTarget, Begins: beginsTarget, Expect: "a URL"}
	users     = directive.Shape{Expect: "a user or -"}
	names     = directive.Shape{Set: directive.NewSet(alphanumeric + "_-"), Expect: "a name"}
	addresses = directive.Shape{Set: directive.NewSet(alphanumeric + ".:%_-"), Expect: "an address"}
	euis      = directive.Shape{Kind: directive.KindFunc, Func: scanEUI, Set: directive.NewSet("0123456789abcdefABCDEF:-"), Expect: "a MAC address"}
	hosts     = directive.Shape{Set: directive.NewSet(alphanumeric + ".:%_-[]"), Expect: "a host"}
	services  = directive.Shape{Set: without(from('!'), "|\",;<>{}"), Expect: "a name"}
	versions  = directive.Shape{Set: directive.NewSet("0123456789.-"), Expect: "a version"}
	lists     = directive.Shape{Set: directive.NewSet("0123456789,+-"), Expect: "a list of milliseconds"}
	seconds   = directive.Shape{Kind: directive.KindFunc, Func: scanSeconds, Set: directive.NewSet("0123456789."), Expect: "seconds with a fraction"}
	dates     = directive.Shape{Kind: directive.KindFunc, Func: scanDate, Expect: "a date as 21/Nov/2026:23:49:10 +0000"}
)

const alphanumeric = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

// visible are the bytes of values without blanks.
var visible = directive.Except(" \t\r\n\x00")

func str(key string, role field.Role) field.Field {
	return field.Field{Key: key, Role: role, Conv: field.Str}
}

// codes are the codes of Squid 3.1 to 7 without the percent sign; those of the namespace http without the prefix. A
// field without a key and a role becomes squid.field.<code>; one with a role and no conversion is written by write.
var codes = map[string]code{
	"ts": {field: field.Field{Role: roleSeconds}},
	"tu": {field: field.Field{Role: roleSubsecond}},
	"tS": {field: field.Field{Key: attr.ProxyStartTime, Role: roleStart}, class: date, shape: seconds},
	"tl": {field: field.Field{Role: roleDate}, class: date, shape: dates},
	"tg": {field: field.Field{Role: roleDate}, class: date, shape: dates},
	"tr": {field: field.Field{Key: attr.ProxyDuration, Role: roleDuration}, class: millis},

	"dt":        {field: field.Field{Key: attr.SquidDNSTime, Conv: field.Millis}, class: millis},
	"<pt":       {field: field.Field{Key: attr.SquidPeerResponseTime, Conv: field.Millis}, class: millis},
	"<tt":       {field: field.Field{Key: attr.SquidServerTime, Conv: field.Millis}, class: millis},
	"busy_time": {field: field.Field{Conv: field.Millis}, class: millis},

	">a":   {field: field.Field{Key: attr.ClientAddress, Role: roleClientAddress}, class: token, shape: addresses},
	">A":   {field: str(attr.SquidClientName, roleClientAddress), class: token, shape: addresses},
	">p":   {field: field.Field{Key: attr.ClientPort, Role: roleClientPort}},
	">la":  {field: str(attr.NetworkLocalAddress, 0), class: token, shape: addresses},
	">lp":  {field: field.Field{Key: attr.NetworkLocalPort, Conv: field.Positive}},
	"la":   {class: token, shape: addresses},
	"lp":   {field: field.Field{Conv: field.Positive}},
	">eui": {class: token, shape: euis},

	"<a":  {field: str(attr.ProxyUpstreamAddress, 0), class: token, shape: addresses},
	"<A":  {field: str(attr.ProxyUpstreamName, 0), class: token, shape: hosts},
	"<p":  {field: field.Field{Key: attr.ProxyUpstreamPort, Conv: field.Positive}},
	"<la": {class: token, shape: addresses},
	"<lp": {field: field.Field{Conv: field.Positive}},

	">qos":       {class: token, shape: words},
	"<qos":       {class: token, shape: words},
	">nfmark":    {class: token, shape: words},
	"<nfmark":    {class: token, shape: words},
	">handshake": {class: token, shape: words},

	"un":          {field: str(attr.UserName, 0), class: text, shape: users},
	"ul":          {class: text, shape: users},
	"ue":          {class: text, shape: users},
	"ui":          {class: text, shape: users},
	"us":          {class: text, shape: users},
	"credentials": {class: text},
	"et":          {class: header},
	"ea":          {class: header},

	"rm":  {field: field.Field{Key: attr.HTTPRequestMethod, Role: roleMethod}, class: token, shape: words},
	">rm": {field: field.Field{Key: attr.HTTPRequestMethod, Role: roleMethod}, class: token, shape: words},
	"ru":  {field: field.Field{Key: attr.URLFull, Role: roleURL}, class: text, shape: rawURLs},
	">ru": {field: field.Field{Key: attr.URLFull, Role: roleURL}, class: target, shape: urls},
	"rp":  {field: field.Field{Key: attr.URLPath, Role: rolePath}, class: target, shape: urls},
	">rp": {field: field.Field{Key: attr.URLPath, Role: rolePath}, class: target, shape: urls},
	"rv":  {field: field.Field{Key: attr.NetworkProtocolVersion, Role: roleVersion}, class: token, shape: versions},
	">rv": {field: field.Field{Key: attr.NetworkProtocolVersion, Role: roleVersion}, class: token, shape: versions},
	">rs": {field: str(attr.URLScheme, 0), class: token, shape: words},
	">rd": {field: field.Field{Key: attr.ServerAddress, Conv: field.HostPort}, class: header, shape: words}, // the brackets of IPv6 are encoded
	">rP": {field: field.Field{Key: attr.ServerPort, Conv: field.Positive}},
	"<rm": {class: token, shape: words},
	"<ru": {class: target, shape: urls},
	"<rp": {class: target, shape: urls},
	"<rs": {class: token, shape: words},
	"<rd": {class: header, shape: words},
	"<rP": {},
	"<rv": {class: text}, // 5.7 prints what it printed last, an address or a date
	">rq": {class: token, shape: words},
	"<rq": {class: token, shape: words},
	"rq":  {class: token, shape: words},

	">Hs": {field: field.Field{Key: attr.HTTPResponseStatusCode, Role: roleStatus}},
	"<Hs": {field: field.Field{Key: attr.SquidUpstreamStatusCode, Conv: field.Positive}},
	"Ss":  {field: field.Field{Key: attr.SquidResultCode, Role: roleResult}, class: token, shape: names},
	"Sh":  {field: str(attr.SquidHierarchyCode, roleHierarchy), class: token, shape: names},
	"mt":  {field: str(attr.SquidMimeType, 0), class: token, shape: words},

	"st":  {field: field.Field{Conv: field.Count}},
	">st": {field: field.Field{Key: attr.ProxyClientBytesSent, Role: roleRequestSize}},
	"<st": {field: field.Field{Key: attr.ProxyClientBytesReceived, Role: roleReplySize}},
	">sh": {field: field.Field{Key: attr.SquidRequestHeaderSize, Conv: field.Count}},
	"<sh": {field: field.Field{Key: attr.SquidResponseHeaderSize, Conv: field.Count}},
	"<bs": {field: field.Field{Conv: field.Count}},
	"<sH": {field: field.Field{Conv: field.Count}},
	"<sS": {field: field.Field{Conv: field.Count}},
	"stP": {field: field.Field{Conv: field.Count}},

	">h":   {field: field.Field{Key: attr.SquidRequestHeaders}, class: header},
	">ha":  {field: field.Field{Key: attr.SquidRequestHeaders}, class: header},
	"<h":   {field: field.Field{Key: attr.SquidResponseHeaders}, class: header},
	"note": {class: header},

	"err_code":         {field: str(attr.SquidErrorCode, 0), class: token, shape: words},
	"err_detail":       {field: str(attr.SquidErrorDetail, 0), class: token, shape: words},
	"sn":               {field: field.Field{Key: attr.SquidSequenceNumber, Conv: field.Int}},
	"master_xaction":   {field: field.Field{Key: attr.SquidMasterXaction, Conv: field.Int}},
	"request_attempts": {field: field.Field{Conv: field.Int}},

	// Those of external_acl_type's old language that have no other name.
	"ACL":            {class: token, shape: words},
	"DATA":           {class: text},
	"SRCEUI48":       {class: token, shape: euis},
	"SRCEUI64":       {class: token, shape: euis},
	"USER_CERT":      {class: text},
	"USER_CERTCHAIN": {class: text},

	"icap::<A":               {field: field.Field{Key: attr.ProxyUpstreamAddress, Role: roleICAPAddress}, class: token, shape: addresses},
	"icap::<service_name":    {field: field.Field{Key: attr.ProxyUpstreamName, Role: roleICAPService}, class: token, shape: services},
	"icap::ru":               {field: field.Field{Key: attr.SquidIcapURL, Role: roleICAPURL}, class: token, shape: services},
	"icap::rm":               {field: field.Field{Key: attr.SquidIcapMethod, Role: roleICAPMethod}, class: token, shape: names},
	"icap::>st":              {field: field.Field{Key: attr.SquidIcapRequestSize, Role: roleICAPSent}},
	"icap::<st":              {field: field.Field{Key: attr.SquidIcapResponseSize, Role: roleICAPReceived}},
	"icap::<bs":              {field: field.Field{Key: attr.SquidIcapResponseBodySize, Role: roleICAPBody}},
	"icap::tr":               {field: field.Field{Key: attr.ProxyDuration, Role: roleICAPDuration}, class: millis},
	"icap::tio":              {field: field.Field{Key: attr.SquidIcapIoTime, Role: roleICAPIO}, class: millis, shape: directive.Int},
	"icap::to":               {field: field.Field{Key: attr.SquidIcapOutcome, Role: roleICAPOutcome}, class: token, shape: names},
	"icap::Hs":               {field: field.Field{Key: attr.SquidIcapStatusCode, Role: roleICAPStatus}},
	"icap::request_attempts": {field: field.Field{Conv: field.Int}},
	"icap::tt":               {field: field.Field{Key: attr.SquidIcapTotalTime, Conv: field.Millis}, class: millis},
	"icap::>h":               {field: field.Field{Key: attr.SquidIcapRequestHeaders}, class: header},
	"icap::<h":               {field: field.Field{Key: attr.SquidIcapResponseHeaders}, class: header},

	"adapt::<last_h": {field: field.Field{Key: attr.SquidIcapLastResponseHeaders}, class: header},
	"adapt::all_trs": {field: field.Field{Key: attr.SquidAdaptationTimes, Role: roleAllTimes}, class: token, shape: lists},
	"adapt::sum_trs": {field: field.Field{Key: attr.SquidAdaptationServiceTimes, Role: roleSumTimes}, class: token, shape: lists},

	"ssl::bump_mode":                   {class: token, shape: words},
	"ssl::>sni":                        {field: str(attr.TLSClientServerName, 0), class: token, shape: words},
	"ssl::>cert_subject":               {field: str(attr.TLSClientSubject, 0), class: text},
	"ssl::>cert_issuer":                {class: text},
	"ssl::<cert_subject":               {class: text},
	"ssl::<cert_issuer":                {class: text},
	"ssl::<cert_errors":                {class: token, shape: words},
	"ssl::<cert":                       {class: token, shape: words},
	"ssl::>cert":                       {class: token, shape: words},
	"ssl::>negotiated_version":         {field: str(attr.TLSProtocolVersion, 0), class: token, shape: words},
	"ssl::<negotiated_version":         {class: token, shape: words},
	"ssl::>negotiated_cipher":          {field: str(attr.TLSCipher, 0), class: token, shape: words},
	"ssl::<negotiated_cipher":          {class: token, shape: words},
	"ssl::>received_hello_version":     {class: token, shape: words},
	"ssl::<received_hello_version":     {class: token, shape: words},
	"ssl::>received_supported_version": {class: token, shape: words},
	"ssl::<received_supported_version": {class: token, shape: words},

	"proxy_protocol::>h":        {class: header},
	"transport::>connection_id": {},
}

// aliases are codes under other names: deprecated ones that Squid still reads, those of the draft that became 3.1, and
// the second name of the namespace ssl.
var aliases = map[string]string{
	"Hs": ">Hs", ">v": ">rv", "oa": "<la", "icap::<last_h": "adapt::<last_h",
	"DST": ">rd", "EXT_LOG": "ea", "EXT_TAG": "et", "EXT_USER": "ue", "IDENT": "ui", "LOGIN": "ul", "METHOD": ">rm", "MYADDR": "la",
	"MYPORT": "lp", "PATH": ">rp", "PORT": ">rP", "PROTO": ">rs", "SRCPORT": ">p", "SRC": ">a", "TAG": "et", "URI": ">ru",
	"<icap_A": "icap::<A", "<icap_service_name": "icap::<service_name", "icap_ru": "icap::ru", "icap_rm": "icap::rm",
	">icap_size": "icap::>st", "<icap_size": "icap::<st", "icap_tr": "icap::tr", "icap_tio": "icap::tio",
	"icap_to": "icap::to", "icap_Hs": "icap::Hs", ">icap_h": "icap::>h", "<icap_h": "icap::<h",
	"<icap_last_h": "adapt::<last_h", "icap_total_time": "icap::tt", "adaptation_xact_times": "adapt::all_trs",
}

// lookup finds the longest code at the beginning of s, as Squid does: >st before >s, err_code before ea. name is the
// code's name in the table.
func lookup(s string) (length int, name string) {
	prefix := ""
	rest := s
	if len(s) > 5 && s[:5] == "tls::" {
		prefix, rest = "ssl::", s[5:]
	}
	find := func(written, target string) {
		n := len(written) - len(prefix)
		if n > 0 && n > length && len(rest) >= n && written[:len(prefix)] == prefix && rest[:n] == written[len(prefix):] {
			length, name = n, target
		}
	}
	for c := range codes {
		find(c, c)
	}
	for a, c := range aliases {
		find(a, c)
	}
	if length > 0 && prefix != "" {
		length += len("tls::")
	}
	return length, name
}
