// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package squid

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/proxylog/proxylog/internal/directive"
	"github.com/proxylog/proxylog/internal/field"
	"github.com/proxylog/proxylog/internal/format"
	"github.com/proxylog/proxylog/internal/format/squid/conf"
)

// formatName is the name of the format.
const formatName = "squid"

// builtins are the dialects that need no definition, in the order in which they are tried: the strings of squid.conf's
// documentation. Squid prints them with code of their own (src/log/FormatSquidIcap.cc, FormatSquidNative.cc,
// FormatHttpdCommon.cc, FormatHttpdCombined.cc, FormatSquidReferer.cc, FormatSquidUseragent.cc), which differs from what
// a logformat of the same string prints; builtin.go says how. mime says that log_mime_hdrs makes the line longer.
var builtins = []struct {
	name, definition string
	mime             bool
}{
	{"icap_squid", "%ts.%03tu %6icap::tr %>A %icap::to/%03icap::Hs %icap::<st %icap::rm %icap::ru %un -/%icap::<A -", false},
	{"squid", "%ts.%03tu %6tr %>a %Ss/%03>Hs %<st %rm %ru %[un %Sh/%<a %mt", true},
	{"common", `%>a %[ui %[un [%tl] "%rm %ru HTTP/%rv" %>Hs %<st %Ss:%Sh`, true},
	{"combined", `%>a %[ui %[un [%tl] "%rm %ru HTTP/%rv" %>Hs %<st "%{Referer}>h" "%{User-Agent}>h" %Ss:%Sh`, true},
	{"referrer", "%ts.%03tu %>a %{Referer}>h %ru", false},
	{"useragent", `%>a [%tl] "%{User-Agent}>h"`, false},
}

// dialect is a compiled logformat.
type dialect struct {
	*format.Dialect
	program *directive.Program
	// icap says that it logs ICAP transactions.
	icap bool
	// access is the same definition read as one of access.log, which also takes ICAP's codes and prints there what stands
	// for nothing; nil where that could not be told.
	access *dialect
	// open are the values that the definition leaves open.
	open []directive.Ambiguity
	// mime says that the line may end in the headers of request and reply, in brackets (log_mime_hdrs).
	mime bool
	// builtin says that it needs no definition, and guessed that the configuration does not name it: then lines are only read
	// with it that look as they mostly do.
	builtin, guessed bool
	// ident and user are the fields of the two names that stand side by side in common and combined; -1 elsewhere.
	ident, user int
	// urls are the fields of the URLs that have a user right behind them, with a blank between.
	urls []int
	// local says that the date is a clock time of the configured zone, unless there is a zone beside it, and day that it
	// has no time of day; zoned says that the time of day, in a field of its own, has its zone with it.
	local, day, zoned bool
	// shifted says that the date is in seconds since 1970 that are too few by the offset of the zone's standard time: Squid
	// breaks the time down for UTC, and the C library puts it together as a clock time of the zone.
	shifted bool
	// unit is how many nanoseconds one of a role's number is, 0 for what is no time, and below the number from which on it is
	// none: too many for 64 bits, or for the fraction of a second.
	unit, below [numRoles]int64
	// request says that there are fields of the HTTP request or its answer, and lists that there are lists of times.
	request, lists bool
}

// compile makes a dialect of a definition; the error names the byte.
func compile(name, definition string, builtin bool) (*dialect, error) {
	pieces, err := parseLogformat(definition)
	if err != nil {
		return nil, positioned(definition, err)
	}
	if builtin {
		encodings(pieces)
	}
	icap := isICAP(pieces)
	d, err := build(name, definition, pieces, builtin, icap)
	if err != nil {
		return nil, err
	}
	if icap && d.Field(roleICAPMethod) != nil {
		d.access, err = build(name, definition, pieces, builtin, false)
	}
	return d, err
}

// build makes a dialect of a definition's pieces.
func build(name, definition string, pieces []piece, builtin, icap bool) (*dialect, error) {
	list := items(pieces)
	if builtin {
		peculiar(pieces, list)
	}
	d := &dialect{icap: icap, builtin: builtin, ident: -1, user: -1, open: open(pieces, list)}
	for _, b := range builtins {
		d.mime = d.mime || builtin && name == b.name && b.mime
	}
	assign(pieces, list, icap)
	fields, pair := 0, twoUsers(pieces)
	if pair < 0 {
		pair = len(pieces)
	}
	for i := range pieces {
		f := list[i].Field
		if f == nil {
			continue
		}
		if f.Role != 0 {
			d.measure(&pieces[i], f.Role)
		}
		if besideURL(pieces, list, i) {
			d.urls = append(d.urls, fields-1)
		}
		switch i {
		case pair:
			d.ident = fields
		case pair + 2:
			d.user = fields
		}
		fields++
	}
	var err error
	if d.program, err = directive.Compile(list); err != nil {
		var e *directive.Error
		if errors.As(err, &e) {
			return nil, positioned(definition, &syntaxError{e.At, err.Error()})
		}
		return nil, err
	}
	d.Dialect = format.NewDialect(formatName, name, definition, format.KindTraffic, d.program.Fields)
	d.request = d.hasOne(roleMethod, roleURL, rolePath, roleVersion, roleStatus, roleResult)
	d.lists = d.hasOne(roleAllTimes, roleSumTimes)
	d.Makes = makes
	return d, nil
}

// measure notes what the number of a field with a role counts, and what its layout leaves to others.
func (d *dialect) measure(p *piece, role field.Role) {
	if unit := p.unit(); unit > 0 {
		d.unit[role], d.below[role] = unit, maxSeconds*1e9/unit
		if role == roleSubsecond {
			d.below[role] = 1e9 / unit
		}
	}
	switch {
	case p.layout == nil:
	case role == roleDate:
		d.local = !p.layout.Instant && p.name == "tl"
		d.day = !p.layout.Clock
		d.shifted = p.layout.Epoch && p.name == "tg"
	case role == roleClock:
		d.zoned = p.layout.Instant
	}
}

// hasOne reports whether there is a field with one of the roles.
func (d *dialect) hasOne(roles ...field.Role) bool {
	return slices.ContainsFunc(roles, func(r field.Role) bool { return d.Field(r) != nil })
}

// isICAP reports whether a definition logs ICAP transactions. icap::tt is for access.log.
func isICAP(pieces []piece) bool {
	for i := range pieces {
		if strings.HasPrefix(pieces[i].name, "icap::") && pieces[i].name != "icap::tt" {
			return true
		}
	}
	return false
}

// dialects compiles the user's list; where it is empty, what the configuration file logs; without one all built-ins.
func dialects(cfg Config) ([]*dialect, error) {
	var file *conf.File
	if cfg.ConfigFile != "" {
		var err error
		if file, err = ReadConfig(cfg.ConfigFile); err != nil {
			return nil, fmt.Errorf("config_file: %w", err)
		}
	}
	var out []*dialect
	var errs []error
	add := func(path string, defs []definition, err error) {
		for _, def := range defs {
			var d *dialect
			if d, err = def.compile(); err != nil {
				if len(defs) > 1 && def.from == nil {
					err = fmt.Errorf("logformat %s: %w", def.name, err)
				}
				break
			}
			d.guessed = len(cfg.Logformat) == 0 && file == nil
			out = append(out, d)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", path, err))
		}
	}
	switch {
	case len(cfg.Logformat) > 0:
		for i, text := range cfg.Logformat {
			defs, err := resolve(text, i, file)
			add(fmt.Sprintf("logformat[%d]", i), defs, err)
		}
	case file != nil:
		add("config_file", definitions(file), nil)
	default:
		for _, b := range builtins {
			add("logformat", []definition{{name: b.name, text: b.definition, builtin: true}}, nil)
		}
	}
	return out, errors.Join(errs...)
}
