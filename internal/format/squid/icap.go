// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package squid

import (
	"strings"

	"github.com/proxylog/proxylog/internal/attr"
	"github.com/proxylog/proxylog/internal/field"
	"github.com/proxylog/proxylog/internal/format"
	"github.com/proxylog/proxylog/internal/record"
	"github.com/proxylog/proxylog/internal/scan"
)

// icapTransaction writes what icap.log says of a transaction. Its sizes are not the client's.
func icapTransaction(in *format.Input, d *dialect, out *record.Writer) {
	out.Event(record.AdaptationEnd)
	url := in.RoleText(roleICAPURL)
	if addr := in.RoleText(roleICAPAddress); !noAddress(addr) {
		out.Str(attr.ProxyUpstreamAddress, addr)
	}
	if port := icapPort(url); port > 0 {
		out.Int(attr.ProxyUpstreamPort, port)
	}
	out.Str(attr.ProxyUpstreamName, in.RoleText(roleICAPService))
	out.Str(attr.SquidIcapService, in.RoleText(roleICAPService))
	out.Str(attr.SquidIcapURL, url)
	out.Str(attr.SquidIcapMethod, in.RoleText(roleICAPMethod))
	out.Str(attr.SquidIcapOutcome, in.RoleText(roleICAPOutcome))
	status, hasStatus := in.RoleNum(roleICAPStatus)
	if status > 0 {
		out.Int(attr.SquidIcapStatusCode, status)
	}
	for _, size := range [...]struct {
		role field.Role
		key  string
	}{
		{roleICAPSent, attr.SquidIcapRequestSize}, {roleICAPReceived, attr.SquidIcapResponseSize}, {roleICAPBody, attr.SquidIcapResponseBodySize},
	} {
		if n, ok := in.RoleNum(size.role); ok {
			out.Int(size.key, n)
		}
	}
	if n, ok := in.RoleNum(roleICAPIO); ok && n >= 0 && n < d.below[roleICAPIO] {
		out.Seconds(attr.SquidIcapIoTime, n*d.unit[roleICAPIO])
	}
	adapted(in, status, hasStatus, out)
}

// icapPort is the port of an ICAP URI, or the default one of its scheme (RFC 3507 section 4.2; icaps as Squid has it).
func icapPort(url string) int64 {
	i := strings.IndexByte(url, ':')
	if i < 0 || !strings.HasPrefix(url[i:], "://") {
		if i = strings.Index(url, "://"); i < 0 {
			return 0
		}
	}
	scheme, rest := url[:i], url[i+len("://"):]
	if k := strings.IndexByte(rest, '/'); k >= 0 {
		rest = rest[:k]
	}
	if k := strings.IndexByte(rest, '?'); k >= 0 {
		rest = rest[:k]
	}
	if _, port := scan.HostPort(rest); port > 0 {
		return port
	}
	switch scheme {
	case "icap":
		return 1344
	case "icaps":
		return 11344
	}
	return 0
}

// adaptations writes the lists of times: services separated by commas, the attempts of one joined by plus signs.
func adaptations(in *format.Input, out *record.Writer) {
	for _, l := range [...]struct {
		role field.Role
		key  string
	}{{roleAllTimes, attr.SquidAdaptationTimes}, {roleSumTimes, attr.SquidAdaptationServiceTimes}} {
		text := in.RoleText(l.role)
		if text == "" {
			continue
		}
		list := make([]float64, 0, 8)
		for _, part := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == '+' }) {
			if n, ok := scan.Whole(part); ok && n >= 0 {
				list = append(list, float64(n)/1e3)
			}
		}
		out.Doubles(l.key, list...)
	}
}
