// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package rule

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/proxylog/proxylog/internal/attr"
	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/dict"
	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/model"
	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/session"
)

const (
	// maxCounters bounds sum and count of one rule; each sum takes two of the state's counters.
	maxCounters = 30
	// maxLimit bounds the values of one list.
	maxLimit = 256
	// maxMerges bounds the attributes that a rule names, maxName their names, in bytes.
	maxMerges = 128
	maxName   = dict.MaxKeyLen
)

// reserved attributes are the stitcher's own.
var reserved = [...]string{attr.ProxyStartTime, attr.ProxyDuration, attr.LogRecordUID, attr.EncodingFormat, attr.EventName}

// Validate names every strategy that is wrong.
func (d *Definition) Validate() error {
	var errs []error
	fail := func(key, format string, args ...any) {
		errs = append(errs, fmt.Errorf("merge::%s: %s", key, fmt.Sprintf(format, args...)))
	}
	counters := 0
	for _, key := range slices.Sorted(maps.Keys(d.Merge)) {
		m := d.Merge[key]
		switch {
		case len(key) > maxName:
			fail(key[:maxName], "the name is longer than %d bytes", maxName)
		case session.IsHeader(key):
			fail(key, "the stitcher keeps something of its own under this name")
		case key == "" || strings.HasPrefix(key, "proxy.session.") || slices.Contains(reserved[:], key):
			fail(key, "the stitcher writes this attribute itself")
		}
		if !slices.Contains(strategies(), m.Strategy) {
			fail(key, "%q is none of %s", m.Strategy, names())
			continue
		}
		lists := m.Strategy == Union || m.Strategy == Concat
		if m.Limit < 0 || m.Limit > maxLimit {
			fail(key, "limit: %d is not between 1 and %d", m.Limit, maxLimit)
		} else if m.Limit != 0 && !lists {
			fail(key, "limit: only union and concat have one")
		}
		if m.Separator != "" && m.Strategy != Concat {
			fail(key, "separator: only concat has one")
		}
		if m.Strategy == Sum || m.Strategy == Count {
			counters++
		}
	}
	if counters > maxCounters {
		errs = append(errs, fmt.Errorf("merge: %d sums and counts are more than %d", counters, maxCounters))
	}
	if len(d.Merge) > maxMerges {
		errs = append(errs, fmt.Errorf("merge: %d attributes are more than %d", len(d.Merge), maxMerges))
	}
	return errors.Join(errs...)
}

func names() string {
	list := make([]string, 0, len(strategies()))
	for _, s := range strategies() {
		list = append(list, string(s))
	}
	return strings.Join(list, ", ")
}

// defaultSeparator stands between the texts of concat.
const defaultSeparator = " "

// Model is the rule as data. A rule that sums or counts is exact: what is too old to be known as a repetition leaves on
// its own.
func (d *Definition) Model() *model.Model {
	m := &model.Model{
		Name: d.Name, Format: d.Name,
		Stages:     []model.Stage{{Class: model.Main, Rank: 1}, {Class: model.Main, Rank: 2, End: true}},
		Rules:      map[string]model.Rule{},
		Joins:      map[string]model.Join{},
		Conditions: []string{d.Match, d.Key, d.End},
	}
	for _, key := range slices.Sorted(maps.Keys(d.Merge)) {
		x := d.Merge[key]
		switch x.Strategy {
		case First:
			m.Rules[key] = model.First
		case Min:
			m.Rules[key] = model.Min
		case Max:
			m.Rules[key] = model.Max
		case Union:
			m.Rules[key] = model.Union
			m.Joins[key] = model.Join{Limit: x.Limit}
		case Concat:
			m.Rules[key] = model.Concat
			separator := x.Separator
			if separator == "" {
				separator = defaultSeparator
			}
			m.Joins[key] = model.Join{Limit: x.Limit, Separator: separator}
		case Sum:
			m.Exact = true
			m.Counters = append(m.Counters, model.Counter{In: key, Out: key}, model.Counter{Out: key, Billionths: true})
		case Count:
			m.Exact = true
			m.Counters = append(m.Counters, model.Counter{In: key, Out: key, Any: true})
		}
	}
	return m
}
