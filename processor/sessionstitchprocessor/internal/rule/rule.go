// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

// Package rule makes models of a user's rules: conditions and keys in OTTL, and a merge strategy for each attribute.
package rule

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/ottl"
	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/ottl/contexts/ottllog"
	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/ottl/ottlfuncs"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.uber.org/zap"

	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/session"
)

// Definition is a rule as the user writes it.
type Definition struct {
	// Name is that of the model.
	Name string
	// Match and End are OTTL conditions; an empty End: the session ends by silence only. Key is an OTTL value.
	Match, Key, End string
	// Merge are the strategies by attribute.
	Merge map[string]Merge
}

// Merge is how the values of an attribute become one.
type Merge struct {
	Strategy Strategy
	// Limit is how many values union and concat keep; 0: 32.
	Limit int
	// Separator stands between the texts of concat.
	Separator string
}

// Strategy names a way to merge.
type Strategy string

// The strategies.
const (
	First  Strategy = "first"
	Last   Strategy = "last"
	Min    Strategy = "min"
	Max    Strategy = "max"
	Sum    Strategy = "sum"
	Union  Strategy = "union"
	Count  Strategy = "count"
	Concat Strategy = "concat"
)

// strategies are all of them.
func strategies() []Strategy { return []Strategy{First, Last, Min, Max, Sum, Union, Count, Concat} }

// Matcher evaluates a rule's conditions. It is safe for concurrent use.
type Matcher struct {
	name       string
	logger     *zap.Logger
	match, end *ottl.Condition[*ottllog.TransformContext]
	key        *ottl.ValueExpression[*ottllog.TransformContext]
}

// Compile reads the conditions. The error names each key of the definition that is wrong.
func Compile(d Definition, logger *zap.Logger) (*Matcher, error) {
	set := component.TelemetrySettings{Logger: logger}
	// Paths may name their context (log.attributes) or leave it to be this one (attributes).
	parser, err := ottllog.NewParser(ottlfuncs.StandardConverters[*ottllog.TransformContext](), set, ottllog.EnablePathContextNames())
	if err != nil {
		return nil, err
	}
	m := &Matcher{name: d.Name, logger: logger}
	collection, err := ottl.NewParserCollection(set, ottl.WithParserCollectionContext(ottllog.ContextName, &parser,
		ottl.WithConditionConverter(func(_ *ottl.ParserCollection[parsed], _ ottl.ConditionsGetter, c []*ottl.Condition[*ottllog.TransformContext]) (parsed, error) {
			return parsed{condition: c[0]}, nil
		}),
		ottl.WithValueExpressionConverter(func(_ *ottl.ParserCollection[parsed], _ ottl.ValueExpressionsGetter, v []*ottl.ValueExpression[*ottllog.TransformContext]) (parsed, error) {
			return parsed{value: v[0]}, nil
		}),
	))
	if err != nil {
		return nil, err
	}
	condition := func(key, text string) (*ottl.Condition[*ottllog.TransformContext], error) {
		p, err := collection.ParseConditionsWithContext(ottllog.ContextName, ottl.NewConditionsGetter([]string{text}), true)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", key, err)
		}
		return p.condition, nil
	}
	var errs []error
	if m.match, err = condition("match", d.Match); err != nil {
		errs = append(errs, err)
	}
	if d.End != "" {
		if m.end, err = condition("end", d.End); err != nil {
			errs = append(errs, err)
		}
	}
	p, err := collection.ParseValueExpressionsWithContext(ottllog.ContextName, ottl.NewValueExpressionsGetter([]string{d.Key}), true)
	if err != nil {
		errs = append(errs, fmt.Errorf("key: %w", err))
	}
	m.key = p.value
	return m, errors.Join(errs...)
}

// parsed is what the parser gives for one text.
type parsed struct {
	condition *ottl.Condition[*ottllog.TransformContext]
	value     *ottl.ValueExpression[*ottllog.TransformContext]
}

// Match gives the session's name and whether the record ends it. A record that a condition fails on, or whose key is
// nothing, is none of the rule's.
func (m *Matcher) Match(rl plog.ResourceLogs, sl plog.ScopeLogs, rec plog.LogRecord) (key string, end, ok bool) {
	ctx := context.Background()
	tc := ottllog.NewTransformContextPtr(rl, sl, rec)
	defer tc.Close()
	if ok, err := m.match.Eval(ctx, tc); err != nil || !ok {
		return m.no("match", err)
	}
	v, err := m.key.Eval(ctx, tc)
	if err != nil {
		return m.no("key", err)
	}
	if key, ok = text(v); !ok || key == "" {
		return m.no("key", nil)
	}
	if m.end != nil {
		if end, err = m.end.Eval(ctx, tc); err != nil {
			return m.no("end", err)
		}
	}
	return key, end, true
}

func (m *Matcher) no(what string, err error) (key string, end, ok bool) {
	if err != nil {
		m.logger.Debug("A rule cannot be evaluated for a record, which passes", zap.String("rule", m.name), zap.String("key", what), zap.Error(err))
	}
	return "", false, false
}

// text is a key's value as text; false for nothing.
func text(v any) (string, bool) {
	switch v := v.(type) {
	case nil:
		return "", false
	case string:
		return v, true
	case int64:
		return strconv.FormatInt(v, 10), true
	case bool:
		return strconv.FormatBool(v), true
	case pcommon.Value:
		return session.TextOf(v), v.Type() != pcommon.ValueTypeEmpty
	case fmt.Stringer: // trace and span ids
		return v.String(), true
	}
	x := pcommon.NewValueEmpty()
	switch v := v.(type) {
	case pcommon.Map:
		v.CopyTo(x.SetEmptyMap())
	case pcommon.Slice:
		v.CopyTo(x.SetEmptySlice())
	default:
		if err := x.FromRaw(v); err != nil {
			return "", false
		}
	}
	return session.TextOf(x), true
}

// ValidName says whether a name can be that of a model: lower-case letters, digits and underscores, a letter first.
func ValidName(name string) bool {
	return name != "" && len(name) <= 64 && name[0] >= 'a' && name[0] <= 'z' &&
		strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789_") == ""
}
