// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package collector

import (
	"os/exec"
	"runtime"
	"testing"
)

// TestHighWater wants the memory of the process that starts another one not to count as that one's.
func TestHighWater(t *testing.T) {
	const size = 64 << 20
	ours := make([]byte, size)
	for i := 0; i < size; i += 4096 {
		ours[i] = 1
	}
	cmd := exec.CommandContext(t.Context(), "cat")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Skipf("there is no cat: %v", err)
	}
	one := []byte("x")
	if _, err := in.Write(one); err != nil {
		t.Fatal(err)
	}
	if _, err := out.Read(one); err != nil { // it runs
		t.Fatal(err)
	}
	if got := highWater(cmd.Process.Pid); got < 64<<10 || got >= size {
		t.Errorf("%d bytes of a cat", got)
	}
	if err := in.Close(); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	runtime.KeepAlive(ours)
}
