// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

// Package decode is the one way from a line to its records: envelope, format, and what happens to a line that no format
// can read. Every front (receiver, processor, extension, operator, command line) goes through it, and none has parsing
// of its own.
//
// A Decoder is made once per configuration. A Source is one stream of lines, such as a file or a peer, and remembers
// which format it speaks. A Batch collects records until its owner takes them.
package decode

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"go.uber.org/zap"

	"github.com/proxylog/proxylog/internal/envelope"
	"github.com/proxylog/proxylog/internal/format"
	"github.com/proxylog/proxylog/internal/format/all"
	"github.com/proxylog/proxylog/internal/record"
)

// Settings are what a Decoder needs from its surroundings.
type Settings struct {
	// Logger hears once per source which format was recognised. nil is silence.
	Logger *zap.Logger
	// Version is the version of the scope.
	Version string
	// Location is the zone of syslog headers without one. nil is the local zone.
	Location *time.Location
	// ReadOnly says that whoever gets the records does not change them, as a consumer without MutatesData among its
	// Capabilities: then records share what is equal in all of them.
	ReadOnly bool
	// MaxLineBytes bounds a line that is joined of the pieces in which a container's runtime has written it; 0 is 1 MiB.
	MaxLineBytes int
	// NearMiss hears of rejected lines that a dialect would read which the configuration leaves out: of some of the first
	// ones of a source. It may be called from several goroutines. nil is nobody.
	NearMiss func(format, dialect string)
}

// Decoder turns lines into records. It never changes and is safe for concurrent use.
type Decoder struct {
	entries  []entry
	named    int // the format that was configured, -1 for auto
	envelope envelope.Mode
	maxLine  int
	drop     bool
	joins    bool // the lines of pretty-printed objects
	options  record.Options
	logger   *zap.Logger
	location *time.Location
	unknown  entry // of lines that no format reads
	// others are the dialects that are known and not configured; nil for none.
	others   func() []format.Parser
	nearMiss func(format, dialect string)
}

type entry struct {
	name string
	// parser is nil where another format was configured: then no line is read with it.
	parser format.Parser
	index  int // of Stats
	reject *record.Scope
	// listing is the setting that lists the dialects to expect, "" for none, and listed says that it or a file does.
	listing string
	listed  bool
	// continues says that an entry may go on in lines that have nothing of the format.
	continues bool
	// hashes says that its own escapes look like those of rsyslog.
	hashes bool
	// headed says that what looks like the header of a line always is one.
	headed bool
	// repeated is the dialect of syslogd's own lines about lines of this format.
	repeated *format.Dialect
}

// New compiles a configuration. Its error joins everything that is wrong; each part names its setting.
func New(cfg Config, set Settings) (*Decoder, error) {
	d := &Decoder{named: -1, logger: set.Logger, location: set.Location, maxLine: set.MaxLineBytes, drop: cfg.OnError == "drop"}
	d.unknown = newEntry("unknown", Unknown)
	if d.logger == nil {
		d.logger = zap.NewNop()
	}
	if d.location == nil {
		d.location = time.Local
	}
	var errOptions error
	d.options, errOptions = cfg.options()
	d.options.Version, d.options.ReadOnly = set.Version, set.ReadOnly
	d.envelope = envelope.Mode(slices.Index(envelope.Modes(), cfg.Envelope))
	errs := []error{errOptions}
	var names []string
	untouched := all.NewConfig()
	for i, f := range all.Formats() {
		names = append(names, f.Name)
		e := newEntry(f.Name, i)
		e.continues, e.headed, e.hashes = f.Continues, f.Headed, f.Hashes
		if f.Listing != nil {
			l := f.Listing(&cfg.Formats)
			e.listing, e.listed = l.Key, l.Says()
		}
		if cfg.Format == f.Name {
			d.named = i
		}
		// The settings of the other formats have to be right all the same; their dialects are memory for nothing.
		needed := cfg.Format == "auto" || cfg.Format == f.Name
		if needed || !reflect.DeepEqual(f.Settings(&cfg.Formats), f.Settings(&untouched)) {
			p, err := f.New(&cfg.Formats)
			errs = append(errs, below(f.Name, err)...)
			if needed {
				e.parser, d.joins = p, d.joins || f.Objects
			}
		}
		d.entries = append(d.entries, e)
	}
	if cfg.Format != "auto" && !slices.Contains(names, cfg.Format) {
		errs = append(errs, fmt.Errorf("format: %q is neither auto nor one of %s", cfg.Format, strings.Join(names, ", ")))
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	d.others, d.nearMiss = others(cfg), set.NearMiss
	if set.Logger != nil {
		d.warn()
	}
	return d, nil
}

func newEntry(name string, index int) entry {
	return entry{name: name, index: index, reject: record.NewScope(name, "rejected"), repeated: repeatedDialect(name)}
}
