// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package squid_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/proxylog/proxylog/internal/format/formattest"
)

// TestHome: of logformats that look alike the file tells which one it is, also one that rotation has renamed, and behind a
// line of another log that somebody has put there, whose format reads all lines of both.
func TestHome(t *testing.T) {
	path := filepath.Join(t.TempDir(), "squid.conf")
	require.NoError(t, os.WriteFile(path, []byte("logformat a %ts.%03tu %>st %<st\nlogformat b %ts.%03tu %<st %>st\nlogformat c %ts.%03tu %sn %un\n"+
		"access_log daemon:/var/log/squid/a.log a\naccess_log stdio:/var/log/squid/b-${process_number}.log logformat=b\naccess_log /var/log/squid/c.log c\n"), 0o600))
	cfg := formattest.Config(t, "squid")
	cfg.Formats.Squid.ConfigFile = path
	const line, other = "1795304950.095 100 2000", "1795304950.095 100 bob"
	for source, sent := range map[string]int64{
		"/var/log/squid/a.log": 100, "/var/log/squid/a.log.0": 100, "/var/log/squid/b-1.log": 2000, "/mnt/b-2.log-20261123.gz": 2000,
	} {
		logs := formattest.RecordsOf(t, cfg, source, line, other, line)
		require.Equal(t, 3, logs.LogRecordCount())
		formattest.Each(logs, func(lr plog.LogRecord) {
			if lr.Body().Str() == line {
				got, _ := lr.Attributes().Get("proxy.client.bytes_sent")
				assert.Equal(t, sent, got.Int(), source)
			}
		})
	}
}
