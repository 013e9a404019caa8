// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

//go:build unix

package proxylogreceiver

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestOddFiles names a directory, a pipe, a file that cannot be opened, and a pattern that matches nothing, beside a
// good file: each is said once, and the good file is read.
func TestOddFiles(t *testing.T) {
	dir := t.TempDir()
	good := filepath.Join(dir, "good.log")
	write(t, good, "one\ntwo\n")
	sub := filepath.Join(dir, "sub.log")
	require.NoError(t, os.Mkdir(sub, 0o755))
	pipe := filepath.Join(dir, "pipe[1].log")
	require.NoError(t, syscall.Mkfifo(pipe, 0o644))
	s := newSink()
	h := start(t, fileConfig(good, sub, filepath.Join(dir, "nothing-*.log"), filepath.Join(dir, "pipe*")), s, nil)
	s.await(t, 2)
	time.Sleep(50 * time.Millisecond) // some polls more
	h.stop(t)
	for message, field := range map[string]string{
		"file::include names a directory, which is not read; name the files in it, such as with /*": sub,
		"file::include matches no file; it is looked for again in every poll":                       filepath.Join(dir, "nothing-*.log"),
		"file::include matches what is not a file; it is left out":                                  pipe,
	} {
		entries := h.logs.FilterMessage(message).All()
		if assert.Len(t, entries, 1, message) {
			m := entries[0].ContextMap()
			assert.Contains(t, []any{m["pattern"], m["path"]}, field)
		}
	}
	assert.Equal(t, []string{"one", "two"}, s.lines())
}

// TestPipeNames leaves out pipes whose names are patterns, and no file that such a pattern would match: nobody waits for
// them, not even for a moment.
func TestPipeNames(t *testing.T) {
	dir := t.TempDir()
	pipes := []string{"[1].log", "?.log", "*.log", "{a,b}.log", `\x.log`}
	files := []string{"1.log", "a.log", "b.log", "x.log", "other.log"}
	for _, name := range pipes {
		require.NoError(t, syscall.Mkfifo(filepath.Join(dir, name), 0o644))
	}
	for _, name := range files {
		write(t, filepath.Join(dir, name), name+"\n")
	}
	s := newSink()
	h := start(t, fileConfig(filepath.Join(dir, "*")), s, nil)
	s.await(t, len(files))
	h.stop(t)
	assert.ElementsMatch(t, files, s.lines())
	assert.Equal(t, len(pipes), h.logs.FilterMessage("file::include matches what is not a file; it is left out").Len())
	assert.Zero(t, h.logs.FilterMessageSnippet("slows down the others").Len())
}

// TestLatePipe makes a pipe below the pattern when the receiver runs already, to which nobody ever writes: the other files
// are read on, and a stop comes to its end.
func TestLatePipe(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "a.log"), "one\n")
	s := newSink()
	h := start(t, fileConfig(filepath.Join(dir, "*.log")), s, nil)
	s.await(t, 1)
	pipe := filepath.Join(dir, "pipe.log")
	require.NoError(t, syscall.Mkfifo(pipe, 0o644))
	time.Sleep(50 * time.Millisecond) // some polls more
	write(t, filepath.Join(dir, "b.log"), "two\n")
	s.await(t, 2)
	h.stop(t)
	entries := h.logs.FilterMessage("file::include matches what is not a file; it is left out, and slows down the others").All()
	if assert.Len(t, entries, 1) {
		assert.Equal(t, pipe, entries[0].ContextMap()["path"])
	}
}

// TestUnreadable has no permission for one file of two, for a folder, and for one folder of two: that is said once, and the
// others are read; when the permission comes, so does the file. The superuser may read everything, so as root the test runs itself again as nobody.
func TestUnreadable(t *testing.T) {
	const nobody, variable = 65534, "PROXYLOG_TEST_AS_NOBODY"
	if os.Geteuid() == 0 && os.Getenv(variable) == "" {
		dir := t.TempDir()
		for _, d := range []string{filepath.Dir(dir), dir} {
			require.NoError(t, os.Chmod(d, 0o755))
		}
		self := copyOfSelf(t, dir)
		home := filepath.Join(dir, "home")
		require.NoError(t, os.Mkdir(home, 0o700))
		require.NoError(t, os.Chown(home, nobody, nobody))
		cmd := exec.CommandContext(t.Context(), self, "-test.run=^TestUnreadable$", "-test.v")
		cmd.Dir = home
		cmd.Env = append(os.Environ(), variable+"=1", "TMPDIR="+home)
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, "%s", out)
		require.Contains(t, string(out), "--- PASS: TestUnreadable")
		return
	}
	dir := t.TempDir()
	closed, good := filepath.Join(dir, "closed.log"), filepath.Join(dir, "good.log")
	write(t, closed, "later\n")
	require.NoError(t, os.Chmod(closed, 0))
	write(t, good, "one\ntwo\n")
	shut := filepath.Join(dir, "shut")
	for _, d := range []string{shut, filepath.Join(dir, "open"), filepath.Join(dir, "open", "in"), filepath.Join(dir, "open", "out")} {
		require.NoError(t, os.Mkdir(d, 0o700))
	}
	write(t, filepath.Join(dir, "open", "in", "c.txt"), "three\n")
	for _, d := range []string{shut, filepath.Join(dir, "open", "out")} {
		require.NoError(t, os.Chmod(d, 0))
		t.Cleanup(func() { _ = os.Chmod(d, 0o700) })
	}
	s := newSink()
	folder, part := filepath.Join(shut, "*.log"), filepath.Join(dir, "open", "*", "*.txt")
	h := start(t, fileConfig(filepath.Join(dir, "*.log"), folder, part), s, nil)
	s.await(t, 3)
	time.Sleep(50 * time.Millisecond) // some polls more
	for message, pattern := range map[string]string{
		"file::include cannot be read: no permission; it is looked for again in every poll": folder,
		"file::include: a part of the pattern cannot be read":                               part,
	} {
		entries := h.logs.FilterMessage(message).All()
		if assert.Len(t, entries, 1, message) {
			assert.Equal(t, pattern, entries[0].ContextMap()["pattern"])
			assert.Contains(t, entries[0].ContextMap()["error"], "permission denied")
		}
	}
	entries := h.logs.FilterMessage("Failed to open file - unreadable").All()
	require.Len(t, entries, 1)
	assert.Contains(t, entries[0].ContextMap()["error"], closed+": permission denied")
	require.NoError(t, os.Chmod(closed, 0o600))
	s.await(t, 4)
	h.stop(t)
	assert.ElementsMatch(t, []string{"one", "two", "three", "later"}, s.lines())
	assert.Equal(t, "later", s.lines()[3])
}

// copyOfSelf puts the test's program where everybody may run it.
func copyOfSelf(t *testing.T, dir string) string {
	t.Helper()
	from, err := os.Executable()
	require.NoError(t, err)
	in, err := os.Open(from)
	require.NoError(t, err)
	defer in.Close()
	out, err := os.OpenFile(filepath.Join(dir, "self"), os.O_CREATE|os.O_WRONLY, 0o755)
	require.NoError(t, err)
	_, err = io.Copy(out, in)
	require.NoError(t, err)
	require.NoError(t, out.Close())
	return out.Name()
}
