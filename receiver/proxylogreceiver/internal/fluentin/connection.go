// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package fluentin

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"time"

	"github.com/proxylog/proxylog/internal/decode"
	"github.com/proxylog/proxylog/internal/msgpack"
	"github.com/proxylog/proxylog/receiver/proxylogreceiver/internal/deliver"
)

const (
	// minBuffer is what a connection's buffer begins with, in bytes. It grows up to the longest message.
	minBuffer = 16 << 10
	// maxPing bounds what a client may send before it is known, in bytes.
	maxPing = 4 << 10
)

// connection is one client.
type connection struct {
	in   *Input
	conn net.Conn
	peer netip.Addr

	buf  []byte
	at   int // bytes of buf that are done with
	have int // bytes of buf that were read
	scan msgpack.Scanner

	items []deliver.Item // what waits for others
	bytes int
	since time.Time // when the first of them came
	// held are the sources of the items. Nobody else has them meanwhile.
	held []heldSource
}

func newConnection(in *Input, conn net.Conn) *connection {
	c := &connection{in: in, conn: conn, buf: make([]byte, minBuffer)}
	if a, ok := conn.RemoteAddr().(*net.TCPAddr); ok {
		c.peer = a.AddrPort().Addr().Unmap()
	}
	return c
}

// greet shakes hands, as TLS has it and as the protocol has it where there is a shared key.
func (c *connection) greet() error {
	if secure, ok := c.conn.(*tls.Conn); ok {
		ctx, cancel := context.WithTimeout(context.Background(), handshakeTimeout)
		defer cancel()
		if err := secure.HandshakeContext(ctx); err != nil {
			return fmt.Errorf("tls: %w", err)
		}
	}
	if c.in.cfg.SharedKey == "" {
		return nil
	}
	h := newHandshake(&c.in.cfg, c.in.hostname)
	if err := c.write(h.helo()); err != nil {
		return err
	}
	ping, err := c.readPing()
	if err != nil {
		return err
	}
	pong, refused := h.pong(ping)
	return errors.Join(refused, c.write(pong))
}

// readPing reads the first value that the client sends.
func (c *connection) readPing() (string, error) {
	for {
		if err := c.arm(time.Now().Add(handshakeTimeout)); err != nil {
			return "", err
		}
		n, err := c.conn.Read(c.buf[c.have:min(maxPing, len(c.buf))])
		c.have += n
		end, bad := c.scan.End(c.buf[:c.have])
		switch {
		case bad == nil:
			c.at, c.scan = end, msgpack.Scanner{}
			return string(c.buf[:end]), nil
		case !errors.Is(bad, msgpack.ErrShort) || c.have == maxPing:
			return "", errPing
		case err != nil:
			return "", err
		}
	}
}

func (c *connection) write(b []byte) error {
	if err := c.conn.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil {
		return err
	}
	_, err := c.conn.Write(b)
	return err
}

// arm sets when the next read gives up; the shutdown's deadline of now must not be moved.
func (c *connection) arm(wake time.Time) error {
	if err := c.conn.SetReadDeadline(wake); err != nil {
		return err
	}
	if c.in.set.Sink.Stopped() {
		return c.conn.SetReadDeadline(time.Now())
	}
	return nil
}

// run reads until the connection ends or the receiver stops.
func (c *connection) run() error {
	if err := c.messages(); err != nil { // what came with the handshake
		return c.finish(err)
	}
	for {
		wake := time.Time{} // never
		if len(c.items) > 0 {
			wake = time.Now().Add(flushAfter - c.in.set.Sink.Now().Sub(c.since))
		}
		if err := c.arm(wake); err != nil {
			return c.finish(err)
		}
		n, err := c.conn.Read(c.buf[c.have:])
		c.have += n
		if err := c.messages(); err != nil {
			return c.finish(err)
		}
		var timeout net.Error
		switch {
		case err == nil:
			if len(c.items) > 0 && c.in.set.Sink.Now().Sub(c.since) >= flushAfter {
				c.flush()
			}
		case errors.As(err, &timeout) && timeout.Timeout() && !c.in.set.Sink.Stopped():
			c.flush()
		case errors.Is(err, io.EOF):
			return c.finish(nil)
		default:
			return c.finish(err)
		}
	}
}

// finish delivers what was read and will not come again: also half a message of a sender that sends each record by
// itself. Half a chunk is not kept: its sender misses the acknowledgement. The beginning of a message that is too long is
// kept in any mode, since it will be too long whenever it comes again, and is counted as such.
func (c *connection) finish(err error) error {
	rest := string(c.buf[c.at:c.have])
	if rest != "" && !errors.Is(err, errRefused) {
		long := errors.Is(err, errLong)
		if m, ok := single(rest); ok || long {
			c.add(m, rest, long)
		}
	}
	for _, h := range c.held {
		c.items = append(c.items, deliver.Item{Source: h.source, Line: decode.Line{End: true, Observed: c.in.set.Sink.Now()}})
	}
	c.flush()
	return err
}

// single reports whether what has come of a message is not of a mode that puts several records into one, and returns
// what is known of it.
func single(text string) (m message, ok bool) {
	top, err := msgpack.Read(text, 0)
	if err != nil || top.Kind != msgpack.Array {
		return m, true
	}
	tag, err := msgpack.Read(text, top.Next)
	if err != nil || tag.Kind != msgpack.Str || tag.End-tag.Start > maxTag {
		return m, true
	}
	m.tag = text[tag.Start:tag.End]
	if tag.Next == len(text) {
		return m, true
	}
	switch c := text[tag.Next]; {
	case c >= 0x90 && c <= 0xbf, c >= 0xc4 && c <= 0xc6, c >= 0xd9 && c <= 0xdd:
		return m, false // an array, a text or bytes
	}
	return m, true
}

// messages takes the messages out of the buffer, and makes room in it.
func (c *connection) messages() error {
	for c.at < c.have {
		if !begins(c.buf[c.at]) {
			// A stream of other values, such as an HTTP request's letters, would be a message for each byte.
			return errMode
		}
		end, err := c.scan.End(c.buf[c.at:c.have])
		if errors.Is(err, msgpack.ErrShort) {
			break
		}
		if err != nil {
			return err
		}
		text := string(c.buf[c.at : c.at+end])
		c.at, c.scan = c.at+end, msgpack.Scanner{}
		if err := c.message(text); err != nil {
			return err
		}
	}
	c.have = copy(c.buf, c.buf[c.at:c.have])
	c.at = 0
	limit := int(c.in.cfg.MaxMessageBytes)
	switch {
	case c.have >= limit:
		return errLong
	case c.have == len(c.buf):
		c.buf = append(c.buf, make([]byte, min(len(c.buf), limit-len(c.buf)))...)
	case c.have == 0 && len(c.buf) > 4*minBuffer:
		c.buf = make([]byte, minBuffer) // what a long message needed
	}
	return nil
}

// begins reports whether a message begins with this byte: it is an array, or nil for a heartbeat.
func begins(c byte) bool { return c >= 0x90 && c <= 0x9f || c == 0xdc || c == 0xdd || c == 0xc0 }

// message delivers a message, or keeps it for when there are others. One that cannot be read, or is too long once it is
// unpacked, is a line; what is wrong with it will not change, so it is acknowledged.
func (c *connection) message(text string) error {
	m, err := read(text, int(c.in.cfg.MaxMessageBytes))
	if err != nil {
		m.lines = append(m.lines[:0], text)
	}
	if m.chunk != "" {
		c.flush()
	}
	for _, l := range m.lines {
		c.add(m, l, errors.Is(err, errLong))
		if m.chunk == "" && (len(c.items) >= maxItems || c.bytes >= maxBatchBytes) {
			c.flush()
		}
	}
	if m.chunk == "" {
		return nil
	}
	return c.acknowledge(m.chunk)
}
