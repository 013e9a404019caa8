// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package format_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/proxylog/proxylog/internal/format"
)

// files are where a dialect's lines are written.
type files []string

func (f files) Written() []string { return f }

// TestHome: the dialects of a file come first, by its name or what rotation made of that, in whatever directory it is seen.
func TestHome(t *testing.T) {
	list := []files{
		{"/var/log/envoy/a.log"},
		{"/var/log/envoy/b.log", "/srv/more.log"},
		{"/var/log/squid/access.log"},
		{"/srv/squid/access.log"},
		{"/var/log/cache*.log"},
		nil,
		{"/var/log/http.log"},
		{"/var/log/http-2.log"},
		{"/srv/more.log"},
	}
	for source, want := range map[string][]int{
		"/var/log/envoy/a.log":               {0},
		"/mnt/pod/b.log":                     {1},
		"b.log":                              {1},
		"/var/log/envoy/b.log.1":             {1},
		"/var/log/envoy/b.log-20261123.gz":   {1},
		"/var/log/envoy/b-20261123.log.zst":  {1},
		"/var/log/envoy/b.log.2026-11-23T10": {1},
		"/srv/more.log":                      {1, 8}, // of two logs in one file both may be meant
		"/var/log/squid/access.log.0":        {2},
		"/mnt/squid/access.log":              {2, 3},
		"/mnt/srv/squid/access.log":          {3},
		"/var/log/cache3.log":                {4},
		"/var/log/cache3.log.1":              {4},
		"/var/log/http.log":                  {6},
		"/var/log/http-2.log":                {7}, // the name itself before one that rotation could have made
		"/var/log/http-3.log":                {6},
	} {
		h := format.NewHome(source, list)
		var order []int
		for i := range list {
			order = append(order, h.At(i))
			assert.Equal(t, i < len(want), h.Stays(h.At(i)), "%s: %d", source, h.At(i))
		}
		assert.Equal(t, want, order[:len(want)], source)
		assert.ElementsMatch(t, []int{0, 1, 2, 3, 4, 5, 6, 7, 8}, order, source)
	}
	for _, source := range []string{"", "udp 127.0.0.1:5140", "/var/log/envoy/c.log", "/var/log/envoy/ab.log", "/var/log/http2.log", "/", "."} {
		h := format.NewHome(source, list)
		for i := range list {
			assert.Equal(t, i, h.At(i), source)
			assert.True(t, h.Stays(i), source)
		}
	}
}
