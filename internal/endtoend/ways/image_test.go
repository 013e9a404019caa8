// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package ways

import (
	"go/version"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/proxylog/proxylog/internal/format/formattest"
)

// TestImage holds the Dockerfile against what it is made of: the Go that go.mod asks for, the programs that make build
// leaves, and the command that the DaemonSet and the chart start. That the image is enough for the programs to run in is
// for who builds it to see: no test has a container engine.
func TestImage(t *testing.T) {
	root := formattest.Testdata("..")
	read := func(name string) string {
		return string(formattest.Read(t, filepath.Join(root, filepath.FromSlash(name))))
	}
	find := func(text, pattern string) string {
		t.Helper()
		m := regexp.MustCompile(`(?m)` + pattern).FindStringSubmatch(text)
		require.NotNil(t, m, pattern)
		return m[1]
	}
	image := read("examples/kubernetes/Dockerfile")
	assert.Equal(t, version.Lang("go"+find(read("go.mod"), `^go (\S+)$`)), "go"+find(image, `^FROM golang:(\S+) AS build$`))

	programs := strings.Fields(find(image, `^COPY --from=build ((?:/src/\S+ )+)/$`))
	for _, program := range programs {
		find(read("Makefile"), `^(`+strings.TrimPrefix(program, "/src/")+`): `)
	}
	entry := find(image, `^ENTRYPOINT \["(.+)"\]$`)
	assert.Contains(t, programs, "/src/bin"+entry)
	assert.Equal(t, entry, find(read("examples/kubernetes/daemonset.yaml"), `^ +command: \[(.+)\]$`))
	assert.Equal(t, entry, "/"+find(read("examples/kubernetes/values.yaml"), `^command:\n  name: (.+)$`), "the chart puts the slash before it")
}
