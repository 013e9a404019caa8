// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package collector

// files is the part of a receiver's configuration that all candidates have in common: the files, from their beginning.
func files(pattern string) map[string]any {
	return map[string]any{"include": []string{pattern}, "start_at": "beginning"}
}

// Proxylog is our receiver over files, with the settings given besides.
func Proxylog(pattern string, settings map[string]any) Pipeline {
	config := map[string]any{"file": files(pattern)}
	for k, v := range settings {
		config[k] = v
	}
	return Pipeline{Receiver: "proxylog", Config: config}
}

// FileLog is file_log over files with a list of operators, which may be empty.
func FileLog(pattern string, operators []map[string]any, processors ...Processor) Pipeline {
	config := files(pattern)
	if len(operators) > 0 {
		config["operators"] = operators
	}
	return Pipeline{Receiver: "file_log", Config: config, Processors: processors}
}
