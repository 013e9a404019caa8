#!/bin/sh
# Copyright The proxylog Authors
# SPDX-License-Identifier: Apache-2.0

# Says in words what would otherwise be a page of build errors: a Go that is missing or too old, a module proxy
# that does not answer.
set -u
GO=${GO:-go}

fail() {
	printf 'proxylog: %s\n' "$@" >&2
	exit 1
}

want=$(awk '$1 == "go" {print $2; exit}' go.mod)

command -v "$GO" >/dev/null 2>&1 ||
	fail "no Go found (looked for \"$GO\")." "Install Go $want or newer from https://go.dev/dl/ and try again."

# Inside the module an older Go fetches the one that go.mod asks for, unless GOTOOLCHAIN forbids it.
have=$($GO env GOVERSION 2>&1) ||
	fail "Go cannot start:" "$have" "Install Go $want or newer from https://go.dev/dl/ and try again."
older=$(printf '%s %s\n' "${have#go}" "$want" | awk '{
	split($1, h, /[^0-9]+/); split($2, w, /[^0-9]+/)
	print (h[1] < w[1] || (h[1] == w[1] && h[2] + 0 < w[2] + 0)) ? "yes" : "no"
}')
case $have in
go*) [ "$older" = no ] || fail "$have is too old: Go $want or newer is needed, see https://go.dev/dl/." ;;
*) printf 'proxylog: NOTE: this is a development version of Go (%s); %s or newer is expected\n' "$have" "$want" >&2 ;;
esac

# With every module in the cache no network is needed.
module=cmd/otelcol-proxylog
(cd "$module" && GOPROXY=off $GO list -deps . >/dev/null 2>&1) &&
	GOPROXY=off $GO list -deps ./cmd/proxylog >/dev/null 2>&1 && exit 0

proxy=$($GO env GOPROXY)
[ "$proxy" != off ] ||
	fail "not all modules are in Go's module cache ($($GO env GOMODCACHE)), and GOPROXY=off forbids to download them." \
		"Set GOPROXY to a proxy that this machine reaches and try again, or copy the cache of a machine that has built it."
core=$(awk '$1 == "go.opentelemetry.io/collector/otelcol" {print $1 "@" $2; exit}' "$module/go.mod")
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
# An empty module cache, so that the answer comes from the proxy; killed after 30 seconds of silence.
(cd "$scratch" && GOMODCACHE="$scratch/mod" GOFLAGS=-modcacherw exec $GO list -m "$core" >"$scratch/out" 2>&1) &
asked=$!
(sleep 30 && kill "$asked" && echo "no answer within 30 seconds" >>"$scratch/out") >/dev/null 2>&1 &
watchdog=$!
if ! wait "$asked"; then
	kill "$watchdog" 2>/dev/null
	fail "the Go module proxy does not answer (GOPROXY=$proxy):" "$(cat "$scratch/out")" \
		"The first build downloads about 220 modules. Behind a firewall set GOPROXY (or HTTPS_PROXY) and try again."
fi
kill "$watchdog" 2>/dev/null
exit 0
