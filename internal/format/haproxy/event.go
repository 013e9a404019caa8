// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package haproxy

import (
	"strings"

	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/proxylog/proxylog/internal/attr"
	"github.com/proxylog/proxylog/internal/field"
	"github.com/proxylog/proxylog/internal/format"
	"github.com/proxylog/proxylog/internal/record"
)

// What an event line reports, the values of haproxy.event; docs/formats/haproxy.md lists them for users.
const (
	evProxyStarted  = "proxy_started"
	evProxyStopping = "proxy_stopping"
	evProxyStopped  = "proxy_stopped"
	evProxyPaused   = "proxy_paused"
	evProxyResumed  = "proxy_resumed"
	evLimit         = "resource_limit"
	evBackendDown   = "backend_down"
	evServerUp      = "server_up"
	evServerDown    = "server_down"
	evServerMaint   = "server_maintenance"
	evServerDrain   = "server_drain"
	evServerStop    = "server_stopping"
	evServerChange  = "server_changed"
	evHealthCheck   = "health_check"
	evAgentCheck    = "agent_check"
	evProcess       = "process"
)

// Slots of an event.
const (
	slotMessage = iota
	slotProxy
	slotFrontend
	slotBackend
	slotServer
	slotState
	slotCause
	slotTracked
	slotResult
	slotReason
	slotCode
	slotInfo
	slotDuration
	slotHealth
	slotThreshold
	slotActive
	slotBackup
	slotSessions
	slotRequeued
	slotQueued
	slotFrontendConns
	slotBackendConns
)

// eventDialect is the lines of the process, its proxies and servers. A line holds some of the fields.
func eventDialect() *format.Dialect {
	d := format.NewDialect(formatName, "event", "", format.KindEvent, []field.Field{
		slotMessage:       {Code: "message", Key: attr.HaproxyMessage, Conv: field.Str},
		slotProxy:         {Code: "proxy", Key: attr.HaproxyProxyName, Conv: field.Str},
		slotFrontend:      {Code: "frontend", Key: attr.ProxyListenerName, Conv: field.Str},
		slotBackend:       {Code: "backend", Key: attr.HaproxyBackendName, Conv: field.Str},
		slotServer:        {Code: "server", Key: attr.HaproxyServerName, Conv: field.Str},
		slotState:         {Code: "state"},
		slotCause:         {Code: "cause", Key: attr.HaproxyServerCause, Conv: field.Str},
		slotTracked:       {Code: "tracked", Key: attr.HaproxyServerTracked, Conv: field.Str},
		slotResult:        {Code: "result", Key: attr.HaproxyCheckResult, Conv: field.Str},
		slotReason:        {Code: "reason", Key: attr.HaproxyCheckReason, Conv: field.Str},
		slotCode:          {Code: "code", Key: attr.HaproxyCheckCode, Conv: field.Int},
		slotInfo:          {Code: "info", Key: attr.HaproxyCheckInfo, Conv: field.Str, Decode: unhex},
		slotDuration:      {Code: "check duration", Key: attr.HaproxyCheckDuration, Conv: field.Millis},
		slotHealth:        {Code: "health", Key: attr.HaproxyCheckHealth, Conv: field.Int},
		slotThreshold:     {Code: "threshold", Key: attr.HaproxyCheckThreshold, Conv: field.Int},
		slotActive:        {Code: "active", Key: attr.HaproxyServersActive, Conv: field.Int},
		slotBackup:        {Code: "backup", Key: attr.HaproxyServersBackup, Conv: field.Int},
		slotSessions:      {Code: "sessions", Key: attr.HaproxySessionsActive, Conv: field.Int},
		slotRequeued:      {Code: "requeued", Key: attr.HaproxySessionsRequeued, Conv: field.Int},
		slotQueued:        {Code: "queued", Key: attr.HaproxySessionsQueued, Conv: field.Int},
		slotFrontendConns: {Code: "FE", Key: attr.HaproxyConnectionsCumulatedFrontend, Conv: field.Int},
		slotBackendConns:  {Code: "BE", Key: attr.HaproxyConnectionsCumulatedBackend, Conv: field.Int},
	})
	d.Keyed = true
	return d
}

// event writes a record for a line that reports no traffic; it reports whether the line is such a one. Without HAProxy's tag
// it has to be a whole sentence: other programs' begin with the same words.
func (p *parser) event(in *format.Input, out *record.Writer) bool {
	r := eventReader{line: in.Line, i: in.Header.Start, end: in.Header.End, slots: in.Begin(p.events)}
	name, ok := r.read()
	if !ok || !strings.HasPrefix(in.Header.App, formatName) && !r.sentence(name) {
		return false
	}
	r.set(slotMessage, in.Header.Start, in.Header.End)
	out.Begin(p.events.Scope, in.Dirty, in.Observed)
	out.Str(attr.ProxyType, formatName)
	out.Str(attr.HaproxyEvent, name)
	out.Str(attr.HaproxyServerState, r.state)
	if r.backup {
		out.Bool(attr.HaproxyServerBackup, true)
	}
	if r.onBackup {
		out.Bool(attr.HaproxyRunningOnBackup, true)
	}
	if b, s := &r.slots[slotBackend], &r.slots[slotServer]; b.Has() && s.Has() {
		out.Str(attr.ProxyUpstreamName, in.Line[b.Start:s.End])
	}
	format.Emit(in, out)
	keepStructured(in, out)
	out.Event(record.ProxyEvent)
	severity := eventSeverity(name)
	if s := in.Header.Severity(); s >= 0 {
		severity = format.SyslogSeverity(s)
	}
	out.Severity(severity)
	out.End(in.Header.Time)
	resource(in, out)
	out.Commit(in.Line)
	in.Done()
	return true
}

// eventSeverity is the severity that HAProxy logs such an event with, for framings that leave it out.
func eventSeverity(name string) plog.SeverityNumber {
	switch name {
	case evBackendDown, evLimit:
		return format.SyslogSeverity(0)
	case evServerDown, evServerMaint:
		return format.SyslogSeverity(1)
	case evProxyStopping, evProxyStopped, evProxyPaused, evProxyResumed:
		return format.SyslogSeverity(4)
	}
	return format.SyslogSeverity(5)
}
