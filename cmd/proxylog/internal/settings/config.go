// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package settings

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"slices"
	"strings"

	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/confmap/provider/envprovider"
	"go.opentelemetry.io/collector/confmap/provider/fileprovider"
	"go.opentelemetry.io/collector/confmap/provider/yamlprovider"
	"go.yaml.in/yaml/v3"

	"github.com/proxylog/proxylog/internal/decode"
)

// front is a component whose section --config takes.
type front struct {
	kind, name string
	// keys are those that say nothing of how lines are read. Any other that decode.Config does not know is a mistake, as it
	// is for the Collector.
	keys []string
}

func fronts() []front {
	return []front{
		{"receivers", "proxylog", []string{"file", "fluent", "http", "max_line_bytes", "storage", "syslog"}},
		{"processors", "proxylog", []string{"from"}},
		{"extensions", "proxylog_encoding", []string{"max_line_bytes"}},
	}
}

// section is a component in a Collector's configuration.
type section struct {
	front
	id      string // such as receivers::proxylog/edge
	content any
}

// load reads the settings of a component in the Collector's configuration.
func (f *Flags) load(ctx context.Context, cfg *decode.Config) error {
	s, err := f.section()
	if err != nil {
		return err
	}
	name := f.Config + ": " + s.id
	conf, err := expand(ctx, name, s.content)
	if err != nil {
		return err
	}
	for _, key := range s.keys {
		conf.Delete(key)
	}
	if err := conf.Unmarshal(cfg); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// section finds the receiver or processor proxylog, or the extension proxylog_encoding, that --component names, or the
// only one.
func (f *Flags) section() (section, error) {
	doc, err := f.document()
	if err != nil {
		return section{}, err
	}
	found := sections(doc, fronts()...)
	names := ids(found)
	if f.Component != "" {
		for _, s := range found {
			if s.id == f.Component || strings.HasSuffix(s.id, "::"+f.Component) {
				return s, nil
			}
		}
		return section{}, fmt.Errorf("--component: %s has no %s; it has %s", f.Config, f.Component, cmp.Or(strings.Join(names, ", "), "none at all"))
	}
	switch len(found) {
	case 0:
		return section{}, fmt.Errorf("--config: %s has no receiver proxylog, no processor proxylog and no extension proxylog_encoding", f.Config)
	case 1:
		return found[0], nil
	}
	return section{}, fmt.Errorf("--config: %s has several: choose one with --component %s", f.Config, strings.Join(names, "|"))
}

// document is the Collector's configuration as it stands in the file.
func (f *Flags) document() (map[string]any, error) {
	if f.doc != nil {
		return f.doc, nil
	}
	text, err := os.ReadFile(f.Config)
	if err != nil {
		return nil, fmt.Errorf("--config: %w", err)
	}
	var doc map[string]any
	if err := yaml.Unmarshal(text, &doc); err != nil {
		return nil, fmt.Errorf("--config: %s: %w", f.Config, err)
	}
	f.doc = doc
	return doc, nil
}

// Stitching is the section of session_stitch in the Collector's configuration; nil where it has none.
func (f *Flags) Stitching(ctx context.Context) (map[string]any, error) {
	if f.Config == "" {
		return nil, nil
	}
	doc, err := f.document()
	if err != nil {
		return nil, err
	}
	found := sections(doc, front{kind: "processors", name: "session_stitch"})
	switch len(found) {
	case 0:
		return nil, nil
	case 1:
		conf, err := expand(ctx, f.Config+": "+found[0].id, found[0].content)
		if err != nil {
			return nil, err
		}
		return conf.ToStringMap(), nil
	}
	return nil, fmt.Errorf("--config: %s has %s: leave one of them in a copy of the file", f.Config, strings.Join(ids(found), " and "))
}

func ids(list []section) []string {
	out := make([]string, len(list))
	for i := range list {
		out[i] = list[i].id
	}
	return out
}

// sections are the components of a configuration that are of a kind and name, in the order of their ids.
func sections(doc map[string]any, of ...front) []section {
	var out []section
	for _, f := range of {
		components, _ := doc[f.kind].(map[string]any)
		for id, content := range components {
			if id == f.name || strings.HasPrefix(id, f.name+"/") {
				out = append(out, section{f, f.kind + "::" + id, content})
			}
		}
	}
	slices.SortFunc(out, func(a, b section) int { return strings.Compare(a.id, b.id) })
	return out
}

// expand resolves ${env:…}, ${file:…} and $$ as the Collector does. Only this section: others may need providers that
// are not here.
func expand(ctx context.Context, name string, section any) (*confmap.Conf, error) {
	if section == nil {
		return confmap.New(), nil
	}
	text, err := yaml.Marshal(section)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	resolver, err := confmap.NewResolver(confmap.ResolverSettings{
		URIs: []string{"yaml:" + string(text)},
		ProviderFactories: []confmap.ProviderFactory{
			yamlprovider.NewFactory(), envprovider.NewFactory(), fileprovider.NewFactory(),
		},
		DefaultScheme: "env",
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	conf, err := resolver.Resolve(ctx)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return conf, resolver.Shutdown(ctx)
}
