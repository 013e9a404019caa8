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

# The commit goes into the binary, where git can tell it: in a clone owned by somebody else Go's build would fail.
vcs=false
git rev-parse HEAD >/dev/null 2>&1 && vcs=auto

work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
cd "$module" || exit 1

# Both commands name each module that they download on a line of standard error, and go build -v each package that it
# compiles; whatever else they say is meant for the reader.
{
	if $GO list -deps "$package" >"$work/packages"; then
		$GO build -buildvcs=$vcs -v -o "$out" "$package"
	else
		false
	fi
	echo $? >"$work/status"
} 2>&1 | {
	started=$(date +%s)
	said=$started
	compiled=0
	downloaded=0
	progress() {
		text="building $name:"
		[ "$downloaded" -eq 0 ] || text="$text $downloaded modules downloaded,"
		[ "$compiled" -eq 0 ] || text="$text $compiled of up to $(($(wc -l <"$work/packages"))) packages compiled,"
		text="$text $((now - started)) s"
		if [ -t 1 ]; then printf '\r%s\033[K' "$text"; else printf '%s\n' "$text"; fi
		said=$now
	}
	while IFS= read -r line; do
		now=$(date +%s)
		case $line in
		'go: downloading '*) downloaded=$((downloaded + 1)) ;;
		'' | *' '* | '#'* | '	'*)
			[ -t 1 ] && printf '\r\033[K'
			printf '%s\n' "$line"
			continue
			;;
		*) compiled=$((compiled + 1)) ;;
		esac
		[ $((downloaded + compiled)) -eq 20 ] && echo "building $name: the first time this takes some minutes"
		# A terminal's line is rewritten each second, a log gets one every ten.
		if [ -t 1 ]; then every=1; else every=10; fi
		[ $((now - said)) -ge $every ] && progress
	done
	if [ $((downloaded + compiled)) -gt 0 ]; then
		now=$(date +%s)
		progress
		[ -t 1 ] && echo
	fi
}
code=$(cat "$work/status")
[ "$code" = 0 ] || echo "building $name failed: the lines above say why" >&2
exit "$code"
