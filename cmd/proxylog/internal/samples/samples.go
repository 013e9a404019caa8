// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

// Package samples finds the real logs that come with the source: testdata/<format>/ok/*.log.
package samples

import (
	"errors"
	"os"
	"path/filepath"
)

// Find lists them, from the working directory, or from the folder above that of this program where it was built by
// make. The zone of their dates is UTC.
func Find() ([]string, error) {
	roots := []string{"."}
	if exe, err := os.Executable(); err == nil {
		roots = append(roots, filepath.Dir(filepath.Dir(exe)))
	}
	for _, root := range roots {
		files, err := filepath.Glob(filepath.Join(root, "testdata", "*", "ok", "*.log"))
		if err != nil {
			return nil, err
		}
		if len(files) > 0 {
			return files, nil
		}
	}
	return nil, errors.New("no FILE was named, and there are no samples here (testdata/*/ok/*.log): run it in the folder of the source, or name files")
}
