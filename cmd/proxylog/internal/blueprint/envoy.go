// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package blueprint

import (
	"fmt"
	"strings"

	"github.com/proxylog/proxylog/internal/format/envoy/bootstrap"
)

// envoy reads Envoy's configuration, or Istio's mesh configuration.
func (b *Blueprint) envoy(path string) error {
	f, err := bootstrap.Read(path)
	if err != nil && (f == nil || len(f.Logs) == 0) {
		return err
	}
	if err != nil {
		b.note("%s", strings.ReplaceAll(err.Error(), "\n", "; "))
	}
	for i := range f.Logs {
		l := &f.Logs[i]
		where := fmt.Sprintf("%s: %s", path, l.Where)
		if l.Format != "" {
			b.dialect(l.Format, where)
		}
		if strings.Contains(l.Format, "ACCESS_LOG_TYPE") {
			b.Stitch = "joins the lines of a connection or request that is logged more than once, by %ACCESS_LOG_TYPE%"
		}
		switch l.Sink {
		case bootstrap.SinkFile:
			b.file(l.Path, "as "+l.Where+" says")
		case bootstrap.SinkStdout, bootstrap.SinkStderr:
			name := "envoy"
			if l.Listener == "" && l.Filter == "" {
				name = "istio-proxy"
			}
			b.container(name)
		case bootstrap.SinkOTLP:
			b.OTLP = true
			b.note("%s sends records over OTLP: point its cluster to this Collector's port 4317", where)
		case bootstrap.SinkOther:
			b.note("%s: %s writes no lines, and is left out", where, l.Logger)
		}
	}
	b.fallback("add an access log of type envoy.extensions.access_loggers.file.v3.FileAccessLog")
	return nil
}
