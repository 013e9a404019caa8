#!/bin/sh
# Copyright The proxylog Authors
# SPDX-License-Identifier: Apache-2.0

# build.sh MODULE PACKAGE OUTPUT: go build with a sign of life. A cold build of the Collector takes minutes, in
# which go build alone says nothing.
set -u
GO=${GO:-go}
module=$1
package=$2
out=$(pwd)/$3
name=${3##*/}

status=$(mktemp) || exit 1
trap 'rm -f "$status"' EXIT

# The commit goes into the binary, where git can tell it: in a clone owned by somebody else Go's build would fail.
vcs=false
git rev-parse HEAD >/dev/null 2>&1 && vcs=auto

cd "$module" || exit 1
started=$(date +%s)
lines=200
[ -t 1 ] && lines=1

# go build -v names each package that it compiles, and each module that it downloads, on a line of its own;
# whatever else it says is meant for the reader.
{
	$GO build -buildvcs=$vcs -v -o "$out" "$package" 2>&1
	echo $? >"$status"
} | {
	compiled=0
	downloaded=0
	say() {
		if [ -t 1 ]; then printf '\r%s\033[K' "$1"; else printf '%s\n' "$1"; fi
	}
	progress() {
		say "building $name: $downloaded modules downloaded, $compiled packages compiled, $(($(date +%s) - started)) s"
	}
	while IFS= read -r line; do
		case $line in
		'go: downloading '*) downloaded=$((downloaded + 1)) ;;
		'' | *' '* | '#'*)
			[ -t 1 ] && printf '\r\033[K'
			printf '%s\n' "$line"
			continue
			;;
		*) compiled=$((compiled + 1)) ;;
		esac
		[ $((downloaded + compiled)) -eq 20 ] && echo "building $name: the first time this takes some minutes"
		[ $(((downloaded + compiled) % lines)) -eq 0 ] && progress
	done
	if [ $((downloaded + compiled)) -gt 0 ]; then
		progress
		[ -t 1 ] && echo
	fi
}
code=$(cat "$status")
[ "$code" = 0 ] || echo "building $name failed: the lines above say why" >&2
exit "$code"
