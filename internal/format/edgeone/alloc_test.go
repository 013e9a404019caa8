// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package edgeone

import (
	"testing"

	"github.com/proxylog/proxylog/internal/envelope"
	"github.com/proxylog/proxylog/internal/format"
)

// TestReadDoesNotAllocate reads an entry without making a record of it.
func TestReadDoesNotAllocate(t *testing.T) {
	const line = `{"ServiceID":"sid-1","SessionID":"s1","ConnectTimeStamp":"2026-11-20T00:00:00Z","DisconnetTimeStamp":"-","DisconnetReason":"-","ClientRealIP":"192.0.2.1","ClientRegion":"DE","EdgeIP":"198.51.100.1","ForwardProtocol":"TCP","ForwardPort":443,"SentBytes":10,"ReceivedBytes":20,"LogTimeStamp":1795132860,"New":{"a":[1]}}`
	f, err := New(NewConfig())
	if err != nil {
		t.Fatal(err)
	}
	p := f.(*parser)
	in := &format.Input{Line: line, Header: envelope.Header{End: len(line)}}
	src := p.source(in)
	read := func() {
		if _, err := p.read(in, src, line, 0); err != nil {
			t.Fatal(err)
		}
	}
	read()
	if n := testing.AllocsPerRun(100, read); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// TestReadCSVDoesNotAllocate reads an entry of values without making a record of it.
func TestReadCSVDoesNotAllocate(t *testing.T) {
	const line = `sid-1,s1,2026-11-20T00:00:00Z,-,-,192.0.2.1,DE,198.51.100.1,TCP,443,10,20,"2026-11-20T00:01:00Z"`
	f, err := New(NewConfig())
	if err != nil {
		t.Fatal(err)
	}
	p := f.(*parser)
	in := &format.Input{Line: line, Header: envelope.Header{End: len(line)}}
	read := func() {
		table, delim := p.delimiter(nil, 0, line, 0)
		if err := p.readCSV(in, table, line, 0, delim); err != nil {
			t.Fatal(err)
		}
	}
	read()
	if n := testing.AllocsPerRun(100, read); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
