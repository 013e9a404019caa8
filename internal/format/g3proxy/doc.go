// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

// Package g3proxy reads the event logs of ByteDance's g3proxy: task, escape, resolve, inspect and intercept entries.
//
// One function takes pairs of a key and a value into the slots of the one table of keys (fields.go), and one writes the
// record (write.go). What differs from transport to transport is only how the pairs stand in the line, so that each
// transport is a thin reader: text behind an RFC 3164 header (pairs.go), structured data of RFC 5424 (sd.go), JSON
// behind a cookie in either and the JSON into which the envelope turns a message to fluentd (cee.go), fields of journald
// as JSON or datagram (journal.go), sorted text of the stdout driver (stdout.go). The keys are those of g3proxy 1.13 and
// of g3tiles and g3keymess; versions before 1.11 have no task_event and write each task once. docs/formats/g3proxy.md
// tells users of all this.
//
// A task, over RFC 3164:
//
//	<29>Nov 21 23:45:11 g3proxy[13611]: idle after 2s x 4, server_name="socks-main", server_type="SocksProxy", pid=13611, log_type="Task", daemon_name="lab-rfc3164", r_wr_bytes=40, r_rd_bytes=30, c_wr_bytes=30, c_rd_bytes=40, total_time="10.007s", ready_time="3.187ms", wait_time="60.901ms", reason="Idle", tcp_connect_spend="1.469ms", tcp_connect_tries=1, next_peer_addr="127.0.0.1:18001", next_bound_addr="127.0.0.1:52646", escaper="direct", upstream="script.ok.test:18001", client_addr="127.0.0.1:37126", server_addr="127.0.0.1:22001", user="alice", start_at="2026-11-21T23:45:01.610544Z", stage="Relaying", task_event="Finished", task_id="918925e7e60511f199b7b5f191b3bc75", task_type="TcpConnect"
//
// What becomes of the keys that have a common attribute:
//
//	client_addr, tcp_client_addr    client.address .port, network.peer.address .port, network.type
//	server_addr, tcp_server_addr    network.local.address .port
//	upstream                        server.address .port (else initial_peer; else host of an intercepted request)
//	next_peer_addr                  proxy.upstream.address .port (else ftp_c_peer_addr)
//	escaper, escaper_name           g3proxy.escaper.name, proxy.upstream.name
//	c_rd_bytes, c_wr_bytes          proxy.client.bytes_sent, proxy.client.bytes_received: totals so far, in bytes
//	r_rd_bytes, r_wr_bytes          proxy.upstream.bytes_sent, proxy.upstream.bytes_received (FTP: both connections added)
//	server_name                     proxy.listener.name
//	task_id                         proxy.session.id, g3proxy.task.id
//	task_type, stage                g3proxy.task.type, g3proxy.task.stage; network.transport, network.protocol.name
//	task_event                      g3proxy.task.event (of an intercept entry: g3proxy.intercept.event)
//	start_at, total_time            proxy.start_time, proxy.duration
//	reason                          g3proxy.reason; proxy.outcome, proxy.ended_by, error.type and severity (outcome.go)
//	method, uri, rsp_status         http.request.method, url.*, http.response.status_code (0 is none)
//	user, user_agent, domain        user.name, user_agent.original, dns.question.name
//	protocol                        g3proxy.protocol, network.protocol.name .version
//	pid, daemon_name                resource: process.pid, service.instance.id
//
// Every other key becomes g3proxy.<key>: durations as seconds, counters as integers.
//
// The event names: a task entry is proxy.session.start (Created), proxy.session.end (Finished, or no event at all) or
// proxy.session.progress; an HTTP task is a session too, since several entries may tell of it. An escape entry is
// proxy.connection.error, a resolve entry proxy.dns.error. Inspect entries and intercepted layers are
// proxy.session.progress; an intercepted request that has its result (HttpForward, HttpConnect, HttpUpgrade and the
// HTTP/2 streams) is proxy.request.end. What the process itself logs under the same tag, without pairs, is proxy.event.
package g3proxy
