// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package input

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Stdin is the argument that stands for standard input.
const Stdin = "-"

// Expand turns arguments into the files to read, each once, in the order given. An argument is a file, a pattern that
// the shell has not expanded (path/filepath.Match has the syntax), or Stdin. Each error names one argument or file
// that is of no use; the others are to be read all the same.
func Expand(args []string) ([]string, []error) {
	var files []string
	var errs []error
	seen := map[string]bool{}
	add := func(name string) {
		if !seen[name] {
			seen[name] = true
			files = append(files, name)
		}
	}
	for _, arg := range args {
		if arg == Stdin {
			add(arg)
			continue
		}
		_, err := os.Lstat(arg)
		if err == nil || !strings.ContainsAny(arg, `*?[`) {
			if err = check(arg); err != nil {
				errs = append(errs, err)
				continue
			}
			add(arg)
			continue
		}
		matches, err := filepath.Glob(arg)
		switch {
		case err != nil:
			errs = append(errs, fmt.Errorf("%s: not a valid pattern: %w", arg, err))
		case len(matches) == 0:
			errs = append(errs, fmt.Errorf("%s: the pattern matches no file", arg))
		}
		for _, name := range matches {
			if err := check(name); err != nil {
				errs = append(errs, err)
				continue
			}
			add(name)
		}
	}
	return files, errs
}

// check says why a file cannot be read. It opens it: on many systems permissions tell only half of it.
func check(name string) error {
	info, err := os.Stat(name)
	if err != nil {
		return describe(name, err)
	}
	if info.IsDir() {
		return fmt.Errorf("%s: is a directory; name the files in it, such as %s", name, filepath.Join(name, "*.log"))
	}
	if !info.Mode().IsRegular() {
		return nil // opening a pipe would wait for its writer, or take the data away
	}
	f, err := os.Open(name)
	if err != nil {
		return describe(name, err)
	}
	return f.Close()
}

// describe says in one line what is wrong with a file.
func describe(name string, err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%s: no such file", name)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("%s: not readable: permission denied", name)
	}
	var path *fs.PathError
	if errors.As(err, &path) {
		err = path.Err
	}
	return fmt.Errorf("%s: %w", name, err)
}
