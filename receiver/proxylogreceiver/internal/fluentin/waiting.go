// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package fluentin

import (
	"errors"
	"strings"
	"time"

	"github.com/proxylog/proxylog/internal/decode"
	"github.com/proxylog/proxylog/internal/line"
	"github.com/proxylog/proxylog/internal/msgpack"
	"github.com/proxylog/proxylog/receiver/proxylogreceiver/internal/deliver"
)

const (
	// maxItems and maxBatchBytes bound a batch of messages that are not acknowledged.
	maxItems      = 200
	maxBatchBytes = 1 << 20
	// flushAfter is how long a message that is not acknowledged waits for others.
	flushAfter = 200 * time.Millisecond
	// patience is how long a chunk waits while the next consumer refuses, before its connection is closed so that its
	// sender comes again with it. It is less than senders wait for an acknowledgement: fluentd waits for 190 seconds.
	patience = 30 * time.Second
)

// errRefused closes a connection whose chunk comes again.
var errRefused = errors.New("the next consumer does not accept the records of a chunk now, which is not acknowledged")

type heldSource struct {
	stream stream
	source *decode.Source
}

// add adds a line to those that wait; long says that it is of a message that is too long, whatever its own length.
func (c *connection) add(m message, text string, long bool) {
	now := c.in.set.Sink.Now()
	if len(c.items) == 0 {
		c.since = now
	}
	text, cut := line.Cut(text, c.in.set.MaxLine)
	if cut {
		text = strings.Clone(text)
	}
	c.items = append(c.items, deliver.Item{Source: c.source(m.tag), Line: decode.Line{Text: text, Cut: cut || long, Observed: now}})
	c.bytes += len(text)
}

// source is the memory of the sender's lines with a tag.
func (c *connection) source(tag string) *decode.Source {
	for i := range c.held {
		if c.held[i].stream.tag == tag {
			return c.held[i].source
		}
	}
	// The tag is a part of the message, which it must not keep in memory.
	key := stream{c.peer, strings.Clone(tag)}
	source, ok := c.in.sources.Take(key)
	if !ok {
		source = c.in.set.Decoder.NewSource("fluent " + c.peer.String() + " " + tag)
	}
	c.held = append(c.held, heldSource{key, source})
	return source
}

// flush delivers what waits, and returns when it is settled or the receiver stops.
func (c *connection) flush() {
	if len(c.items) > 0 && c.in.set.Sink.Deliver(c.items, deliver.Limit{Last: true}) == deliver.Stopped {
		c.in.set.Sink.GiveUp(c.items)
	}
	c.release()
}

// acknowledge delivers a chunk in one call, and tells its sender when it is settled. Nothing is acknowledged whose end is
// to come in another one.
func (c *connection) acknowledge(chunk string) error {
	for _, h := range c.held {
		c.items = append(c.items, deliver.Item{Source: h.source, Line: decode.Line{End: true, Observed: c.since}})
	}
	outcome := deliver.Accepted
	if len(c.items) > 0 {
		outcome = c.in.set.Sink.Deliver(c.items, deliver.Limit{Patience: patience})
	}
	c.release()
	if outcome == deliver.Impatient || outcome == deliver.Stopped {
		return errRefused
	}
	return c.write(msgpack.AppendStr(msgpack.AppendStr(msgpack.AppendMap(nil, 1), "ack"), chunk))
}

// release forgets the lines and puts their sources back.
func (c *connection) release() {
	clear(c.items)
	c.items, c.bytes = c.items[:0], 0
	if cap(c.items) > 4*maxItems {
		c.items = nil // what a chunk needed
	}
	for _, h := range c.held {
		c.in.sources.Put(h.stream, h.source)
	}
	clear(c.held)
	c.held = c.held[:0]
}
