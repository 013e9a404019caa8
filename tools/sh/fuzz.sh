#!/bin/sh
# Copyright The proxylog Authors
# SPDX-License-Identifier: Apache-2.0

# fuzz.sh TIME: runs every fuzz target of the module for TIME, one after the other. Go takes one target of one
# package at a time.
set -eu
GO=${GO:-go}
grep -rl --include='*_test.go' '^func Fuzz' cmd extension internal processor receiver | sort | while IFS= read -r file; do
	sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\)(.*/\1/p' "$file" | while IFS= read -r target; do
		echo "== ${file%/*} $target"
		$GO test -run '^$' -fuzz "^$target\$" -fuzztime "$1" "./${file%/*}" </dev/null
	done
done
