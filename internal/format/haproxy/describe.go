// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package haproxy

import (
	"errors"

	"github.com/proxylog/proxylog/internal/attr"
	"github.com/proxylog/proxylog/internal/directive"
	"github.com/proxylog/proxylog/internal/field"
	"github.com/proxylog/proxylog/internal/format"
)

// Describe says of each dialect that stands for a directive how it finds its fields and what they become. Events and the
// lines that no log-format can express come besides.
func (p *parser) Describe() []format.Description {
	var out []format.Description
	for _, d := range p.dialects {
		if d.Directive != "" {
			out = append(out, d.describe())
		}
	}
	return out
}

// avoid is the advice about fields that run into each other.
const avoid = "put one of them in quotes, %{+Q}…, or at the end, or between characters that it cannot hold"

func (d *dialect) describe() format.Description {
	var more []directive.Ambiguity
	switch known := len(d.captures.request) + len(d.captures.response); {
	case known > 0: // their number tells what belongs to which
	case d.requestList >= 0:
		more = append(more, directive.Ambiguity{
			Codes: []string{"%hrl", "%hsl"}, Why: "both are lists, and nothing tells where the first ends",
			Avoid: "name the captured headers in capture_request_headers and capture_response_headers, so that their number is known",
		})
	case d.requestBraces >= 0:
		more = append(more, directive.Ambiguity{
			Codes: []string{"%hr", "%hs"}, Why: "a frontend that captures headers of one side only prints one block in braces, which looks the same for both",
			Avoid: "name the captured headers in capture_request_headers and capture_response_headers",
		})
	}
	for _, code := range d.bareLists {
		if d.mayHoldSeveral(code) {
			more = append(more, directive.Ambiguity{
				Codes: []string{code}, Why: "each of its values may hold blanks, and nothing but a blank stands between them",
				Avoid: "put them in quotes, %{+Q}" + code[1:],
			})
		}
	}
	out := format.NewDescription(d.Dialect, d.program, avoid, more...)
	for i := range builtins {
		out.Builtin = out.Builtin || builtins[i].name == d.Scope.Dialect
	}
	if d.requestList >= 0 {
		// The program knows the two lists as one.
		out.Parts = append(out.Parts, directive.Part{Literal: " "}, directive.Part{
			Field: &d.Fields[d.requestList+1], End: "takes the captures of the response, where their number is configured", Expect: quotedList.Expect,
		})
	}
	if d.sd != nil {
		out.Parts = append(out.Parts, d.sd.Parts()...)
	}
	return out
}

// mayHoldSeveral reports whether a list, or the pair that begins with it, may have more than one value: all but those of a
// frontend that is known to capture one header.
func (d *dialect) mayHoldSeveral(code string) bool {
	requests, responses := len(d.captures.request), len(d.captures.response)
	switch {
	case requests+responses == 0:
		return d.requestList < 0 // of a pair it was said already
	case d.requestList >= 0:
		return requests+responses > 1
	case code == "%hrl":
		return requests > 1
	}
	return responses > 1
}

// makes are the attributes that write makes of a field with the role.
func (d *dialect) makes(r field.Role) []string {
	switch r {
	case roleClientAddress:
		return []string{attr.ClientAddress, attr.NetworkType}
	case roleClientPort:
		return []string{attr.ClientPort}
	case roleAcceptDate, roleRequestDate, roleEpoch, roleEpochMillis:
		return []string{attr.ProxyStartTime, format.Timestamp}
	case roleTotal:
		if d.Field(roleActive) != nil && d.Field(roleRequestDate) != nil {
			return []string{attr.HaproxyTimeTotal}
		}
		return []string{attr.ProxyDuration, format.Timestamp}
	case roleActive:
		if d.Field(roleTotal) != nil && d.Field(roleRequestDate) == nil {
			return []string{attr.HaproxyTimeActive}
		}
		return []string{attr.ProxyDuration, format.Timestamp}
	case roleFrontend:
		return []string{attr.ProxyListenerName, attr.TLSEstablished}
	case roleBackend:
		return []string{attr.HaproxyBackendName, attr.ProxyUpstreamName}
	case roleServer:
		return []string{attr.HaproxyServerName, attr.ProxyUpstreamName}
	case roleBytes:
		return []string{attr.ProxyClientBytesReceived}
	case roleStatus:
		return []string{attr.HTTPResponseStatusCode, attr.ProxyOutcome, attr.ErrorType}
	case roleState:
		return []string{attr.ProxyOutcome, attr.ProxyEndedBy, attr.ErrorType}
	case roleRetries:
		return []string{attr.HaproxyRedispatched}
	case roleRequest:
		return []string{attr.HTTPRequestMethod, attr.URLPath, attr.URLQuery, attr.URLFull, attr.NetworkProtocolVersion}
	case roleMethod:
		return []string{attr.HTTPRequestMethod}
	case roleURI:
		return []string{attr.URLPath, attr.URLQuery, attr.URLFull}
	case rolePath:
		return []string{attr.URLPath}
	case roleQuery:
		return []string{attr.URLQuery}
	case roleVersion:
		return []string{attr.NetworkProtocolVersion}
	case roleRequestHeaders:
		return []string{format.RequestHeader + "<name>", attr.HaproxyCapturedRequestHeaders}
	case roleResponseHeaders:
		return []string{format.ResponseHeader + "<name>", attr.HaproxyCapturedResponseHeaders}
	case rolePID:
		return []string{attr.ProcessPid}
	case roleHost:
		return []string{attr.HostName}
	case roleMessage, roleFcErr:
		return []string{attr.ErrorType}
	}
	return nil
}

// positioned gives an error of a log-format string the string and the byte, so that both can be shown.
func positioned(text string, err error) error {
	var syntax *syntaxError
	if errors.As(err, &syntax) {
		return &directive.PositionError{Directive: text, At: syntax.at, Err: errors.New(syntax.text)}
	}
	var adjacent *directive.Error
	if errors.As(err, &adjacent) {
		return &directive.PositionError{Directive: text, At: adjacent.At, Err: err}
	}
	return err
}
