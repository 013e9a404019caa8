// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package blueprint

import (
	"fmt"
	"slices"
	"strings"

	"github.com/proxylog/proxylog/internal/format/haproxy"
	"github.com/proxylog/proxylog/internal/format/haproxy/cfg"
)

// haproxy reads a haproxy.cfg.
func (b *Blueprint) haproxy(path string) error {
	f, err := haproxy.ReadConfig(path, "")
	if err != nil {
		return err
	}
	for _, w := range f.Warnings {
		b.note("%s:%d: %s", path, w.Line, w.Text)
	}
	several := false
	logs := complete(f.Log) // events of the process go there too
	for i := range f.Frontends {
		fe := &f.Frontends[i]
		where := fmt.Sprintf("%s:%d: frontend %s", path, fe.Line, fe.Name)
		if len(fe.Log) == 0 {
			b.note("%s logs nothing: it has no log line, and inherits none", where)
			continue
		}
		places := complete(fe.Log)
		if !places[0].Requests() {
			b.note("%s: its requests and connections are not logged: they have the level info, and its log lines take %s and above only",
				where, places[0].Level)
		}
		lines := f.Lines(fe)
		for _, text := range entries(fe, lines) {
			b.dialect(text, where)
		}
		if len(places) > 1 && !several {
			several = true
			b.note("%s: each line goes to %d places: read one of them only, or every record comes as often", where, len(places))
		}
		logs = append(logs, places...)
		if isRepeated(f, fe, lines) && slices.ContainsFunc(lines, isJoinable) {
			b.Stitch = "joins the lines of a session that is logged at several steps (log-steps, do-log)"
		}
		if fe.Cookie != "" || len(fe.Request) > 0 || strings.HasPrefix(fe.Option, "http") {
			b.short(places, where)
		}
	}
	seen := map[string]bool{}
	for i := range logs {
		if l := &logs[i]; !seen[l.Address] {
			seen[l.Address] = true
			b.target(l, fmt.Sprintf("%s:%d", path, l.Line))
		}
	}
	b.fallback(`add "log 127.0.0.1:5140 len 8192 local0" to the section global and "log global" to defaults`)
	return nil
}

// complete are the log lines that get all there is; where there are none, all of them. What the others get, such as
// Debian's "log /dev/log local1 notice", goes to these too.
func complete(logs []cfg.Log) []cfg.Log {
	var out []cfg.Log
	for i := range logs {
		if logs[i].Requests() {
			out = append(out, logs[i])
		}
	}
	if out == nil {
		return slices.Clone(logs)
	}
	return out
}

// short says that long requests are cut.
func (b *Blueprint) short(logs []cfg.Log, where string) {
	for _, l := range logs {
		if l.Len <= 1024 {
			b.note(`%s: lines are cut at %d bytes, which long requests exceed: add "len 8192" to its log line`, where, l.Len)
			return
		}
	}
}

// isRepeated reports whether a session of the frontend may have several lines. Without steps it has one, with option logasap
// too: that one comes early, and HAProxy writes none at the end (sess_log and strm_log in src/log.c).
func isRepeated(f *cfg.File, fe *cfg.Frontend, lines []cfg.Line) bool {
	return fe.Steps || len(fe.DoLog)+len(f.DoLog) > 0 || slices.ContainsFunc(lines, func(l cfg.Line) bool { return l.Profile != "" })
}

// isJoinable reports whether lines say what belongs to one session, or at which step they were logged.
func isJoinable(l cfg.Line) bool {
	return slices.ContainsFunc([]string{"%ID", "unique-id", "%OG"}, func(code string) bool { return strings.Contains(l.Format.Text, code) })
}

// entries are what a frontend and the log-profiles of its log lines say of its lines, as haproxy::log_format takes it: one
// for the frontend itself, and one for each step of a profile, which other frontends may have too.
func entries(fe *cfg.Frontend, lines []cfg.Line) []string {
	var out []string
	for i := 0; i < len(lines); {
		var text []string
		sd := lines[i].StructuredData
		for first := i; i < len(lines) && (i == first || lines[i].Profile == "" && lines[i-1].Profile == "" && lines[i].StructuredData == sd); i++ {
			text = append(text, directive(&lines[i]))
		}
		if sd.Line > 0 {
			text = append(text, "log-format-sd "+quote(sd.Text))
		}
		text = append(text, declarations("request", fe.Request)...)
		text = append(text, declarations("response", fe.Response)...)
		out = append(out, strings.Join(text, "\n"))
	}
	return out
}

// directive is what haproxy.cfg says of lines.
func directive(l *cfg.Line) string {
	switch {
	case l.Error:
		return "error-log-format " + quote(l.Format.Text)
	case l.Format.Line > 0:
		return "log-format " + quote(l.Format.Text)
	case l.Option != "":
		return "option " + l.Option
	}
	return "default"
}

// quote puts a text in strong quotes, in which nothing means anything but the quote itself (the manual's section 2.2).
func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// declarations are the lines that make the slots of captured values, so that these have names.
func declarations(side string, captures []cfg.Capture) []string {
	var out []string
	for _, c := range captures {
		switch {
		case c.Header != "":
			out = append(out, fmt.Sprintf("capture %s header %s len %d", side, quote(c.Header), c.Len))
		case c.Expression != "" && side == "request":
			out = append(out, fmt.Sprintf("http-request capture %s len %d", c.Expression, c.Len))
		default:
			out = append(out, fmt.Sprintf("declare capture %s len %d", side, c.Len))
		}
	}
	return out
}

// target finds an input for where the lines are sent (the manual's section 4.2, log).
func (b *Blueprint) target(l *cfg.Log, where string) {
	if l.Sampled {
		b.note("%s: only a sample of the lines is sent", where)
	}
	kind, address := "udp", l.Address
	if scheme, rest, ok := strings.Cut(address, "@"); ok {
		address = rest
		kind = strings.TrimRight(scheme, "46")
		if kind == "ipv" {
			kind = "udp"
		}
	}
	switch {
	case l.Address == "stdout", l.Address == "stderr", kind == "fd":
		b.container("haproxy")
	case kind == "unix" || strings.HasPrefix(address, "/"):
		b.socket(address, where)
	case kind == "udp" || kind == "tcp":
		host, port := address, "514"
		if i := strings.LastIndexByte(address, ':'); i >= 0 {
			host, port = address[:i], address[i+1:]
		}
		host = strings.Trim(host, "[]")
		if host == "" || port == "" || strings.ContainsAny(port, "-+") {
			b.note("%s: %q is no single address and port", where, l.Address)
			return
		}
		b.listen(kind, host, port, "as "+where+" says")
	default:
		b.note("%s: where %s leads is not read here: add an input for it", where, l.Address)
	}
}

// socket finds an input for a unix socket: the machine's own one is that of its syslog daemon or journald.
func (b *Blueprint) socket(path, where string) {
	if strings.HasSuffix(path, "/dev/log") || strings.HasPrefix(path, "/run/systemd/") {
		b.file("/var/log/haproxy.log", where+" sends to "+path+", the socket of the machine's syslog daemon or journald: this is the file",
			"that Debian's rsyslog rule writes; where another does, find it with: grep -r haproxy /etc/rsyslog.d /etc/rsyslog.conf",
			`To go without: "log /run/proxylog.sock len 8192 local0" in HAProxy, and a listener {transport: unixgram, endpoint: /run/proxylog.sock}.`)
		b.note("%s: HAProxy logs to %s: check that the syslog daemon writes it to /var/log/haproxy.log, and change the pattern if not", where, path)
		return
	}
	b.Listeners = append(b.Listeners, Listener{"unixgram", path, []string{
		"as " + where + " says; a HAProxy in a chroot looks for it there", "it is made here, so nobody else may listen on it",
	}})
}
