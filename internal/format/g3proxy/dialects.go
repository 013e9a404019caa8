// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package g3proxy

import (
	"github.com/proxylog/proxylog/internal/field"
	"github.com/proxylog/proxylog/internal/format"
	"github.com/proxylog/proxylog/internal/jsonscan"
)

// name is the format's.
const name = "g3proxy"

// dialects are the ways in which the pairs stand in a line. The tables of keys are the same, in the same order.
type dialects struct {
	// rfc3164 has the pairs as text behind the message.
	rfc3164 *format.Dialect
	// rfc5424 has them in structured data, before the message.
	rfc5424 *format.Dialect
	// cee has them as JSON behind a cookie, in either header.
	cee *format.Dialect
	// process is what the daemon logs about itself: a message alone.
	process *format.Dialect

	// keys finds a field by its key, msg is the message's.
	keys     map[string]int
	msg      int
	jsonKeys *jsonscan.Keys
}

func newDialects() (*dialects, error) {
	d := &dialects{
		rfc3164: format.NewDialect(name, "rfc3164", "", format.KindTraffic, newFields(unescape)),
		rfc5424: format.NewDialect(name, "rfc5424", "", format.KindTraffic, newFields(unescape)),
		cee:     format.NewDialect(name, "cee", "", format.KindTraffic, newFields(jsonscan.Unescape)),
		process: format.NewDialect(name, "process", "", format.KindEvent, []field.Field{messageField()}),
		keys:    map[string]int{},
	}
	var list []jsonscan.Key
	for i := range d.cee.Fields {
		code := d.cee.Fields[i].Code
		d.keys[code] = i
		list = append(list, jsonscan.Key{Path: []string{code}, Field: i})
	}
	for _, k := range []*format.Dialect{d.rfc3164, d.rfc5424, d.cee} {
		k.Keyed = true
	}
	d.msg = d.keys[messageField().Code]
	var err error
	d.jsonKeys, err = jsonscan.NewKeys(list)
	return d, err
}
