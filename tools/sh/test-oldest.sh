#!/bin/sh
# Copyright The proxylog Authors
# SPDX-License-Identifier: Apache-2.0

# Builds the components with the oldest version of the Collector that the README claims, and runs the tests of the
# extension and of the operator with it. The requirements are those of go.mod with the Collector's older ones in their
# place, in a file of its own.
set -eu
GO=${GO:-go}
stable=v1.64.0 beta=v0.158.0
mkdir -p build/oldest
mod=build/oldest/go.mod
cp go.sum build/oldest/go.sum
sed -E "s#^(	go\.opentelemetry\.io/collector[^ ]*) v1\.[0-9.]+#\1 $stable#
	s#^(	go\.opentelemetry\.io/collector[^ ]*) v0\.[0-9.]+#\1 $beta#
	s#^(	github\.com/open-telemetry/opentelemetry-collector-contrib[^ ]*) v0\.[0-9.]+#\1 $beta#" go.mod >$mod
run() {
	echo "+ $*"
	"$@"
}
run "$GO" build -modfile=$mod -mod=mod ./receiver/... ./processor/... ./extension/...
run "$GO" test -modfile=$mod -mod=mod ./extension/... ./internal/stanzaop
# A newer requirement of some module would have raised these versions behind our back.
newer=$("$GO" list -modfile=$mod -mod=mod -deps -f '{{with .Module}}{{.Path}} {{.Version}}{{end}}' \
	./receiver/proxylogreceiver ./processor/proxylogprocessor ./processor/sessionstitchprocessor ./extension/proxylogencodingextension |
	sort -u | awk -v s=$stable -v b=$beta '/^go\.opentelemetry\.io\/collector|opentelemetry-collector-contrib/ && $2 != s && $2 != b')
if [ -n "$newer" ]; then
	printf 'built with other versions than %s and %s:\n%s\n' $stable $beta "$newer" >&2
	exit 1
fi
echo "built and tested with the Collector ${beta#v}"
