// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package model

import (
	"github.com/proxylog/proxylog/internal/attr"
)

// The families of Envoy's lines: connections, requests, attempts at an upstream, UDP sessions; and lines that do not
// say their type.
const (
	envoyTCP      = "tcp"
	envoyHTTP     = "http"
	envoyUpstream = "upstream"
	envoyUDP      = "udp"
	envoyUntyped  = "untyped"
)

// envoyTypes are the values of ACCESS_LOG_TYPE (data.accesslog.v3.AccessLogType) and what they are to their session.
// NotSet is what listener logs write: they pass.
var envoyTypes = [...]struct {
	name, family string
	rank         uint8
	end          bool
}{
	{"TcpConnectionStart", envoyTCP, 0, false},
	{"TcpUpstreamConnected", envoyTCP, 1, false},
	{"TcpPeriodic", envoyTCP, 2, false},
	{"TcpConnectionEnd", envoyTCP, 3, true},
	{"DownstreamStart", envoyHTTP, 0, false},
	{"DownstreamTunnelSuccessfullyEstablished", envoyHTTP, 1, false},
	{"DownstreamPeriodic", envoyHTTP, 2, false},
	{"DownstreamEnd", envoyHTTP, 3, true},
	{"UpstreamPoolReady", envoyUpstream, 1, false},
	{"UpstreamPeriodic", envoyUpstream, 2, false},
	{"UpstreamEnd", envoyUpstream, 3, true},
	{"UdpTunnelUpstreamConnected", envoyUDP, 1, false},
	{"UdpPeriodic", envoyUDP, 2, false},
	{"UdpSessionEnd", envoyUDP, 3, true},
}

// Envoy is the model of Envoy's access logs. Every counter and the duration are totals since the start of the session.
// A stream id alone is no key: for HTTP it is the request id, which clients choose and every proxy of a mesh repeats.
//
// Lines that do not say their type join only when periodic is set: nothing tells a line that reports an open request
// from one that reports its end, but that the end has details.
func Envoy(periodic bool) *Model {
	m := &Model{
		Name: "envoy", Type: "envoy", Format: "envoy",
		Counters: totals(),
		Timeline: []string{attr.EnvoyAccessLogType, attr.ProxyClientBytesSent, attr.ProxyClientBytesReceived},
	}
	for _, t := range envoyTypes {
		m.Stages = append(m.Stages, Stage{
			When:  []Match{{Attr: attr.EnvoyAccessLogType, Values: []string{t.name}}},
			Class: Main, Rank: t.rank, End: t.end, Family: t.family,
		})
	}
	if periodic {
		absent := Match{Attr: attr.EnvoyAccessLogType}
		m.Stages = append(m.Stages,
			Stage{When: []Match{absent, {Attr: attr.EnvoyResponseCodeDetails}}, Class: Main, Rank: 2, Family: envoyUntyped},
			Stage{When: []Match{absent}, Class: Main, Rank: 3, End: true, Family: envoyUntyped},
		)
	}
	resource := []string{attr.ServiceName, attr.ServiceNamespace, attr.ServiceInstanceID, attr.HostName, attr.K8sPodName, attr.K8sNamespaceName}
	addresses := []string{
		attr.NetworkLocalAddress, attr.NetworkLocalPort, attr.NetworkPeerAddress, attr.NetworkPeerPort,
		attr.ClientAddress, attr.ClientPort,
	}
	ids := []string{attr.EnvoyStreamID, attr.ProxyRequestID, attr.EnvoyConnectionID}
	join := func(lists ...[]string) (all []string) {
		for _, l := range lists {
			all = append(all, l...)
		}
		return all
	}
	m.Keys = []Key{
		{
			Families: []string{envoyTCP, envoyHTTP, envoyUDP},
			Need:     []string{attr.ProxyStartTime}, Any: join(ids, addresses), Resource: resource,
		},
		{
			Families: []string{envoyUpstream},
			Need:     []string{attr.ProxyStartTime}, Any: join(ids, addresses), Also: []string{attr.EnvoyUpstreamLocalAddress}, Resource: resource,
		},
		{
			Families: []string{envoyUntyped},
			Need:     []string{attr.ProxyStartTime}, Any: join(ids, addresses),
			Also: []string{attr.HTTPRequestMethod, attr.URLPath}, Resource: resource,
		},
	}
	return m
}
