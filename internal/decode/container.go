// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package decode

import (
	"slices"
	"strings"

	"github.com/proxylog/proxylog/internal/attr"
	"github.com/proxylog/proxylog/internal/envelope"
	"github.com/proxylog/proxylog/internal/record"
)

// ofStream are the attributes of a source's records from one stream of a container.
func (s *Source) ofStream(stream envelope.Stream) []record.KV {
	if s.streams[stream] == nil {
		name := "stdout"
		if stream == envelope.Stderr {
			name = "stderr"
		}
		s.streams[stream] = append(slices.Clone(s.attributes), record.KV{Key: attr.LogIostream, Str: name})
	}
	return s.streams[stream]
}

// containerOf is what the path of a container's log says of the container: the paths of Kubernetes' node,
// …/pods/<namespace>_<pod>_<uid>/<container>/<restarts>.log and …/containers/<pod>_<namespace>_<container>-<id>.log
// (kubernetes, pkg/kubelet/kuberuntime/helpers.go and legacy.go), and Docker's own, …/containers/<id>/<id>-json.log.
func containerOf(path string) []record.KV {
	parts := strings.Split(path, "/")
	n := len(parts)
	if n < 3 || !strings.Contains(parts[n-1], ".log") {
		return nil
	}
	file, _, _ := strings.Cut(parts[n-1], ".log")
	text := func(key, value string) record.KV { return record.KV{Key: key, Str: value} }
	if n >= 4 && parts[n-4] == "pods" {
		pod := strings.Split(parts[n-3], "_")
		if len(pod) != 3 || slices.Contains(pod, "") || parts[n-2] == "" {
			return nil
		}
		out := []record.KV{
			text(attr.K8sNamespaceName, pod[0]), text(attr.K8sPodName, pod[1]), text(attr.K8sPodUID, pod[2]),
			text(attr.K8sContainerName, parts[n-2]),
		}
		if restarts, ok := whole(file); ok {
			out = append(out, record.KV{Key: attr.K8sContainerRestartCount, Int: restarts, IsInt: true})
		}
		return out
	}
	if id, ok := strings.CutSuffix(file, "-json"); ok && id == parts[n-2] && containerID(id) {
		return []record.KV{text(attr.ContainerID, id)}
	}
	if parts[n-2] != "containers" {
		return nil
	}
	pod := strings.Split(file, "_")
	if len(pod) != 3 || slices.Contains(pod, "") {
		return nil
	}
	dash := strings.LastIndexByte(pod[2], '-')
	if dash <= 0 || !containerID(pod[2][dash+1:]) {
		return nil
	}
	return []record.KV{
		text(attr.K8sNamespaceName, pod[1]), text(attr.K8sPodName, pod[0]), text(attr.K8sContainerName, pod[2][:dash]),
		text(attr.ContainerID, pod[2][dash+1:]),
	}
}

// containerID reports whether s is a container's id: 64 hexadecimal digits.
func containerID(s string) bool {
	return len(s) == 64 && strings.Trim(s, "0123456789abcdef") == ""
}
