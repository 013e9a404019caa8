// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package haproxy

import "github.com/proxylog/proxylog/internal/format/haproxy/cfg"

// ReadConfig reads what a haproxy.cfg says about logs: for each frontend its formats, the names of its captures, and
// where its lines go. The variables of its environment are those of this process. The error joins one *cfg.Error, with
// file, line and column, for each line that is wrong.
func ReadConfig(path string) (*cfg.File, error) { return cfg.Read(path, nil) }
