// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package haproxy

import (
	"fmt"
	"slices"
	"strings"

	"github.com/proxylog/proxylog/internal/format"
	"github.com/proxylog/proxylog/internal/format/haproxy/cfg"
)

// captures are the attributes of a frontend's captured headers, in the order of their slots.
type captures struct{ request, response []string }

// newCaptures are those of a frontend of the configuration file.
func newCaptures(f *cfg.Frontend) captures {
	return captures{slotKeys(format.RequestHeader, f.Request), slotKeys(format.ResponseHeader, f.Response)}
}

// slotKeys are the attributes of capture slots: a header's, or one by the expression that fills the slot. A slot that
// was declared only has none.
func slotKeys(prefix string, slots []cfg.Capture) []string {
	keys := make([]string, len(slots))
	for i, c := range slots {
		switch {
		case c.Header != "":
			keys[i], _ = format.Header(prefix, c.Header)
		case c.Expression != "":
			keys[i] = fieldPrefix + "[" + c.Expression + "]"
		}
	}
	return eachOnce(keys)
}

// headerKeys are the attributes of captured headers; a slot without a name has none.
func headerKeys(prefix string, names []string) []string {
	keys := make([]string, len(names))
	for i, n := range names {
		if n != "" {
			keys[i], _ = format.Header(prefix, n)
		}
	}
	return eachOnce(keys)
}

// eachOnce takes the attribute from slots that capture what an earlier one does: an attribute has one value.
func eachOnce(keys []string) []string {
	for i := range keys {
		if slices.Contains(keys[:i], keys[i]) {
			keys[i] = ""
		}
	}
	return keys
}

// checkNames reports names of captured headers that are several: the setting is a list.
func checkNames(key string, names []string) (errs []error) {
	for i, n := range names {
		if strings.ContainsAny(n, ", \t") {
			errs = append(errs, fmt.Errorf("%s[%d]: %q: each header has an entry of its own", key, i, n))
		}
	}
	return errs
}
