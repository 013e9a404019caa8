#!/bin/sh
# Copyright The proxylog Authors
# SPDX-License-Identifier: Apache-2.0

# Fails, and shows the difference, where a generated file is not what its source would generate today.
set -eu
GO=${GO:-go}
mkdir -p build
work=$(mktemp -d "$(pwd)/build/generated.XXXXXX")
trap 'rm -rf "$work"' EXIT
stale=0

# Go files and documentation: go generate writes in place, so the files are kept, compared and, where they
# differed, put back as they were.
generated() {
	find cmd extension internal processor receiver -type f \
		\( -name 'generated_*.go' -o -path '*/internal/metadata*/*' -o -name documentation.md -o -name README.md \) | sort
	echo docs/attributes.md
}
generated >"$work/before"
while IFS= read -r file; do
	mkdir -p "$work/old/${file%/*}"
	cp -p "$file" "$work/old/$file"
done <"$work/before"
restore() {
	while IFS= read -r file; do
		cmp -s "$work/old/$file" "$file" || cp -p "$work/old/$file" "$file"
	done <"$work/before"
}
trap 'restore; rm -rf "$work"' EXIT
$GO generate ./...
generated >"$work/after"
if ! diff "$work/before" "$work/after"; then
	echo "go generate adds or removes the files above" >&2
	stale=1
fi
while IFS= read -r file; do
	diff -u "$work/old/$file" "$file" || stale=1
done <"$work/before"

# The requirements, which the distribution and the module of the tests over all ways follow.
$GO mod tidy -diff || stale=1
(cd internal/endtoend/ways && $GO mod tidy -diff) || stale=1

# The distribution: ocb writes a folder of its own, at the same depth as the committed one so that the replace
# directive reads the same.
committed=cmd/otelcol-proxylog
fresh=build/otelcol-proxylog
rm -rf "$fresh"
mkdir -p "$fresh"
env "dist.output_path=./$fresh" $GO tool -modfile=tools/go.mod builder --skip-compilation --config builder-config.yaml >"$work/ocb.log" 2>&1 || {
	cat "$work/ocb.log" >&2
	exit 1
}
diff -ru "$committed" "$fresh" || stale=1
rm -rf "$fresh"

if [ "$stale" != 0 ]; then
	echo "not current: run go mod tidy and make generate, and commit the result" >&2
	exit 1
fi
echo "generated files are current"
