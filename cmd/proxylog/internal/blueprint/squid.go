// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package blueprint

import (
	"net"
	"strings"

	"github.com/proxylog/proxylog/internal/format/squid"
	"github.com/proxylog/proxylog/internal/format/squid/conf"
)

// squid reads a squid.conf.
func (b *Blueprint) squid(path string) error {
	f, err := squid.ReadConfig(path)
	if err != nil {
		return err
	}
	b.Notes = append(b.Notes, f.Warnings...)
	joined := map[string]bool{}
	for i := range f.Logs {
		l := &f.Logs[i]
		where := l.Pos.String()
		if l.Default {
			where = path
			b.note("%s names no access_log: Squid then writes %s, as most builds have it", path, l.Place)
		}
		text, defined := l.Format, where
		if l.Definition != nil {
			defined = l.Definition.Pos.String() + ": logformat " + l.Definition.Name
			text = "logformat " + l.Definition.Name + " " + l.Definition.Definition
			if strings.Contains(text, "master_xaction") {
				joined[l.Directive] = true
			}
		}
		b.dialect(text, defined)
		b.place(l, where)
	}
	switch {
	case joined["access_log"] && joined["icap_log"]:
		b.Stitch = "joins each ICAP transaction with its line of access.log, by %master_xaction"
	case hasLog(f, "access_log") && hasLog(f, "icap_log"):
		b.note("%s: with %%master_xaction in both formats, each ICAP transaction could be joined with its line of access.log", path)
	}
	b.fallback("add access_log udp://localhost:5140 squid")
	return nil
}

func hasLog(f *conf.File, directive string) bool {
	for i := range f.Logs {
		if f.Logs[i].Directive == directive {
			return true
		}
	}
	return false
}

// place finds an input for where a log is written.
func (b *Blueprint) place(l *conf.Log, where string) {
	switch l.Module {
	case "stdio", "daemon":
		if l.Place == "/dev/stdout" || l.Place == "/dev/stderr" {
			b.container("squid")
			return
		}
		if !strings.HasPrefix(l.Place, "/") {
			b.note("%s: %q is no path from the root: change the pattern under file", where, l.Place)
		}
		pattern := l.Place
		if strings.Contains(pattern, "*") {
			pattern += "*" // a file for each worker
		}
		b.file(pattern, "as "+where+" says")
	case "udp", "tcp":
		host, port, err := net.SplitHostPort(l.Place)
		if err != nil {
			b.note("%s: %q is no address and port", where, l.Place)
			return
		}
		b.listen(l.Module, host, port, "as "+where+" says")
	case "syslog":
		facility, _, _ := strings.Cut(l.Place, ".")
		if facility == "" {
			facility = "local4"
		}
		b.file("/var/log/squid-"+facility+".log", where+" sends to syslog as "+facility+": give here the file into which the syslog daemon writes that,",
			"in rsyslog for example: "+facility+".* /var/log/squid-"+facility+".log")
		b.note("%s: Squid logs to syslog (%s): give the syslog daemon a file for it, and name that file under file", where, facility)
	default:
		b.note("%s: the module %s is not known: add an input for it", where, l.Module)
	}
}
