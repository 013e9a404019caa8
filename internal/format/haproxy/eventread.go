// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package haproxy

import (
	"strings"

	"github.com/proxylog/proxylog/internal/field"
	"github.com/proxylog/proxylog/internal/scan"
)

// eventReader reads an event line from the left: src/proxy.c, src/server.c and src/check.c hold the texts. What it does
// not know it leaves to the message: only the beginning decides that a line is an event.
type eventReader struct {
	line  string
	i     int
	end   int
	slots []field.Slot
	// state is the server's new state, in the words of HAProxy's statistics; "" where the line tells none.
	state    string
	backup   bool
	onBackup bool
}

func (r *eventReader) set(slot, from, to int) {
	r.slots[slot] = field.Slot{Start: int32(from), End: int32(to)}
}

// skip passes over text where it stands next.
func (r *eventReader) skip(text string) bool {
	if !strings.HasPrefix(r.line[r.i:r.end], text) {
		return false
	}
	r.i += len(text)
	return true
}

// find passes over what stands before text and over text.
func (r *eventReader) find(text string) bool {
	k := strings.Index(r.line[r.i:r.end], text)
	if k < 0 {
		return false
	}
	r.i += k + len(text)
	return true
}

// word reads up to one of the stops, or up to the end.
func (r *eventReader) word(slot int, stops string) bool {
	k := strings.IndexAny(r.line[r.i:r.end], stops)
	if k < 0 {
		k = r.end - r.i
	}
	if k == 0 {
		return false
	}
	r.set(slot, r.i, r.i+k)
	r.i += k
	return true
}

// number reads a number that text stands before and behind.
func (r *eventReader) number(slot int, before, behind string) bool {
	from := r.i
	if !r.skip(before) {
		return false
	}
	e, n := scan.Int(r.line, r.i, r.end)
	if e < 0 || !strings.HasPrefix(r.line[e:r.end], behind) {
		r.i = from
		return false
	}
	r.slots[slot] = field.Slot{Start: int32(r.i), End: int32(e), Num: n}
	r.i = e + len(behind)
	return true
}

// read reads the line and returns what it reports.
func (r *eventReader) read() (name string, ok bool) {
	switch {
	case r.skip("Proxy "):
		return r.proxy(), true
	case r.skip("Backup Server "):
		r.backup = true
		return r.server(), true
	case r.skip("Server "):
		return r.server(), true
	case r.skip("Health check for "):
		return evHealthCheck, r.check()
	case r.skip("Agent check for "):
		return evAgentCheck, r.check()
	case r.skip("backend "), r.skip("Backend "):
		if r.word(slotBackend, " ") && r.skip(" has no server available") {
			return evBackendDown, true
		}
		return evProcess, true
	}
	for _, p := range [...]struct{ verb, name string }{
		{"Stopping ", evProxyStopping},
		{"Pausing ", evProxyPaused},
		{"Paused ", evProxyPaused},
		{"Enabling ", evProxyResumed},
		{"Resuming ", evProxyResumed},
		{"Resumed ", evProxyResumed},
	} {
		if r.skip(p.verb) {
			if r.section() {
				return p.name, true
			}
			return evProcess, true
		}
	}
	for _, text := range [...]string{"New worker ", "Loading success", "Process "} {
		if r.skip(text) {
			return evProcess, true
		}
	}
	// "b/s changed its IP from 192.0.2.1 to 192.0.2.2 by DNS cache."
	return evServerChange, r.pair() && r.skip(" changed its ")
}

// sentence reports whether the line is one of HAProxy's sentences from its first word to its last, and not only begins
// like one: sshd says "Server listening on …", systemd "Stopping …". name is what read has made of it.
func (r *eventReader) sentence(name string) bool {
	text := strings.TrimRight(r.line[r.i:r.end], " ")
	last := strings.TrimRight(r.line[:r.end], " ")
	ends := strings.HasSuffix(last, ".") || strings.HasSuffix(last, "!")
	switch name {
	case evProcess:
		return false
	case evServerChange:
		return strings.HasPrefix(text, " administratively ") && ends || strings.Contains(text, " from ") && strings.Contains(text, " to ")
	case evHealthCheck, evAgentCheck:
		return ends && r.slots[slotReason].Has()
	case evProxyStarted:
		return text == "."
	case evProxyStopped:
		return r.slots[slotFrontendConns].Has()
	case evProxyStopping, evProxyPaused, evProxyResumed:
		return ends && (text == "" || text == "." || strings.HasPrefix(text, " in "))
	}
	return ends
}

// section reads "frontend x", "backend x" or "proxy x".
func (r *eventReader) section() bool {
	switch {
	case r.skip("frontend "):
		r.word(slotFrontend, " ")
	case r.skip("backend "):
		r.word(slotBackend, " ")
	case r.skip("proxy "), r.skip("Proxy "), r.skip("listener "):
		r.word(slotProxy, " ")
	default:
		return false
	}
	for _, slot := range [...]int{slotFrontend, slotBackend, slotProxy} {
		if s := &r.slots[slot]; s.Has() && strings.HasSuffix(s.Text(r.line), ".") {
			s.End-- // the full stop of the sentence
		}
	}
	return true
}

// proxy reads what follows "Proxy ".
func (r *eventReader) proxy() string {
	if !r.word(slotProxy, " ") {
		return evProcess
	}
	switch {
	case r.skip(" started"):
		return evProxyStarted
	case r.skip(" stopped"):
		// Up to 2.2 it is "(FE: 1 conns, BE: 2 conns)", later "(cumulated conns: FE: 1, BE: 2)".
		if r.find("FE: ") {
			r.number(slotFrontendConns, "", "")
			if r.find("BE: ") {
				r.number(slotBackendConns, "", "")
			}
		}
		return evProxyStopped
	case r.skip(" paused"):
		return evProxyPaused
	case r.skip(" resumed"), r.skip(" enabled"):
		return evProxyResumed
	case r.skip(" reached "):
		return evLimit
	}
	return evProcess
}

// pair reads backend/server.
func (r *eventReader) pair() bool {
	return r.word(slotBackend, "/ ") && r.skip("/") && r.word(slotServer, " ")
}

// verbs are what a server line says behind the server's name, the longer before what they begin with.
var verbs = [...]struct{ text, name, state string }{
	{" is UP/READY", evServerUp, "UP"},
	{" is UP/DRAIN", evServerDrain, "DRAIN"},
	{" is DOWN/READY", evServerDown, "DOWN"},
	{" is DOWN/DRAIN", evServerDrain, "DRAIN"},
	{" is UP", evServerUp, "UP"},
	{" is DOWN for maintenance", evServerMaint, "MAINT"},
	{" is DOWN", evServerDown, "DOWN"},
	{" is going DOWN for maintenance", evServerMaint, "MAINT"},
	{" was DOWN and now enters maintenance", evServerMaint, "MAINT"},
	{" enters maintenance", evServerMaint, "MAINT"},
	{" remains in forced maintenance", evServerMaint, "MAINT"},
	{" enters drain state", evServerDrain, "DRAIN"},
	{" remains in forced drain mode", evServerDrain, "DRAIN"},
	{" remains in drain mode", evServerDrain, "DRAIN"},
	{" is stopping", evServerStop, "NOLB"},
}

// server reads what follows "Server ".
func (r *eventReader) server() string {
	if !r.pair() {
		return evProcess
	}
	if r.skip(" ('") { // the name that the server's address was resolved from
		r.find("')")
	}
	for i := range verbs {
		v := &verbs[i]
		if from := r.i; r.skip(v.text) {
			r.state = v.state
			r.set(slotState, from+1, r.i)
			r.outcome()
			return v.name
		}
	}
	return evServerChange
}

// outcome reads what srv_append_status adds.
func (r *eventReader) outcome() {
	if r.skip(" (") {
		r.word(slotCause, ")")
		r.skip(")")
	}
	if r.skip(" via ") {
		r.word(slotTracked, ",. ")
	}
	r.reason()
	if !r.find(". ") {
		return
	}
	// "2 active and 0 backup servers left.[ Running on backup.] 0 sessions active, 0 requeued, 0 remaining in queue." for
	// a server that goes, "… servers online. 0 sessions requeued, 0 total in queue." for one that comes.
	if !r.number(slotActive, "", " active and ") || !r.number(slotBackup, "", " backup servers ") || !r.find(".") {
		return
	}
	r.onBackup = r.skip(" Running on backup.")
	if r.number(slotRequeued, " ", " sessions requeued, ") {
		r.number(slotQueued, "", " total in queue")
		return
	}
	if r.number(slotSessions, " ", " sessions active, ") && r.number(slotRequeued, "", " requeued, ") {
		r.number(slotQueued, "", " remaining in queue")
	}
}

// reason reads ", reason: …[, code: n][, info: "…"][, check duration: nms]".
func (r *eventReader) reason() {
	if r.skip(", reason: ") && !r.word(slotReason, ",.") {
		return
	}
	r.number(slotCode, ", code: ", "")
	if r.skip(`, info: "`) {
		if r.word(slotInfo, `"`) {
			if s := &r.slots[slotInfo]; strings.IndexByte(s.Text(r.line), '#') >= 0 {
				s.Flags |= field.Encoded
			}
		}
		r.skip(`"`)
	}
	r.number(slotDuration, ", check duration: ", "ms")
}

// check reads what follows "Health check for ": "[backup ]server b/s failed, reason: …, status: 2/3 UP."
func (r *eventReader) check() bool {
	r.backup = r.skip("backup ")
	if !r.skip("server ") || !r.pair() || !r.skip(" ") {
		return false
	}
	r.word(slotResult, ",.")
	r.reason()
	if !r.number(slotHealth, ", status: ", "/") || !r.number(slotThreshold, "", " ") {
		return true
	}
	if r.word(slotState, ".,") {
		switch state := r.slots[slotState].Text(r.line); state {
		case "UP", "DOWN":
			r.state = state
		}
	}
	return true
}
