// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package report

import (
	"bufio"
	"errors"
	"fmt"
	"io"

	"go.opentelemetry.io/collector/pdata/plog"
)

// ReadOTLP reads what the Collector's file exporter writes, an OTLP JSON document in each line, and hands each to fn.
func ReadOTLP(r io.Reader, fn func(plog.Logs)) error {
	br := bufio.NewReaderSize(r, 1<<20)
	var dec plog.JSONUnmarshaler
	for n := 1; ; n++ {
		line, err := br.ReadBytes('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("reading the Collector's records: %w", err)
		}
		if len(line) > 1 {
			logs, jsonErr := dec.UnmarshalLogs(line)
			if jsonErr != nil {
				return fmt.Errorf("reading the Collector's records: line %d: %w", n, jsonErr)
			}
			fn(logs)
		}
		if err != nil {
			return nil
		}
	}
}
