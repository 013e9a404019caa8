// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package proxylogprocessor

import (
	"strconv"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
)

// The receiver journald makes of an entry of the journal a body that is a map of its fields, and takes the time out of
// it. Put back, the entry is what journalctl has printed.

const (
	journalCursor = "__CURSOR"
	journalTime   = "__REALTIME_TIMESTAMP"
)

// isJournal reports whether a body is an entry of the journal.
func isJournal(v pcommon.Value) bool {
	if v.Type() != pcommon.ValueTypeMap {
		return false
	}
	_, ok := v.Map().Get(journalCursor)
	return ok
}

// journalLine is the entry as journalctl prints it.
func journalLine(rec plog.LogRecord) string {
	b := make([]byte, 0, 2048)
	b = append(b, '{')
	if _, ok := rec.Body().Map().Get(journalTime); !ok {
		b = append(appendString(b, journalTime), `:"`...)
		b = append(strconv.AppendInt(b, int64(rec.Timestamp())/1000, 10), `",`...)
	}
	for key, v := range rec.Body().Map().All() {
		b = appendMember(b, key, v)
	}
	return string(closed(b))
}
