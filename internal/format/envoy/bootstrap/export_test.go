// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package bootstrap

// Formats are the formats of the logs that write lines or records, each once, in the order of the file.
func (f *File) Formats() []string {
	var out []string
	seen := map[string]bool{"": true}
	for i := range f.Logs {
		if l := &f.Logs[i]; !seen[l.Format] {
			seen[l.Format] = true
			out = append(out, l.Format)
		}
	}
	return out
}
