// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package input

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
)

// Alike is how many bytes at their beginning two files must have in common to be taken for one by a Collector that
// tells files apart by them.
const Alike = 16 << 10

// TwinError says that a file begins like another.
type TwinError struct {
	Name, Other string
	// Same says that the whole content is the same.
	Same bool
}

func (e *TwinError) Error() string {
	if e.Same {
		return fmt.Sprintf("%s: has the same content as %s and is read once", e.Name, e.Other)
	}
	return fmt.Sprintf("%s: begins with the same %d KiB as %s, so that the Collector takes both for one file; left out, run it alone",
		e.Name, Alike>>10, e.Other)
}

// Twins finds files that begin alike. Empty files are all different.
type Twins struct{ heads map[string]string }

// Add looks at one more file. The error is a *TwinError where it begins like one of those before.
func (t *Twins) Add(name string) error {
	f, err := os.Open(name)
	if err != nil {
		return describe(name, err)
	}
	defer f.Close()
	head := make([]byte, Alike)
	n, err := io.ReadFull(f, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return describe(name, err)
	}
	if n == 0 {
		return nil
	}
	if t.heads == nil {
		t.heads = map[string]string{}
	}
	other, found := t.heads[string(head[:n])]
	if !found {
		t.heads[string(head[:n])] = name
		return nil
	}
	g, err := os.Open(other)
	if err != nil {
		return describe(other, err)
	}
	defer g.Close()
	if _, err := g.Seek(int64(n), io.SeekStart); err != nil {
		return describe(other, err)
	}
	same, err := equal(f, g)
	if err != nil {
		return describe(name, err)
	}
	return &TwinError{Name: name, Other: other, Same: same}
}

// equal compares what is left to read.
func equal(a, b io.Reader) (bool, error) {
	x, y := make([]byte, 64<<10), make([]byte, 64<<10)
	for {
		n, err := io.ReadFull(a, x)
		m, err2 := io.ReadFull(b, y)
		if !bytes.Equal(x[:n], y[:m]) {
			return false, nil
		}
		for _, err := range []error{err, err2} {
			if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
				return false, err
			}
		}
		if err != nil {
			return true, nil
		}
	}
}
