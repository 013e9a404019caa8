// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package envoy_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/proxylog/proxylog/internal/format/formattest"
)

// lookalikes are two texts and two JSON maps in files of their own, each two alike but for what the values mean; and a text
// and a map that read all lines of these and others too.
const lookalikes = `
access_log:
- {typed_config: {"@type": a.FileAccessLog, path: /var/log/a.log, log_format: {text_format: "%START_TIME% %BYTES_SENT% %BYTES_RECEIVED%\n"}}}
- {typed_config: {"@type": a.FileAccessLog, path: /var/log/b.log, log_format: {text_format: "%START_TIME% %BYTES_RECEIVED% %BYTES_SENT%\n"}}}
- {typed_config: {"@type": a.FileAccessLog, path: /var/log/c.log, log_format: {json_format: {t: "%START_TIME%", x: "%BYTES_SENT%", y: "%BYTES_RECEIVED%"}}}}
- {typed_config: {"@type": a.FileAccessLog, path: /var/log/d.log, log_format: {json_format: {t: "%START_TIME%", y: "%BYTES_SENT%", x: "%BYTES_RECEIVED%"}}}}
- {typed_config: {"@type": a.FileAccessLog, path: /var/log/e.log, log_format: {text_format: "%START_TIME% %DURATION% %REQ(X-A)%\n"}}}
- {typed_config: {"@type": a.FileAccessLog, path: /var/log/f.log, log_format: {json_format: {t: "%START_TIME%", x: "%DURATION%", y: "%CONNECTION_ID%", z: "%REQ(X-A)%"}}}}
`

// TestHome: of formats that look alike the file tells which one it is, also behind a line of another log that somebody has
// put there.
func TestHome(t *testing.T) {
	path := filepath.Join(t.TempDir(), "envoy.yaml")
	require.NoError(t, os.WriteFile(path, []byte(lookalikes), 0o600))
	cfg := config()
	cfg.Formats.Envoy.ConfigFile = path
	const (
		text, object           = `2026-11-23T03:00:00.000Z 1 2`, `{"t":"2026-11-23T03:00:00.000Z","x":1,"y":2}`
		otherText, otherObject = `2026-11-23T03:00:00.000Z 1 a`, `{"t":"2026-11-23T03:00:00.000Z","x":1,"y":2,"z":"a"}`
	)
	for source, sent := range map[string]int64{
		"/var/log/a.log": 1, "/var/log/b.log": 2, "/mnt/c.log.1": 1, "/mnt/d.log-20261123.gz": 2,
	} {
		line, other := text, otherText
		if strings.HasPrefix(source, "/mnt/") {
			line, other = object, otherObject
		}
		logs := formattest.RecordsOf(t, cfg, source, line, other, line)
		require.Equal(t, 3, logs.LogRecordCount())
		formattest.Each(logs, func(lr plog.LogRecord) {
			if lr.Body().Str() == line {
				got, _ := lr.Attributes().Get("proxy.client.bytes_received")
				assert.Equal(t, sent, got.Int(), source)
			}
		})
	}
}
