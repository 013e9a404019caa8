#!/bin/sh
# Copyright The proxylog Authors
# SPDX-License-Identifier: Apache-2.0

# Succeeds where the race detector can be used: cgo is on and its C compiler is there.
GO=${GO:-go}
[ "$($GO env CGO_ENABLED)" = 1 ] || exit 1
cc=$($GO env CC)
# CC may carry flags: its first word is the program.
command -v "${cc%% *}" >/dev/null 2>&1
