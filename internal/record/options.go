// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package record

// SchemaURL names the semantic conventions that the attributes follow.
const SchemaURL = "https://opentelemetry.io/schemas/1.43.0"

// ScopeName is the module; a format's scope is ScopeName + "/" + format.
const ScopeName = "github.com/proxylog/proxylog"

// Names of the events that a record can be.
const (
	SessionStart    = "proxy.session.start"
	SessionProgress = "proxy.session.progress"
	SessionEnd      = "proxy.session.end"
	RequestEnd      = "proxy.request.end"
	AdaptationEnd   = "proxy.adaptation.end"
	ConnectionError = "proxy.connection.error"
	DNSError        = "proxy.dns.error"
	ProxyEvent      = "proxy.event"
)

// Body says what a record's body is.
type Body uint8

const (
	// BodyOriginal is the line as it was read.
	BodyOriginal Body = iota
	// BodySummary is one line for a person, made of the attributes.
	BodySummary
	// BodyNone is no body.
	BodyNone
)

// Options are what a user chooses about every record.
type Options struct {
	Body Body
	// StartTimestamp puts the start into Timestamp instead of the end.
	StartTimestamp bool
	// TraceIDs derives a trace id from proxy.session.id, for routing only.
	TraceIDs bool
	// Resource is set on every resource, and beats what the line says.
	Resource []KV
	// Version is the scope's version.
	Version string
	// ReadOnly says that nobody changes the records, so that they may share lists too.
	ReadOnly bool
}

// KV is one text or integer attribute.
type KV struct {
	Key string
	Str string
	Int int64
	// IsInt tells the two apart.
	IsInt bool
}

// Scope is a format and dialect, made once per dialect.
type Scope struct {
	// Format is the format's name, such as haproxy, and Dialect the name of one of its dialects, such as tcplog.
	Format, Dialect string
	name, encoding  string
}

// NewScope makes the scope of a dialect.
func NewScope(format, dialect string) *Scope {
	return &Scope{
		Format: format, Dialect: dialect,
		name:     ScopeName + "/" + format,
		encoding: "proxylog." + format + "." + dialect,
	}
}
