// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package screen_test

import (
	"fmt"
	"os"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/proxylog/proxylog/cmd/proxylog/internal/screen"
)

// terminal opens a terminal of so many columns.
func terminal(t *testing.T, columns uint16) *os.File {
	t.Helper()
	outer, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Skip("no terminals here: ", err)
	}
	t.Cleanup(func() { outer.Close() })
	fd := int(outer.Fd())
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: columns}); err != nil {
		t.Fatal(err)
	}
	inner, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { inner.Close() })
	return inner
}

// TestWidthOfATerminal: a terminal's own width counts where COLUMNS says nothing, so that no line wraps and no caret
// stands below another byte.
func TestWidthOfATerminal(t *testing.T) {
	for _, c := range []struct {
		columns uint16
		env     string
		want    int
	}{
		{80, "", 80}, {213, "", 213}, {20, "", 60}, {0, "", screen.DefaultWidth}, {80, "120", 120}, {80, "wide", 80},
	} {
		if got := screen.Width(terminal(t, c.columns), func(string) string { return c.env }); got != c.want {
			t.Errorf("%d columns, COLUMNS=%q: %d, want %d", c.columns, c.env, got, c.want)
		}
	}
}
