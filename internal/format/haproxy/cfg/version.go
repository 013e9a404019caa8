// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package cfg

import (
	"cmp"
	"strconv"
	"strings"
)

// release is a version of HAProxy as "haproxy -v" prints it: 2.4-dev19, 2.4-rc1, 2.4.0, 2.4.22-f8e3218.
type release struct {
	major, minor int
	// stage is negative before the first release, and patch counts within it.
	stage, patch int
	// open says that the text names a branch alone, such as 2.4.
	open bool
}

func parseRelease(text string) (release, bool) {
	branch, pre, isPre := strings.Cut(text, "-")
	parts := strings.Split(branch, ".")
	if len(parts) > 3 {
		return release{}, false
	}
	var n [3]int
	for i, p := range parts {
		var err error
		if n[i], err = strconv.Atoi(p); err != nil || n[i] < 0 {
			return release{}, false
		}
	}
	r := release{major: n[0], minor: n[1], patch: n[2], open: len(parts) < 3}
	for stage, name := range []string{"rc", "dev"} {
		digits, ok := strings.CutPrefix(pre, name)
		if !ok || !isPre {
			continue
		}
		digits, _, _ = strings.Cut(digits, "-")
		number, err := strconv.Atoi(digits)
		if err != nil || number < 0 {
			return release{}, false
		}
		r.stage, r.patch, r.open = -1-stage, number, false
	}
	return r, true
}

func (r release) compare(o release) int {
	return cmp.Or(cmp.Compare(r.major, o.major), cmp.Compare(r.minor, o.minor), cmp.Compare(r.stage, o.stage), cmp.Compare(r.patch, o.patch))
}

// atLeast reports whether a version is at least another. Of a branch it is not known which of its releases it is.
func atLeast(version, other string) truth {
	v, ok := parseRelease(version)
	o, okOther := parseRelease(other)
	if !ok || !okOther || v.open && v.major == o.major && v.minor == o.minor && o.stage == 0 && o.patch > 0 {
		return unknown
	}
	return truthOf(v.compare(o) >= 0)
}
