// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

// Package cfg reads haproxy.cfg as far as it says what HAProxy logs: for each frontend its formats, the names of its
// captures, and where its lines go.
//
// It reads the sections global, defaults (named ones and from too), frontend, listen and log-profile (the manual's sections
// 2 to 4 and 8.3.5); all others, and all keywords that have nothing to do with logs, are passed over. Of conditional blocks
// (.if, .else) the branches that hold are read; where a condition depends on the HAProxy that runs, on how it was built or
// started, all that may hold are, with a warning.
package cfg

import "fmt"

// File is what a configuration says about logs.
type File struct {
	Path string
	// Frontends are the sections frontend and listen, in their order.
	Frontends []Frontend
	// Log are the log lines of the section global, and LogTag its log-tag.
	Log    []Log
	LogTag string
	// Profiles are the sections log-profile.
	Profiles []Profile
	// DoLog are the rules of backends that print a line; it is one of the frontend that the session came by.
	DoLog []DoLog
	// Warnings are what was passed over and could matter.
	Warnings []Warning
}

// Frontend is a section frontend or listen with what it inherits from defaults.
type Frontend struct {
	Name string
	// Listen says that it is a section listen.
	Listen bool
	Line   int
	// HTTP says that it is of mode http; else it is of mode tcp.
	HTTP bool
	// Option is the last of option tcplog, httplog, httpslog, with clf or without; "" where a log-format came later or
	// nothing was said.
	Option string
	// Format, StructuredData, ErrorFormat and UniqueID are the strings of log-format, log-format-sd, error-log-format and
	// unique-id-format with their quoting undone; Line is 0 where there is none.
	Format, StructuredData, ErrorFormat, UniqueID Directive
	// Request and Response are the capture slots, in their order.
	Request, Response []Capture
	// Cookie is the name of the captured cookie, or its beginning.
	Cookie string
	// Log is where the lines go.
	Log    []Log
	LogTag string
	// DoLog are the rules that print a line of their own.
	DoLog []DoLog
	// Steps says that log-steps (3.1) asks for lines of several steps.
	Steps bool
}

// Directive is the string of a log-format and where it stands.
type Directive struct {
	Text         string
	Line, Column int
}

// Capture is a slot for a captured value.
type Capture struct {
	// Header is the name of the header, "" where it is none.
	Header string
	// Expression is the sample, "" where the slot was declared only.
	Expression string
	// Len is the most bytes of the value that are kept.
	Len int
}

// Log is a line "log" (the manual's section 4.2).
type Log struct {
	// Address is where the lines go, such as 127.0.0.1:514, /dev/log, stdout, ring@r or tcp@host:1514.
	Address string
	// Format is rfc3164, rfc5424, local, priority, short, timed, iso or raw; "" where HAProxy chooses.
	Format string
	// Facility is that of syslog, such as local0.
	Facility string
	// Level is the least important level that goes there, such as notice; "" where all do.
	Level string
	// Len is the length in bytes at which a line is cut, 1024 where nothing is said.
	Len  int
	Line int
	// Profile is the log-profile, which may replace the frontend's formats, and ProfileColumn where the line names it;
	// Sampled says that lines are left out.
	Profile       string
	ProfileColumn int
	Sampled       bool
}

// Requests reports whether the lines of requests and connections go there, which have the level info (the manual's
// section 4.2, log).
func (l *Log) Requests() bool { return l.Level == "" || l.Level == "info" || l.Level == "debug" }

// Warning is something that was passed over.
type Warning struct {
	Line int
	Text string
}

// Error is a line that HAProxy would not accept.
type Error struct {
	File         string
	Line, Column int
	Text         string
}

func (e *Error) Error() string { return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Column, e.Text) }
