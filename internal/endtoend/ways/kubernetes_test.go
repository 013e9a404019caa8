// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package ways

import (
	"compress/gzip"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestKubelet runs the DaemonSet's configuration over a tree as the kubelet lays it out: a directory for each pod and
// container, links beside it, lines that containerd has split, rotation to names with the time, packing of what was rotated
// before, and restarts of container and Collector. Every line arrives once, with its pod.
func TestKubelet(t *testing.T) {
	f := kubelet()
	dir := t.TempDir()
	t.Setenv("PROXYLOG_STATE", filepath.Join(dir, "state"))
	got, endpoint := destination(t)
	t.Setenv("OTLP_ENDPOINT", endpoint)
	text, config := example(t, "kubernetes/daemonset.yaml")
	changes := []string{below(t, config, dir), f.changes(t)}

	const pod = "shop_edge-0_0f3e2d1c-4b5a-6978-8796-a5b4c3d2e1f0"
	pods := filepath.Join(dir, "var/log/pods")
	log := filepath.Join(pods, pod, "haproxy", "0.log")
	lines := captures(t)[haproxy]
	numbered := func(from, n int) (out []string) {
		for i := range n {
			out = append(out, strings.Replace(lines[0], ":47846 ", fmt.Sprintf(":%d ", 10000+from+i), 1))
		}
		return out
	}
	require.Contains(t, lines[0], ":47846 ")
	// The client's port tells the lines apart, also in what session_stitch makes of them.
	port := regexp.MustCompile(`127\.0\.0\.1:(\d+) `)
	want := map[string]bool{}
	expect := func(list []string) []string {
		for _, l := range list {
			want[port.FindStringSubmatch(l)[1]] = true
		}
		return list
	}
	arrive := func() map[string]int {
		out := map[string]int{}
		for _, r := range records(got.all()...) {
			v, _ := r.Attributes().Get("client.port")
			out[v.AsString()]++
			if repeated, ok := r.Attributes().Get("proxy.session.duplicates"); ok {
				out[v.AsString()] += int(repeated.Int())
			}
		}
		return out
	}
	wait := func() {
		t.Helper()
		require.Eventually(t, func() bool { return len(arrive()) >= len(want) }, patience, 20*time.Millisecond)
	}

	// What is there before the Collector comes; the links of /var/log/containers lead to the same files and are not read.
	write(t, log, cri(expect(numbered(0, 20))))
	write(t, filepath.Join(pods, "kube-system_coredns-x_1111", "coredns", "0.log"), cri([]string{"not a proxy's"}))
	links := filepath.Join(dir, "var/log/containers")
	require.NoError(t, os.MkdirAll(links, 0o755))
	require.NoError(t, os.Symlink(log, filepath.Join(links, "edge-0_shop_haproxy-"+strings.Repeat("a", 64)+".log")))
	stop := run(t, text, changes...)
	wait()

	// A line in pieces, and lines of the other stream in between.
	split := numbered(100, 1)[0]
	const stamp = "2026-11-21T23:43:15.500000000Z "
	write(t, log, []string{stamp + "stdout P " + split[:40], stamp + "stdout P " + split[40:60]})
	write(t, log, []string{stamp + "stderr F " + expect(numbered(101, 1))[0], stamp + "stdout F " + split[60:]})
	expect([]string{split})
	wait()

	// Rotated once while it is read, and again after the first one was packed.
	rotate := func(suffix string) string {
		name := log + "." + suffix
		require.NoError(t, os.Rename(log, name))
		return name
	}
	write(t, log, cri(expect(numbered(200, 20))))
	rotated := rotate("20261121-234500")
	write(t, log, cri(expect(numbered(300, 20))))
	wait()
	pack(t, rotated)
	write(t, log, cri(expect(numbered(400, 5))))
	rotate("20261121-235000")
	write(t, log, cri(expect(numbered(500, 5))))
	wait()

	// The Collector is updated: what is written meanwhile, to a container that was restarted, and to a pod whose log is a
	// link as with the Docker runtime, is read by the next one.
	stop()
	write(t, log, cri(expect(numbered(600, 5))))
	write(t, filepath.Join(pods, pod, "haproxy", "1.log"), cri(expect(numbered(700, 5))))
	elsewhere := filepath.Join(dir, "var/lib/docker/containers/c0ffee/c0ffee-json.log")
	var docker []string
	for _, l := range expect(numbered(800, 5)) {
		docker = append(docker, fmt.Sprintf(`{"log":%q,"stream":"stdout","time":"2026-11-21T23:43:15.5Z"}`, l+"\n"))
	}
	write(t, elsewhere, docker)
	linked := filepath.Join(pods, "shop_edge-1_2222", "haproxy", "0.log")
	require.NoError(t, os.MkdirAll(filepath.Dir(linked), 0o755))
	require.NoError(t, os.Symlink(elsewhere, linked))
	run(t, text, changes...)
	wait()
	settled(t, got, time.Second)

	for id, n := range arrive() {
		assert.True(t, want[id], "nobody wrote %s", id)
		assert.Equal(t, 1, n, id)
	}
	restarts := map[any]int{}
	for _, r := range records(got.all()...) {
		m := r.resource.AsRaw()
		assert.Equal(t, "node-7", m["k8s.node.name"])
		assert.Equal(t, "shop", m["k8s.namespace.name"])
		assert.Equal(t, "haproxy", m["k8s.container.name"])
		assert.Contains(t, []any{"edge-0", "edge-1"}, m["k8s.pod.name"])
		if m["k8s.pod.name"] == "edge-0" {
			assert.Equal(t, "0f3e2d1c-4b5a-6978-8796-a5b4c3d2e1f0", m["k8s.pod.uid"])
			restarts[m["k8s.container.restart_count"]]++
		}
	}
	assert.Equal(t, map[any]int{int64(0): len(want) - 10, int64(1): 5}, restarts)
}

// pack does with a rotated file what the kubelet does.
func pack(t *testing.T, name string) {
	t.Helper()
	raw, err := os.ReadFile(name)
	require.NoError(t, err)
	f, err := os.Create(name + ".gz")
	require.NoError(t, err)
	z := gzip.NewWriter(f)
	_, err = z.Write(raw)
	require.NoError(t, err)
	require.NoError(t, z.Close())
	require.NoError(t, f.Close())
	require.NoError(t, os.Remove(name))
}
