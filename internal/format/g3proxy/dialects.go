// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package g3proxy

import (
	"errors"
	"slices"
	"strings"

	"github.com/proxylog/proxylog/internal/field"
	"github.com/proxylog/proxylog/internal/format"
	"github.com/proxylog/proxylog/internal/jsonscan"
)

// formatName is the name of the format.
const formatName = "g3proxy"

// dialects are the ways in which the pairs stand in a line. The tables of keys are the same, in the same order.
type dialects struct {
	// rfc3164 has the pairs as text behind the message.
	rfc3164 *format.Dialect
	// rfc5424 has them in structured data, before the message.
	rfc5424 *format.Dialect
	// cee has them as JSON behind a cookie, in either header.
	cee *format.Dialect
	// fluentd has them as a record of the forward protocol, which the envelope writes as JSON.
	fluentd *format.Dialect
	// journal has them as fields of a journald entry, printed as JSON by journalctl.
	journal *format.Dialect
	// native has them as fields of a datagram to journald.
	native *format.Dialect
	// stdout has them sorted, without quotes and escapes.
	stdout *format.Dialect
	// process is what the daemon logs about itself: a message alone.
	process *format.Dialect

	// keys finds a field by its key, upper by its name in journald, msg is the message's.
	keys, upper           map[string]int
	msg                   int
	jsonKeys, journalKeys *jsonscan.Keys
	// inText and inData say how pairs stand in the text of an RFC 3164 line and in structured data.
	inText, inData layout
	// byRole is the field of a role.
	byRole [roleProcessTime + 1]int
	// rank is the place of a field among all, sorted by key.
	rank []int
	// ends says of each field where its value ends in a line of stdout's.
	ends []ending
}

func newDialects() (*dialects, error) {
	d := &dialects{
		rfc3164: format.NewDialect(formatName, "rfc3164", "", format.KindTraffic, newFields(unescape)),
		rfc5424: format.NewDialect(formatName, "rfc5424", "", format.KindTraffic, newFields(unescape)),
		cee:     format.NewDialect(formatName, "cee", "", format.KindTraffic, newFields(jsonscan.Unescape)),
		fluentd: format.NewDialect(formatName, "fluentd", "", format.KindTraffic, newFields(jsonscan.Unescape)),
		journal: format.NewDialect(formatName, "journal", "", format.KindTraffic, newFields(jsonscan.Unescape)),
		native:  format.NewDialect(formatName, "journal_native", "", format.KindTraffic, newFields(nil)),
		stdout:  format.NewDialect(formatName, "stdout", "", format.KindTraffic, newFields(nil)),
		process: format.NewDialect(formatName, "process", "", format.KindEvent, []field.Field{messageField()}),
		keys:    map[string]int{}, upper: map[string]int{},
		inText: layout{sep: separator, bare: true}, inData: layout{sep: " ", closing: ']'},
	}
	var list, journal []jsonscan.Key
	var codes []string
	for i := range d.cee.Fields {
		code := d.cee.Fields[i].Code
		d.keys[code] = i
		codes = append(codes, code)
		d.byRole[d.cee.Fields[i].Role] = i
		d.inText.add(&d.cee.Fields[i])
		d.inData.add(&d.cee.Fields[i])
		list = append(list, jsonscan.Key{Path: []string{code}, Field: i})
		if code = strings.ToUpper(code); code == "MSG" {
			code = "MESSAGE"
		}
		d.upper[code] = i
		journal = append(journal, jsonscan.Key{Path: []string{code}, Field: i})
	}
	for _, k := range []*format.Dialect{d.rfc3164, d.rfc5424, d.cee, d.fluentd, d.journal, d.native, d.stdout} {
		k.Keyed, k.Makes = true, makes
	}
	d.msg = d.keys[messageField().Code]
	d.ends = make([]ending, len(codes))
	for i := range d.stdout.Fields {
		f := &d.stdout.Fields[i]
		d.ends[i] = endingOf(f)
	}
	d.rank = make([]int, len(codes))
	slices.Sort(codes)
	for r, code := range codes {
		d.rank[d.keys[code]] = r
	}
	var err, errJournal error
	d.jsonKeys, err = jsonscan.NewKeys(list)
	d.journalKeys, errJournal = jsonscan.NewKeys(journal)
	return d, errors.Join(err, errJournal)
}
