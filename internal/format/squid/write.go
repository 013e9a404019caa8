// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package squid

import (
	"strings"

	"github.com/proxylog/proxylog/internal/attr"
	"github.com/proxylog/proxylog/internal/field"
	"github.com/proxylog/proxylog/internal/format"
	"github.com/proxylog/proxylog/internal/record"
)

// write makes the record of a line that was read.
func write(in *format.Input, src *source, d *dialect, mime suffix, out *record.Writer) {
	keys := in.Hash(in.Match.Present(), roleStatus, roleICAPStatus)
	in.Record(out, keys, roleResult, roleMethod, roleICAPOutcome, roleICAPMethod)
	out.Str(attr.ProxyType, formatName)
	client(in, out)
	status, _ := in.RoleNum(roleStatus)
	duration := roleDuration
	if d.icap {
		duration = roleICAPDuration
	}
	times(in, src, d, duration, out)
	if d.icap && !d.request {
		out.Str(attr.NetworkTransport, "tcp")
	} else {
		request(in, d.icap, status, out)
	}
	if d.icap {
		icapTransaction(in, d, out)
	} else {
		transaction(in, status, out)
	}
	if d.lists {
		adaptations(in, out)
	}
	headers(mime, out)
	if in.Header.End-in.Header.Start == recordLimit {
		out.Bool(attr.ProxylogTruncated, true)
	}
	format.Emit(in, out)
	resource(in, out)
	out.Commit(in.Line)
	in.Done()
}

// noAddress is what Squid prints for no address: the address of all ones, where an ICAP transaction has no client, and
// the unspecified one.
func noAddress(s string) bool {
	return s == "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff" || s == "255.255.255.255" || s == "::" || s == "0.0.0.0"
}

func client(in *format.Input, out *record.Writer) {
	addr := in.RoleText(roleClientAddress)
	if noAddress(addr) {
		return
	}
	format.Client(out, addr)
	if port, ok := in.RoleNum(roleClientPort); ok && port > 0 {
		out.Int(attr.ClientPort, port)
	}
}

// times writes duration, start and end; role is that of the duration. The line is written at the end.
func times(in *format.Input, src *source, d *dialect, role field.Role, out *record.Writer) {
	duration := int64(-1)
	if n, ok := in.RoleNum(role); ok && n >= 0 && n < d.below[role] {
		duration = n * d.unit[role]
		out.Seconds(attr.ProxyDuration, duration)
	}
	start, _ := in.RoleNum(roleStart)
	end, ok := endTime(in, src, d)
	switch {
	case ok:
	case start > 0 && duration >= 0 && start+duration > 0:
		end = start + duration
	default:
		end = in.Header.Time
	}
	out.End(end)
	switch {
	case start > 0:
		out.Start(start)
	case ok && duration >= 0 && end > duration:
		out.Start(end - duration)
	}
}

// endTime is the instant of the seconds since 1970, or else of the date, with what belongs to them: the time of day and
// the zone, where they stand in fields of their own, and the fraction of a second.
func endTime(in *format.Input, src *source, d *dialect) (int64, bool) {
	sub, _ := in.RoleNum(roleSubsecond)
	if sub < 0 || sub >= d.below[roleSubsecond] {
		sub = 0
	}
	sub *= d.unit[roleSubsecond]
	if sec, ok := in.RoleNum(roleSeconds); ok && sec < maxSeconds {
		return sec*1e9 + sub, true
	}
	date, ok := in.RoleNum(roleDate)
	if !ok {
		return 0, false
	}
	if clock, has := in.RoleNum(roleClock); d.day {
		if !has {
			return 0, false
		}
		date += clock
	}
	if d.shifted {
		date += src.zone.Standard(date)
	}
	if offset, zoned := in.RoleNum(roleZone); d.local {
		if date -= offset; !zoned && !d.zoned {
			date = src.zone.Instant(date)
		}
	}
	return date + sub, true
}

// request writes what is known of the HTTP request.
func request(in *format.Input, icap bool, status int64, out *record.Writer) {
	method := in.RoleText(roleMethod)
	version := in.RoleText(roleVersion)
	switch version {
	case "0.0": // no request that could be read
		version = ""
	case "2.0", "3.0":
		version = version[:1]
	}
	switch {
	case strings.HasPrefix(in.RoleText(roleResult), "UDP_"):
		out.Str(attr.NetworkTransport, "udp") // a neighbour asked over ICP or HTCP
	case icap && version == "":
		out.Str(attr.NetworkTransport, "tcp")
	default:
		out.Str(attr.NetworkTransport, "tcp")
		out.Str(attr.NetworkProtocolName, "http")
	}
	out.Str(attr.NetworkProtocolVersion, version)
	target := in.RoleText(roleURL)
	if target == "" {
		target = in.RoleText(rolePath)
	}
	why, failed := strings.CutPrefix(target, errorURL)
	if !failed || method != "NONE" { // what 3.x prints where it has read no method
		format.Method(out, method)
	}
	if failed {
		out.Decoded(attr.SquidRequestError, why)
	} else {
		format.URL(out, method, target, "")
	}
	if status >= 100 && status <= 999 {
		out.Int(attr.HTTPResponseStatusCode, status)
	}
	if s := in.Match.Role(roleResult); s != nil {
		result(s.Text(in.Line), out)
	}
}

// errorURL begins what Squid logs instead of a URL where it got no request that it could read.
const errorURL = "error:"

// transaction writes what access.log says of a transaction besides.
func transaction(in *format.Input, status int64, out *record.Writer) {
	out.Event(record.RequestEnd)
	if n, ok := in.RoleNum(roleRequestSize); ok {
		out.Int(attr.ProxyClientBytesSent, n)
	}
	if n, ok := in.RoleNum(roleReplySize); ok {
		out.Int(attr.ProxyClientBytesReceived, n)
	}
	ended(in, status, out)
}

// maxTags bounds how many parts of a result code are written.
const maxTags = 8

// result writes a result code, whole and as the set of tags that it is.
func result(code string, out *record.Writer) {
	out.Str(attr.SquidResultCode, code)
	out.List(attr.SquidResultTags, code, tagList)
}

// tagList makes a list of a result code.
var tagList = record.NewList(func(code string, to *record.Elements) {
	to.Expect(min(strings.Count(code, "_")+1, maxTags))
	for n, more := 0, true; more && n < maxTags; n++ {
		var tag string
		tag, code, more = strings.Cut(code, "_")
		to.Str(tag)
	}
})

// headers writes what log_mime_hdrs appended.
func headers(mime suffix, out *record.Writer) {
	if mime.end == 0 {
		return
	}
	if mime.request != "-" {
		out.Decoded(attr.SquidRequestHeaders, unblob(mime.request))
	}
	if mime.response != "-" {
		out.Decoded(attr.SquidResponseHeaders, unblob(mime.response))
	}
}

// resource writes what identifies the process.
func resource(in *format.Input, out *record.Writer) {
	h := &in.Header
	name := h.App
	if name == "" {
		name = formatName
	}
	out.ResourceStr(attr.ServiceName, name)
	out.ResourceStr(attr.HostName, h.Host)
	if h.PID > 0 {
		out.ResourceInt(attr.ProcessPid, h.PID)
	}
}
