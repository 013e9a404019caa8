// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

// Package input reads the lines of files for the command line: any bytes, of any length, without holding more than one
// line of a file.
package input

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// MaxLine is the longest line in bytes, its end not counted: the receiver's default.
const MaxLine = 1 << 20

// Lines reads the lines of one file. It is not safe for concurrent use.
type Lines struct {
	// Text is the line without its end; where Cut is set, the line was longer than MaxLine and Text is its beginning.
	Text string
	Cut  bool
	// Size is the length of the line with its end in bytes, unpacked.
	Size int
	// Number counts the lines from 1.
	Number int

	// Packed says that the file is compressed with gzip, and Text is what it holds.
	Packed bool

	name   string
	reader *bufio.Reader
	close  func() error
	buf    []byte
	err    error
}

// gzipped are the first bytes of a gzip file, which is unpacked while it is read.
const gzipped = "\x1f\x8b"

// compressions are the first bytes of other compressed files.
var compressions = []struct{ name, magic, unpack string }{
	{"zstd", "\x28\xb5\x2f\xfd", "zstd -dc"},
	{"xz", "\xfd7zXZ\x00", "xz -dc"},
	{"bzip2", "BZh", "bzip2 -dc"},
}

// Open opens a file, or takes stdin where the name is Stdin. The error names the file. A gzip file is unpacked; one that is
// compressed otherwise is an error that says how to read it.
func Open(name string, stdin io.Reader) (*Lines, error) {
	l := &Lines{name: name, close: func() error { return nil }}
	if name == Stdin {
		l.name = "standard input"
		l.reader = bufio.NewReaderSize(stdin, 64<<10)
		return l, nil
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, describe(name, err)
	}
	l.reader, l.close = bufio.NewReaderSize(f, 64<<10), f.Close
	head, err := l.reader.Peek(6)
	if err != nil && !errors.Is(err, io.EOF) {
		f.Close()
		return nil, describe(name, err)
	}
	if bytes.HasPrefix(head, []byte(gzipped)) {
		unpacked, err := gzip.NewReader(l.reader)
		if err != nil {
			f.Close()
			return nil, describe(name, fmt.Errorf("as a gzip file: %w", err))
		}
		l.reader, l.Packed = bufio.NewReaderSize(unpacked, 64<<10), true
	}
	for _, c := range compressions {
		if bytes.HasPrefix(head, []byte(c.magic)) {
			f.Close()
			return nil, fmt.Errorf("%s: is compressed with %s; unpack it first (%s)", name, c.name, c.unpack)
		}
	}
	return l, nil
}

// Next reads the next line and reports whether there was one. A last line without an end counts.
func (l *Lines) Next() bool {
	if l.err != nil {
		return false
	}
	l.buf, l.Cut, l.Size = l.buf[:0], false, 0
	for {
		part, err := l.reader.ReadSlice('\n')
		l.Size += len(part)
		// One byte more than the longest line may be the CR of its end.
		if room := MaxLine + 1 - len(l.buf); len(part) > room && !(len(part) == room+1 && err == nil) {
			l.buf, l.Cut = append(l.buf, part[:room]...), true
		} else {
			l.buf = append(l.buf, part...)
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if err != nil {
			switch {
			case errors.Is(err, io.EOF):
				l.err = io.EOF
			case l.Packed && errors.Is(err, io.ErrUnexpectedEOF):
				l.err = fmt.Errorf("%s: the gzip file is cut off, or is still being written: what there is of it was read", l.name)
			default:
				l.err = describe(l.name, err)
			}
			if len(l.buf) == 0 {
				return false
			}
		}
		break
	}
	line := l.buf
	if !l.Cut {
		line = bytes.TrimSuffix(line, []byte("\n"))
		line = bytes.TrimSuffix(line, []byte("\r"))
	}
	if len(line) > MaxLine {
		line, l.Cut = line[:MaxLine], true
	}
	l.Number++
	l.Text = string(line)
	return true
}

// Blank reports whether the line holds nothing but white space, so that it is not counted as a line of the log.
func (l *Lines) Blank() bool { return !l.Cut && strings.TrimSpace(l.Text) == "" }

// Waiting reports whether the next line has to be waited for, as of a pipe: what was printed so far should be shown.
func (l *Lines) Waiting() bool { return l.reader.Buffered() == 0 }

// Name is what to call the file.
func (l *Lines) Name() string { return l.name }

// Err is why reading stopped before the end; nil at the end.
func (l *Lines) Err() error {
	if errors.Is(l.err, io.EOF) {
		return nil
	}
	return l.err
}

// Close closes the file.
func (l *Lines) Close() error { return l.close() }
