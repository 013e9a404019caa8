// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package fluentin

import (
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/klauspost/compress/zstd"
)

// minWindow is the window that every decoder of zstd is to have room for, in bytes (RFC 8878, 3.1.1.1.2): also what is
// short may be written with it.
const minWindow = 8 << 20

// unpack unpacks the entries of CompressedPackedForward mode. The protocol's specification has gzip alone; zstd is what
// fluentd sends since 1.19 where it is asked to. Both may consist of several parts that were packed by themselves.
func unpack(packed, how string, limit int) (string, error) {
	r, err := newUnpacker(strings.NewReader(packed), how, limit)
	if err != nil {
		return "", fmt.Errorf("%w: %w", errPacked, err)
	}
	defer r.Close()
	var b strings.Builder
	n, err := io.Copy(&b, io.LimitReader(r, int64(limit)+1))
	switch {
	case n > int64(limit), errors.Is(err, zstd.ErrDecoderSizeExceeded):
		return "", errLong
	case err != nil:
		return "", fmt.Errorf("%w: %w", errPacked, err)
	}
	return b.String(), nil
}

func newUnpacker(from io.Reader, how string, limit int) (io.ReadCloser, error) {
	switch how {
	case "gzip":
		return gzip.NewReader(from)
	case "zstd":
		// A part may say how long it will be, or how much of what went before it refers to, and memory is taken for that
		// before it is there.
		room := uint64(max(limit, minWindow))
		r, err := zstd.NewReader(from, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
			zstd.WithDecoderMaxMemory(room), zstd.WithDecoderMaxWindow(room))
		if err != nil {
			return nil, err
		}
		return r.IOReadCloser(), nil
	}
	return nil, fmt.Errorf("compressed is %.20q, neither gzip nor zstd", how)
}
