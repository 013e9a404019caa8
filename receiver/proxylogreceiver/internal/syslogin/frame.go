// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package syslogin

import "bytes"

// framer cuts a stream of bytes into messages. Each may be framed in its own way (RFC 6587): a line up to its LF, or
// octet-counted, as in "57 <134>1 2026-…". A message is octet-counted where a number and a blank are followed by "<",
// or by anything where the message before was; so a bare line that begins with a number and a blank is not mistaken. At
// the start of a stream its messages tell, since HAProxy's rings count those without a priority too.
type framer struct {
	max     int   // bytes of a message, longer ones are cut
	counted bool  // the message before was octet-counted
	began   bool  // a message was found
	quiet   bool  // nothing has come for a while
	line    bool  // the rest of a line that was cut is to be passed over
	skip    int64 // bytes of a counted message that was cut are to be passed over
	scanned int   // bytes at the start of what is left that hold no LF
}

// maxDigits bounds the count of octets; ten gigabytes are no message.
const maxDigits = 9

// next finds the first message of data. It returns how many bytes of data are done with, and whether they held a
// message; if neither, it needs more data. Without end, more may follow; with it, what there is is the last message.
func (f *framer) next(data []byte, end bool) (advance int, message []byte, cut, ok bool) {
	for {
		n := f.pass(data[advance:])
		advance += n
		data := data[advance:]
		if len(data) == 0 {
			return advance, nil, false, false
		}
		if n > 0 {
			f.scanned = 0
		}
		if f.counted && data[0] == '\n' {
			// Some senders end a counted message with an LF that they have not counted.
			advance++
			continue
		}
		n, message, cut, ok = f.message(data, end)
		f.began = f.began || ok
		return advance + n, message, cut, ok
	}
}

// pass returns how many bytes belong to a message that was cut.
func (f *framer) pass(data []byte) int {
	switch {
	case f.skip > 0:
		n := min(f.skip, int64(len(data)))
		f.skip -= n
		return int(n)
	case f.line:
		i := bytes.IndexByte(data, '\n')
		if i < 0 {
			return len(data)
		}
		f.line = false
		return i + 1
	}
	return 0
}

// message reads the message that begins with data.
func (f *framer) message(data []byte, end bool) (int, []byte, bool, bool) {
	size, head, sure := f.count(data, end)
	switch {
	case !sure && !end:
		return 0, nil, false, false
	case sure && head > 0:
		return f.octets(data, head, size, end)
	}
	i := bytes.IndexByte(data[f.scanned:], '\n')
	switch {
	case i >= 0:
		i += f.scanned
		f.scanned, f.counted = 0, false
		text := bytes.TrimSuffix(data[:i], []byte("\r"))
		if len(text) > f.max {
			return i + 1, text[:f.max], true, true
		}
		return i + 1, text, false, true
	case len(data) > f.max+1: // one more, for a CR before the LF
		f.scanned, f.counted, f.line = 0, false, !end
		return len(data), data[:f.max], true, true
	case end:
		f.scanned = 0
		return len(data), data[:min(len(data), f.max)], len(data) > f.max, true
	}
	f.scanned = len(data)
	return 0, nil, false, false
}

// octets reads a counted message of size bytes behind its head.
func (f *framer) octets(data []byte, head int, size int64, end bool) (int, []byte, bool, bool) {
	body := data[head:]
	if size <= int64(f.max) && int64(len(body)) < size && !end || size > int64(f.max) && len(body) < f.max && !end {
		return 0, nil, false, false
	}
	f.counted, f.scanned = true, 0
	have := min(size, int64(len(body)))
	f.skip = size - have
	if end {
		f.skip = 0
	}
	return head + int(have), body[:min(have, int64(f.max))], size > int64(f.max), true
}

// count reads the count of octets. head is the length of the count and its blank, 0 where the message has none; it is
// not sure as long as too little of the message is there.
func (f *framer) count(data []byte, end bool) (size int64, head int, sure bool) {
	size, head, sure = number(data)
	switch {
	case !sure || head == 0 || f.counted:
		return size, head, sure
	case head == len(data):
		return 0, 0, false
	case data[head] == '<':
		return size, head, true
	case f.began:
		return 0, 0, true
	}
	counted, sure := f.chained(data[:min(len(data), f.max)], end || len(data) > f.max)
	if !counted {
		size, head = 0, 0
	}
	return size, head, sure
}

// number reads a number and the blank behind it, and returns the length of both; 0 where there is none.
func number(data []byte) (size int64, head int, sure bool) {
	if data[0] < '1' || data[0] > '9' {
		return 0, 0, true
	}
	i := 0
	for i < len(data) && i < maxDigits && data[i] >= '0' && data[i] <= '9' {
		size = size*10 + int64(data[i]-'0')
		i++
	}
	switch {
	case i == len(data):
		return 0, 0, false
	case data[i] != ' ':
		return 0, 0, true
	}
	return size, i + 1, true
}

// chained reports whether the numbers of a stream that has just begun count octets: no LF stands within what they count,
// and behind it stands an LF or the next number, a few times in a row; or nothing, and nothing more comes.
func (f *framer) chained(data []byte, end bool) (counted, sure bool) {
	const enough = 3
	for range enough {
		size, head, sure := number(data)
		switch {
		case !sure:
			return false, end
		case head == 0:
			return false, true
		}
		body := data[head:]
		have := min(size, int64(len(body)))
		if bytes.IndexByte(body[:have], '\n') >= 0 {
			return false, true
		}
		if have < size {
			return false, end
		}
		data = body[size:]
		if len(data) == 0 {
			return end || f.quiet, end || f.quiet
		}
		if data[0] == '\n' {
			break
		}
	}
	return true, true
}
