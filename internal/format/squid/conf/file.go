// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

// Package conf reads squid.conf as far as it says what Squid logs: the logs, where they are written and in which format, and
// the definitions of these (squid.conf's documentation of logformat, access_log, icap_log, log_mime_hdrs and
// logfile_rotate). Other directives are passed over. Files that are included are read too, of conditional blocks the branches
// that hold; where that depends on the process that reads the file, both.
package conf

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// File is what a squid.conf and the files it includes say of logging.
type File struct {
	// Logs are the logs in the order of the file, those with the module none left out. A file that names no access_log
	// has the one that Squid then writes, with Default set.
	Logs []Log
	// Formats are the logformats in the order of the file. Squid ignores one whose name is taken or that of a built-in.
	Formats []Logformat
	// MimeHeaders is log_mime_hdrs: squid, common and combined end in the headers of request and reply.
	MimeHeaders bool
	// Rotate is logfile_rotate: how many rotated files access.log.0, access.log.1 … there are; -1 where it is not set.
	Rotate int
	// Warnings say which lines Squid ignores, and which differ between its workers, each with its position.
	Warnings []string
}

// Logformat is a definition of squid.conf.
type Logformat struct {
	Name, Definition string
	Pos              Position
	// line is where the definition stands, at its byte.
	line logical
	at   int
}

// Fail is an error at byte at of the definition.
func (f *Logformat) Fail(at int, err error) error {
	return &positioned{f.line.pos(f.at + at), fmt.Errorf("logformat %s: %w", f.Name, err)}
}

// Log is one access_log or icap_log.
type Log struct {
	// Directive is access_log, icap_log, or one of the old referer_log and useragent_log.
	Directive string
	// Module is how it is written: stdio, daemon, syslog, udp or tcp.
	Module string
	// Place is the path of a file (stdio, daemon), facility.priority (syslog) or host:port (udp, tcp). Where each worker has
	// a place of its own there is a * for what differs.
	Place string
	// Format is the name of a logformat of the file, or of a built-in.
	Format string
	// Definition is the logformat; nil for a built-in.
	Definition *Logformat
	// Default says that the file does not name the log.
	Default bool
	Pos     Position
}

// defaultPlace is where Squid writes access.log when it is not told, as distributions build it.
const defaultPlace = "/var/log/squid/access.log"

// Read reads a squid.conf; builtin are the names of the formats that Squid has without a definition. Its errors name file,
// line and column. The definitions are not compiled: a code that does not exist is no error here.
func Read(path string, builtin []string) (*File, error) {
	c := reader{file: &File{Rotate: -1}, builtin: builtin}
	r := files{each: c.line}
	c.load = r.load
	text, err := r.load(path)
	if err != nil {
		return nil, err
	}
	if err := r.read(text, path, 0); err != nil {
		return nil, err
	}
	f := c.file
	if !c.access {
		f.Logs = append([]Log{{Directive: "access_log", Module: "daemon", Place: defaultPlace, Format: c.plain(), Default: true}}, f.Logs...)
	}
	for i := range f.Logs {
		if l := &f.Logs[i]; l.Format == "" {
			l.Format = c.plain()
		}
	}
	return f, nil
}

// reader collects what lines say of logging.
type reader struct {
	file    *File
	builtin []string
	load    func(path string) (string, error)
	access  bool // there is an access_log
	quotes  bool // configuration_includes_quoted_values: a definition may stand in quotes
	httpd   bool // emulate_httpd_log, of 3.1 and before
}

// plain is the format of a log that names none.
func (c *reader) plain() string {
	if c.httpd {
		return "common"
	}
	return "squid"
}

func (c *reader) line(l *logical) error {
	t := tokens{line: l}
	switch word, _ := t.next(); word {
	case "logformat":
		return c.logformat(&t)
	case "access_log", "cache_access_log":
		c.access = true
		return c.log(&t, "access_log")
	case "icap_log":
		return c.log(&t, word)
	case "referer_log", "referrer_log", "useragent_log":
		return c.old(&t, word)
	case "log_mime_hdrs":
		value, _ := t.next()
		c.file.MimeHeaders = c.file.MimeHeaders || value == "on"
	case "configuration_includes_quoted_values":
		value, _ := t.next()
		c.quotes = value == "on"
	case "emulate_httpd_log":
		value, _ := t.next()
		c.httpd = value == "on"
	case "logfile_rotate":
		value, at := t.next()
		n, err := strconv.Atoi(value)
		if err != nil || n < 0 {
			return l.fail(at, "logfile_rotate: %q is no number", value)
		}
		c.file.Rotate = n
	}
	return nil
}

// logformat takes a definition: the rest of the line, in which quotes are literals, unless quoted values are allowed.
func (c *reader) logformat(t *tokens) error {
	differs := t.line.expand("")
	name, at := t.next()
	if name == "" {
		return t.line.fail(at, "logformat has no name")
	}
	if differs {
		c.file.Warnings = append(c.file.Warnings, t.line.pos(at).String()+
			": ${process_name} and ${process_number} are read as those of a Squid without workers, squid and 0")
	}
	text, from := t.rest()
	if text == "" {
		return t.line.fail(from, "logformat %s has no definition", name)
	}
	if c.quotes && (text[0] == '"' || text[0] == '\'') {
		end := closing(text)
		if end < 0 {
			return t.line.fail(from, "logformat %s: the quote %c is not closed", name, text[0])
		}
		text = Unquote(text[1:end])
		from++
	}
	if c.format(&Log{}, name) == nil {
		c.file.Warnings = append(c.file.Warnings, t.line.pos(at).String()+": Squid ignores this logformat: the name "+name+" is taken")
		return nil
	}
	c.file.Formats = append(c.file.Formats, Logformat{Name: name, Definition: text, Pos: t.line.pos(from), line: *t.line, at: from})
	return nil
}

// log takes access_log or icap_log: module:place, then options as key=value, or the name of a format, then names of
// acls (src/cache_cf.cc, parse_access_log).
func (c *reader) log(t *tokens, directive string) error {
	t.line.expand(anyProcess)
	if c.quotes {
		if err := c.parameters(t.line, t.i); err != nil {
			return err
		}
	}
	place, at := t.next()
	if place == "" {
		return t.line.fail(at, "%s names no place", directive)
	}
	if place == "none" {
		return nil
	}
	log := Log{Directive: directive, Pos: t.line.pos(0)}
	log.Module, log.Place = module(place)
	first := true
	for {
		word, at := t.next()
		key, value, option := strings.Cut(word, "=")
		switch {
		case word == "", !option && !first:
			c.file.Logs = append(c.file.Logs, log)
			return nil
		case !option:
			// Squid takes what is no format for the name of an acl.
			if err := c.format(&log, word); err != nil {
				log.Format = ""
			}
		case key == "logformat":
			if err := c.format(&log, value); err != nil {
				return t.line.fail(at, "%s: logformat=%s: %w", directive, value, err)
			}
		}
		first = false
	}
}

var errNoFormat = errors.New("there is no such logformat above this line, and no built-in of that name")

// format settles which format a name means.
func (c *reader) format(log *Log, name string) error {
	log.Format, log.Definition = name, nil
	for _, f := range c.file.Formats {
		if f.Name == name {
			log.Definition = &f
			return nil
		}
	}
	if slices.Contains(c.builtin, name) {
		return nil
	}
	if name == "auto" {
		log.Format = ""
		return nil
	}
	return errNoFormat
}

// old takes the logs of one kind that 3.1 and before have: the path alone.
func (c *reader) old(t *tokens, directive string) error {
	place, at := t.next()
	if place == "" {
		return t.line.fail(at, "%s names no file", directive)
	}
	if place == "none" {
		return nil
	}
	log := Log{Directive: directive, Module: "stdio", Place: place, Format: "referrer", Pos: t.line.pos(0)}
	if directive == "useragent_log" {
		log.Format = "useragent"
	}
	c.file.Logs = append(c.file.Logs, log)
	return nil
}

// module parts module:place; a place without a module is a file (src/log/File.cc).
func module(s string) (module, place string) {
	for _, m := range []string{"stdio", "daemon", "udp", "tcp", "syslog"} {
		if rest, ok := strings.CutPrefix(s, m); ok && (rest == "" && m == "syslog" || strings.HasPrefix(rest, ":")) {
			rest = strings.TrimPrefix(rest, ":")
			if m == "udp" || m == "tcp" {
				rest = strings.TrimPrefix(rest, "//")
			}
			return m, rest
		}
	}
	return "stdio", s
}
