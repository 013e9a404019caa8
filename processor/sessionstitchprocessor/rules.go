// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package sessionstitchprocessor

import (
	"fmt"

	"go.uber.org/zap"

	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/dict"
	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/model"
	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/rule"
	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/session"
	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/table"
)

// RuleConfig is a model of the user's own.
type RuleConfig struct {
	// Name is the model's name in telemetry and in the scope of its records.
	Name string `mapstructure:"name"`
	// Match is an OTTL condition: which records are of the rule.
	Match string `mapstructure:"match"`
	// Key is an OTTL value: what names the session of a record.
	Key string `mapstructure:"key"`
	// End is an OTTL condition: which record ends its session. Empty: silence does.
	End string `mapstructure:"end"`
	// Merge are the strategies by attribute: first, last, min, max, sum, union, count or concat; or a map of strategy,
	// limit and separator. An attribute that is not named has the newest value.
	Merge map[string]any `mapstructure:"merge"`

	Timing `mapstructure:",squash"`
}

// maxRules bounds the rules: each is tried for each record.
const maxRules = 32

// definition reads the merge strategies, each a name or a map.
func (c *RuleConfig) definition() (d rule.Definition, errs []error) {
	d = rule.Definition{Name: c.Name, Match: c.Match, Key: c.Key, End: c.End, Merge: map[string]rule.Merge{}}
	for key, v := range c.Merge {
		var m rule.Merge
		switch v := v.(type) {
		case string:
			m.Strategy = rule.Strategy(v)
		case map[string]any:
			for k, x := range v {
				ok := false
				switch k {
				case "strategy":
					var s string
					s, ok = x.(string)
					m.Strategy = rule.Strategy(s)
				case "limit":
					if m.Limit, ok = x.(int); ok && m.Limit == 0 {
						ok = false
					}
				case "separator":
					m.Separator, ok = x.(string)
				}
				if !ok {
					errs = append(errs, fmt.Errorf("merge::%s::%s: %v is not what strategy (a name), limit (a number above 0) or separator (a text) may be", key, k, x))
				}
			}
		default:
			errs = append(errs, fmt.Errorf("merge::%s: %v is neither the name of a strategy nor a map", key, v))
			continue
		}
		d.Merge[key] = m
	}
	return d, errs
}

// validateRules names every key of the rules that is wrong.
func (c *Config) validateRules() (errs []error) {
	if len(c.Rules) > maxRules {
		errs = append(errs, fmt.Errorf("rules: %d are more than %d", len(c.Rules), maxRules))
	}
	names := map[string]bool{}
	for _, m := range c.models() {
		names[m.name] = true
	}
	for i := range c.Rules {
		r := &c.Rules[i]
		path := fmt.Sprintf("rules[%d]::", i)
		switch {
		case !rule.ValidName(r.Name):
			errs = append(errs, fmt.Errorf("%sname: %q is no name: lower-case letters, digits and underscores, a letter first", path, r.Name))
		case names[r.Name] || r.Name == noModel:
			errs = append(errs, fmt.Errorf("%sname: there is another model %q", path, r.Name))
		}
		names[r.Name] = true
		d, wrong := r.definition()
		for _, err := range wrong {
			errs = append(errs, fmt.Errorf("%s%w", path, err))
		}
		missing := false
		for _, k := range [...]struct{ name, value string }{{"match", r.Match}, {"key", r.Key}} {
			if k.value == "" {
				errs = append(errs, fmt.Errorf("%s%s: is missing", path, k.name))
				missing = true
			}
		}
		if !missing {
			if _, err := rule.Compile(d, zap.NewNop()); err != nil {
				errs = append(errs, eachWithPath(path, err)...)
			}
		}
		if err := d.Validate(); err != nil {
			errs = append(errs, eachWithPath(path, err)...)
		}
		errs = append(errs, r.Timing.wrong(path)...)
	}
	return errs
}

// eachWithPath puts a path before each of the errors that were joined.
func eachWithPath(path string, err error) (list []error) {
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range many.Unwrap() {
			list = append(list, fmt.Errorf("%s%w", path, e))
		}
		return list
	}
	return []error{fmt.Errorf("%s%w", path, err)}
}

// compileRules makes the models of the rules.
func (c *Config) compileRules(d *dict.Dict, logger *zap.Logger) (list []table.Model, err error) {
	for i := range c.Rules {
		r := &c.Rules[i]
		def, wrong := r.definition()
		if len(wrong) > 0 {
			return nil, fmt.Errorf("rules[%d]::%w", i, wrong[0])
		}
		match, err := rule.Compile(def, logger)
		if err != nil {
			return nil, fmt.Errorf("rules[%d]::%w", i, err)
		}
		list = append(list, table.Model{
			Model: session.CompileRule(def.Model(), d, match), Timing: c.timing(&r.Timing, model.Timing{}),
			Timeline:   pick(r.Timeline, c.Timeline),
			EventClock: pick(r.Clock, c.Clock) == Event,
		})
	}
	return list, nil
}
