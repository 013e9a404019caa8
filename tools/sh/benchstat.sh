#!/bin/sh
# Copyright The proxylog Authors
# SPDX-License-Identifier: Apache-2.0

# benchstat.sh BASE COUNT RUN PACKAGE…: runs the benchmarks of the commit BASE and of the working tree in turn, COUNT
# times each, so that a machine that is busy for a while hits both, and compares them.
set -eu
GO=${GO:-go}
base=$1
count=$2
run=$3
shift 3
[ -n "$base" ] || { echo "say with which commit to compare: make benchstat BASE=main~5" >&2; exit 1; }
commit=$(git rev-parse --verify --quiet "$base^{commit}") || { echo "$base is no commit" >&2; exit 1; }

mkdir -p build
tree=$(pwd)/build/base-$$
git worktree add --quiet --detach "$tree" "$commit"
trap 'git worktree remove --force "$tree"' EXIT
trap 'exit 1' INT TERM
: >build/bench-base.txt
: >build/bench-new.txt

# A package that the older commit has not got is left out of its side.
here=$(pwd)
i=0
while [ "$i" -lt "$count" ]; do
	i=$((i + 1))
	echo "benchstat: round $i of $count" >&2
	for side in base new; do
		if [ $side = base ]; then folder=$tree; else folder=$here; fi
		(
			cd "$folder"
			# shellcheck disable=SC2046 # one word a package
			$GO test -run '^$' -bench "$run" -benchmem $($GO list -e -f '{{if not .Error}}{{.ImportPath}}{{end}}' "$@")
		) >>"build/bench-$side.txt"
	done
done
$GO tool -modfile=tools/go.mod benchstat build/bench-base.txt build/bench-new.txt
