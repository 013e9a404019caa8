// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package gzin

import (
	"bufio"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"crypto/sha256"
	"errors"
	"hash"
	"io"
	"io/fs"
	"os"

	"go.uber.org/zap"

	"github.com/proxylog/proxylog/internal/decode"
	"github.com/proxylog/proxylog/receiver/proxylogreceiver/internal/deliver"
)

const (
	// headSize is how much of the text's beginning is remembered by a checksum of its own, in bytes.
	headSize = 1024
	bufSize  = 64 << 10
	// checking is how many times longer than a check of the text before the position took, the file then rests: one
	// that grows all the time costs at most a tenth of a processor.
	checking = 9
)

// Where reading a file ends, beside the errors of what is read.
var (
	errStop    = errors.New("lines were not accepted")
	errChanged = errors.New("the text before the position is another one")
)

// tools are the buffers that all files use in turn.
type tools struct {
	raw  *bufio.Reader // of the file
	gzip gzip.Reader
	text *bufio.Reader // of what gzip gives
	hash hash.Hash
	head []byte
}

// scan is one pass over one file.
type scan struct {
	*tools
	r      *Reader
	p      *pack
	source *decode.Source
	pos    int64 // what of the text is in hash
	items  []deliver.Item
	bytes  int
	part   bool   // a part of a line that is not complete is in hash
	rest   []byte // the line that the text ends in, of a long one the beginning
}

// read reads what is new in a file, and says what is wrong with it.
func (r *Reader) read(p *pack) {
	err := r.pass(p)
	if errors.Is(err, errChanged) {
		r.set.Logger.Info("a gzip file has other contents than before; it is read from its beginning", zap.String("path", p.Path))
		p.forget()
		err = r.pass(p)
	}
	r.book.touch(p)
	switch {
	case err == nil:
		p.said = ""
		return
	case errors.Is(err, errStop), errors.Is(err, fs.ErrNotExist):
		return
	case isCorrupt(err):
		// What comes after the damage cannot be read, until the file is another one.
		p.Done, p.Skip = true, false
	}
	if p.said != err.Error() {
		p.said = err.Error()
		r.set.Logger.Error("a gzip file cannot be read to its end", zap.String("path", p.Path), zap.Error(err))
	}
}

func isCorrupt(err error) bool {
	var corrupt flate.CorruptInputError
	return errors.As(err, &corrupt) || errors.Is(err, gzip.ErrHeader) || errors.Is(err, gzip.ErrChecksum)
}

// pass opens a file, finds the position again and delivers what follows. It returns nil when the file was read as far
// as it goes for now.
func (r *Reader) pass(p *pack) error {
	file, err := os.Open(p.Path)
	if err != nil {
		return err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	if v := versionOf(info); v != p.version {
		// It was changed since this look at the files found it.
		skip := p.Skip && p.turn == r.turn
		p.see(v, r.turn, r.set.Sink.Now())
		p.Skip = skip
	}
	src := r.sourceOf(p.Path, r.set.Attributes(file))
	defer r.sources.Put(p.Path, src)
	s := &scan{tools: &r.tools, r: r, p: p, source: src.source}
	err = s.open(file)
	if err == nil {
		err = s.resume()
	}
	if err == nil {
		err = s.lines()
	}
	return s.end(err)
}

// open begins to decompress. An empty file is one whose download has not begun.
func (s *scan) open(file *os.File) error {
	if s.raw == nil {
		s.raw, s.text = bufio.NewReaderSize(nil, bufSize), bufio.NewReaderSize(nil, bufSize)
		s.hash = sha256.New()
	}
	s.raw.Reset(file)
	s.hash.Reset()
	s.head = s.head[:0]
	if err := s.gzip.Reset(s.raw); err != nil {
		return err
	}
	s.text.Reset(&s.gzip)
	return nil
}

// take adds text to the checksum.
func (s *scan) take(text []byte) {
	_, _ = s.hash.Write(text)
	s.pos += int64(len(text))
	s.head = append(s.head, text[:min(len(text), headSize-len(s.head))]...)
}

// resume passes over the text before the position and makes sure that it is the same.
func (s *scan) resume() error {
	if s.p.Pos == 0 {
		return nil
	}
	begun := s.r.set.Sink.Now()
	defer func() {
		now := s.r.set.Sink.Now()
		s.p.notBefore = now.Add(checking * now.Sub(begun))
	}()
	for s.pos < s.p.Pos {
		if s.r.set.Sink.Stopped() {
			return errStop
		}
		_, err := s.text.Peek(1) // fills the buffer when it is empty
		n := int(min(int64(s.text.Buffered()), s.p.Pos-s.pos))
		part, _ := s.text.Peek(n)
		before := len(s.head)
		s.take(part)
		_, _ = s.text.Discard(n)
		if before < s.p.HeadLen && len(s.head) >= s.p.HeadLen && !bytes.Equal(digest(s.head[:s.p.HeadLen]), s.p.Head) {
			return errChanged
		}
		if err != nil {
			return s.short(err)
		}
	}
	if !bytes.Equal(s.hash.Sum(nil), s.p.Sum) {
		return errChanged
	}
	return nil
}

// short is about a text that ends before the position. A download under way is waited for. A complete file that stays
// shorter is another one; just after a change it may still be a download, at the border of two members.
func (s *scan) short(err error) error {
	if !errors.Is(err, io.EOF) {
		return err
	}
	if s.p.turn == s.r.turn {
		return errStop
	}
	return errChanged
}

func digest(b []byte) []byte {
	sum := sha256.Sum256(b)
	return sum[:]
}
