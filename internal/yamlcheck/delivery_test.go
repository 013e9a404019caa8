// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package yamlcheck

import (
	"maps"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

// TestExamplesDeliver: every example says what it delivers, and none acknowledges what a crash loses: there is no batch
// processor, and no exporter has a queue in memory.
func TestExamplesDeliver(t *testing.T) {
	seen := 0
	for _, b := range blocks(t) {
		if !strings.HasPrefix(b.where, "examples/") || !strings.HasSuffix(b.where, ".yaml:1") {
			continue
		}
		configs, err := Configs(b.text)
		require.NoError(t, err, b.where)
		for _, text := range configs {
			seen++
			var config map[string]any
			require.NoError(t, yaml.Unmarshal([]byte(text), &config))
			assert.Contains(t, b.text, "\n# Delivery: ", b.where)
			assert.Empty(t, undelivered(config), b.where)
		}
	}
	assert.GreaterOrEqual(t, seen, 12, "the search is broken")
}

// undelivered says what in a configuration holds records in memory that were acknowledged.
func undelivered(config map[string]any) (out []string) {
	processors, _ := config["processors"].(map[string]any)
	for _, id := range slices.Sorted(maps.Keys(processors)) {
		kind, _, _ := strings.Cut(id, "/")
		settings, _ := processors[id].(map[string]any)
		switch {
		case kind == "batch":
			out = append(out, id)
		case kind == "session_stitch" && settings["storage"] == nil:
			out = append(out, id+" has no storage")
		}
	}
	exporters, _ := config["exporters"].(map[string]any)
	for _, id := range slices.Sorted(maps.Keys(exporters)) {
		kind, _, _ := strings.Cut(id, "/")
		settings, _ := exporters[id].(map[string]any)
		switch kind {
		case "debug", "nop", "file":
			continue // these have no queue unless one is asked for
		case "load_balancing":
			protocol, _ := settings["protocol"].(map[string]any)
			otlp, _ := protocol["otlp"].(map[string]any)
			if !durable(otlp) {
				out = append(out, id+" has a queue for each backend")
			}
		}
		if !durable(settings) {
			out = append(out, id+" has a queue in memory")
		}
	}
	return out
}

// durable reports whether what an exporter has accepted was sent or is on disk.
func durable(exporter map[string]any) bool {
	queue, ok := exporter["sending_queue"].(map[string]any)
	return ok && (queue["enabled"] == false || queue["storage"] != nil || queue["wait_for_result"] == true)
}

// TestUndelivered: the check above can fail.
func TestUndelivered(t *testing.T) {
	for text, want := range map[string][]string{
		"{processors: {batch: {}, session_stitch: {storage: a}}, exporters: {otlp_grpc: {sending_queue: {storage: a}}}}":        {"batch"},
		"{processors: {session_stitch/x: {}}, exporters: {otlp_grpc: {sending_queue: {enabled: false}}}}":                       {"session_stitch/x has no storage"},
		"{exporters: {otlp_http: {sending_queue: {wait_for_result: true}}, otlp_grpc: {}}}":                                     {"otlp_grpc has a queue in memory"},
		"{exporters: {otlp_grpc: {sending_queue: {queue_size: 10}}}}":                                                           {"otlp_grpc has a queue in memory"},
		"{exporters: {load_balancing: {sending_queue: {enabled: false}, protocol: {otlp: {}}}}}":                                {"load_balancing has a queue for each backend"},
		"{exporters: {load_balancing: {sending_queue: {enabled: false}, protocol: {otlp: {sending_queue: {enabled: false}}}}}}": nil,
	} {
		var config map[string]any
		require.NoError(t, yaml.Unmarshal([]byte(text), &config))
		assert.Equal(t, want, undelivered(config), text)
	}
}

// TestKubernetes: manifest and Helm values run the same configuration with the same rights, the fewest with which the logs
// of other pods can be read.
func TestKubernetes(t *testing.T) {
	manifest, values := kubernetes(t, "daemonset.yaml"), kubernetes(t, "values.yaml")
	var daemon map[string]any
	var configs [2]string
	for i, text := range []string{manifest, values} {
		found, err := Configs(text)
		require.NoError(t, err)
		require.Len(t, found, 1)
		configs[i] = found[0]
	}
	assert.YAMLEq(t, configs[0], configs[1])

	var config map[string]any
	require.NoError(t, yaml.Unmarshal([]byte(configs[0]), &config))
	endpoint := at(t, config, "extensions", "health_check", "endpoint").(string)
	for _, pod := range []string{"10.0.0.7", "fd00:10:244::7"} {
		host, port, err := net.SplitHostPort(strings.ReplaceAll(endpoint, "${env:MY_POD_IP}", pod))
		require.NoError(t, err)
		assert.Equal(t, []string{pod, "13133"}, []string{host, port})
	}

	dec := yaml.NewDecoder(strings.NewReader(manifest))
	for {
		var doc map[string]any
		require.NoError(t, dec.Decode(&doc), "there is no DaemonSet")
		if doc["kind"] == "DaemonSet" {
			daemon = doc
			break
		}
	}
	pod := at(t, daemon, "spec", "template", "spec").(map[string]any)
	container := pod["containers"].([]any)[0].(map[string]any)
	var helm map[string]any
	require.NoError(t, yaml.Unmarshal([]byte(values), &helm))

	for where, security := range map[string]any{"manifest": container["securityContext"], "values": helm["securityContext"]} {
		assert.Equal(t, map[string]any{
			"allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true,
			"capabilities": map[string]any{"drop": []any{"ALL"}},
		}, security, where)
	}
	for where, security := range map[string]any{"manifest": pod["securityContext"], "values": helm["podSecurityContext"]} {
		assert.Equal(t, map[string]any{
			"runAsUser": 0, "runAsGroup": 0, "seccompProfile": map[string]any{"type": "RuntimeDefault"},
		}, security, where)
	}
	// A start with a full journal takes longer than the half minute after which the kubelet would begin anew.
	assert.Equal(t, 12, at(t, container, "livenessProbe", "failureThreshold"))
	assert.Equal(t, 12, at(t, helm, "livenessProbe", "failureThreshold"))
	mounts := []any{
		map[string]any{"name": "pods", "mountPath": "/var/log/pods", "readOnly": true},
		map[string]any{"name": "state", "mountPath": "/var/lib/otelcol-proxylog"},
	}
	assert.Subset(t, container["volumeMounts"], mounts)
	assert.Equal(t, mounts, helm["extraVolumeMounts"])
	volumes := []any{
		map[string]any{"name": "pods", "hostPath": map[string]any{"path": "/var/log/pods"}},
		map[string]any{"name": "state", "hostPath": map[string]any{"path": "/var/lib/otelcol-proxylog", "type": "DirectoryOrCreate"}},
	}
	assert.Subset(t, pod["volumes"], volumes)
	assert.Equal(t, volumes, helm["extraVolumes"])

	// Every variable that the configuration has no default for is set from the downward API; the chart sets MY_POD_IP.
	var names []string
	for _, e := range container["env"].([]any) {
		names = append(names, e.(map[string]any)["name"].(string))
	}
	assert.Subset(t, names, []string{"K8S_NODE_NAME", "K8S_POD_NAME", "MY_POD_IP"})
	for _, e := range helm["extraEnvs"].([]any) {
		assert.Contains(t, container["env"], e)
	}
	assert.Len(t, helm["extraEnvs"], 2)
}

func kubernetes(t *testing.T, name string) string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(root, "examples", "kubernetes", name))
	require.NoError(t, err)
	return string(raw)
}

// at walks down the maps of a document.
func at(t *testing.T, doc any, path ...string) any {
	t.Helper()
	for _, key := range path {
		m, ok := doc.(map[string]any)
		require.True(t, ok, key)
		doc = m[key]
	}
	return doc
}
