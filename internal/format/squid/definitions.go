// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package squid

import (
	"errors"
	"fmt"
	"strings"

	"github.com/proxylog/proxylog/internal/directive"
	"github.com/proxylog/proxylog/internal/format/squid/conf"
)

// definition is a logformat with its name.
type definition struct {
	name, text string
	builtin    bool
	from       *conf.Logformat // where a configuration file has it
	files      []string        // to which that writes it
}

func (def definition) compile() (*dialect, error) {
	d, err := compile(def.name, def.text, def.builtin)
	if err == nil {
		d.Files = def.files
	}
	var e *directive.PositionError
	if def.from != nil && errors.As(err, &e) {
		return nil, def.from.Fail(e.At, e.Err)
	}
	return d, err
}

// definitions are those of the logs that the file names, each once.
func definitions(f *conf.File) []definition {
	var out []definition
	seen := map[string]bool{}
	for i := range f.Logs {
		if name := f.Logs[i].Format; !seen[name] {
			seen[name] = true
			out = append(out, defined(f, name))
		}
	}
	return out
}

// defined is the definition of a name: the file's, else the built-in; without text where there is neither.
func defined(f *conf.File, name string) definition {
	if f != nil {
		for i := range f.Formats {
			if l := &f.Formats[i]; l.Name == name {
				return definition{name: name, text: l.Definition, from: l, files: written(f, name)}
			}
		}
	}
	for _, b := range builtins {
		if name == b.name {
			return definition{name: name, text: b.definition, builtin: true, files: written(f, name)}
		}
	}
	return definition{}
}

// written are the files to which logs with the format are written.
func written(f *conf.File, name string) (files []string) {
	if f == nil {
		return nil
	}
	for i := range f.Logs {
		if l := &f.Logs[i]; l.Format == name && (l.Module == "stdio" || l.Module == "daemon") {
			files = append(files, l.Place)
		}
	}
	return files
}

// resolve turns an entry of logformat into definitions: the name of a built-in or of a logformat of the file, the text of
// a definition, or lines of squid.conf that begin with logformat.
func resolve(entry string, i int, file *conf.File) ([]definition, error) {
	if def := defined(file, strings.TrimSpace(entry)); def.text != "" {
		return []definition{def}, nil
	}
	var out []definition
	for _, line := range conf.Lines(entry) {
		def, err := define(line, fmt.Sprintf("logformat[%d]", i), file)
		if err != nil {
			return nil, err
		}
		out = append(out, def)
	}
	if len(out) == 0 {
		return nil, errors.New("it is empty")
	}
	return out, nil
}

// define is the definition of a line, with or without logformat and a name before it; name is its name where it has none.
func define(line, name string, file *conf.File) (definition, error) {
	def := definition{name: name, text: line}
	if !strings.Contains(line, "%") {
		return def, fmt.Errorf("%q is neither a built-in (%s) nor a logformat: it has no codes", line, known(file))
	}
	if rest, ok := strings.CutPrefix(line, "logformat"); ok && rest != "" && (rest[0] == ' ' || rest[0] == '\t') {
		rest = strings.TrimLeft(rest, " \t")
		k := strings.IndexAny(rest, " \t")
		if k < 0 {
			return def, fmt.Errorf("%q has no definition behind the name", line)
		}
		def.name, def.text = rest[:k], strings.TrimLeft(rest[k:], " \t")
	}
	for _, b := range builtins {
		def.builtin = def.builtin || def.name == b.name && (def.text == b.definition || def.text == withoutIdent(b.definition))
	}
	return def, nil
}

// known lists the names of formats.
func known(file *conf.File) string {
	var names []string
	for _, b := range builtins {
		names = append(names, b.name)
	}
	if file != nil {
		for i := range file.Formats {
			names = append(names, file.Formats[i].Name)
		}
	}
	return strings.Join(names, ", ")
}
