// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package input_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/proxylog/proxylog/cmd/proxylog/internal/input"
)

func write(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

type line struct {
	Text string
	Cut  bool
}

func read(t *testing.T, l *input.Lines) []line {
	t.Helper()
	var got []line
	for l.Next() {
		got = append(got, line{l.Text, l.Cut})
		if l.Number != len(got) {
			t.Errorf("line %d has number %d", len(got), l.Number)
		}
	}
	if err := l.Err(); err != nil {
		t.Error(err)
	}
	if l.Next() {
		t.Error("there is a line behind the last")
	}
	return got
}

func TestLines(t *testing.T) {
	long := strings.Repeat("x", input.MaxLine)
	for _, c := range []struct {
		name, content string
		want          []line
	}{
		{"empty", "", nil},
		{"one", "a\n", []line{{"a", false}}},
		{"no end", "a\nb", []line{{"a", false}, {"b", false}}},
		{"CR LF", "a\r\nb\r\n", []line{{"a", false}, {"b", false}}},
		{"blank ones", "\n\na\n", []line{{"", false}, {"", false}, {"a", false}}},
		{"binary", "\x00\xff\n\xfe", []line{{"\x00\xff", false}, {"\xfe", false}}},
		{"longest", long + "\nb\n", []line{{long, false}, {"b", false}}},
		{"longest with CR LF", long + "\r\nb\n", []line{{long, false}, {"b", false}}},
		{"longest without end", long, []line{{long, false}}},
		{"one byte more", long + "y\nb\n", []line{{long, true}, {"b", false}}},
		{"one byte more without end", long + "y", []line{{long, true}}},
		{"ten times", strings.Repeat(long, 10) + "\nb\n", []line{{long, true}, {"b", false}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			l, err := input.Open(write(t, "log", c.content), nil)
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			if diff := cmp.Diff(c.want, read(t, l)); diff != "" {
				t.Errorf("from the file (-want +got):\n%.2000s", diff)
			}
			piped, err := input.Open(input.Stdin, iotest.HalfReader(strings.NewReader(c.content)))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, read(t, piped)); diff != "" {
				t.Errorf("from a pipe (-want +got):\n%.2000s", diff)
			}
		})
	}
}

func TestReadError(t *testing.T) {
	l, err := input.Open(input.Stdin, iotest.TimeoutReader(iotest.OneByteReader(strings.NewReader("a\nb\n"))))
	if err != nil {
		t.Fatal(err)
	}
	for l.Next() {
	}
	if l.Err() == nil || !strings.HasPrefix(l.Err().Error(), "standard input: ") {
		t.Errorf("Err() = %v, want one that names the input", l.Err())
	}
}

func TestCompressed(t *testing.T) {
	path := write(t, "a.log.zst", "\x28\xb5\x2f\xfdrest")
	_, err := input.Open(path, nil)
	if err == nil || !strings.Contains(err.Error(), path+": is compressed with zstd") {
		t.Errorf("Open = %v", err)
	}
}

// pack is a gzip file of several members, as one that was appended to.
func pack(t *testing.T, members ...string) string {
	t.Helper()
	var b bytes.Buffer
	for _, m := range members {
		w := gzip.NewWriter(&b)
		if _, err := w.Write([]byte(m)); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return b.String()
}

func TestGzip(t *testing.T) {
	l, err := input.Open(write(t, "a.log.gz", pack(t, "one\ntwo\n", "three\n")), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	var got []string
	for l.Next() {
		got = append(got, l.Text)
	}
	if l.Err() != nil || !l.Packed || strings.Join(got, " ") != "one two three" {
		t.Errorf("%q, %t, %v", got, l.Packed, l.Err())
	}

	if _, err := input.Open(write(t, "bad.gz", gzipMagic+"\x08"), nil); err == nil || !strings.Contains(err.Error(), "bad.gz: as a gzip file: ") {
		t.Errorf("a cut header: %v", err)
	}
	whole := pack(t, strings.Repeat("line\n", 1000))
	path := write(t, "cut.gz", whole[:len(whole)-10])
	if l, err = input.Open(path, nil); err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for l.Next() {
	}
	if l.Err() == nil || !strings.HasPrefix(l.Err().Error(), path+": the gzip file is cut off") {
		t.Errorf("a cut file: %v", l.Err())
	}
}

const gzipMagic = "\x1f\x8b"

func TestExpand(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	for _, name := range []string{"a.log", "b.log", "we[i]rd.log"} {
		if err := os.WriteFile(name, []byte("x\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir("sub.log", 0o700); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name        string
		args, files []string
		errs        []string
	}{
		{"files and standard input", []string{"b.log", "-", "a.log", "b.log"}, []string{"b.log", "-", "a.log"}, nil},
		{"pattern", []string{"[ab].log"}, []string{"a.log", "b.log"}, nil},
		{"file that looks like a pattern", []string{"we[i]rd.log"}, []string{"we[i]rd.log"}, nil},
		{"missing file", []string{"c.log", "a.log"}, []string{"a.log"}, []string{"c.log: no such file"}},
		{"pattern without a match", []string{"*.txt"}, nil, []string{"*.txt: the pattern matches no file"}},
		{"bad pattern", []string{"[a"}, nil, []string{"[a: not a valid pattern: syntax error in pattern"}},
		{"directory", []string{"sub.log"}, nil, []string{"sub.log: is a directory; name the files in it, such as sub.log/*.log"}},
		{
			"pattern that matches a directory",
			[]string{"[bs]*.log"},
			[]string{"b.log"},
			[]string{"sub.log: is a directory; name the files in it, such as sub.log/*.log"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			files, errs := input.Expand(c.args)
			var texts []string
			for _, err := range errs {
				texts = append(texts, err.Error())
			}
			if diff := cmp.Diff(c.files, files); diff != "" {
				t.Errorf("files (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(c.errs, texts); diff != "" {
				t.Errorf("errors (-want +got):\n%s", diff)
			}
		})
	}
}

func TestExpandUnreadable(t *testing.T) {
	path := write(t, "a.log", "x\n")
	if err := os.Chmod(path, 0); err != nil {
		t.Fatal(err)
	}
	if f, err := os.Open(path); err == nil {
		f.Close()
		t.Skip("this user may read every file")
	} else if !errors.Is(err, os.ErrPermission) {
		t.Fatal(err)
	}
	if _, errs := input.Expand([]string{path}); len(errs) != 1 || errs[0].Error() != path+": not readable: permission denied" {
		t.Errorf("errors %v", errs)
	}
}
