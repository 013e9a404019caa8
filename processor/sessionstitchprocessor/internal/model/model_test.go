// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package model

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// The tables hold together: what one names the other has.
func TestModelsAreSound(t *testing.T) {
	for _, periodic := range []bool{false, true} {
		for _, m := range BuiltIn(Options{EnvoyPeriodic: periodic}) {
			t.Run(m.Name, func(t *testing.T) {
				counters := map[string]bool{}
				for _, c := range m.Counters {
					assert.NotEmpty(t, c.Out)
					assert.False(t, counters[c.Out], "%s twice", c.Out)
					counters[c.Out] = true
					// A total is split over outputs only if they say where they began.
					assert.Equal(t, c.Sum == Total, c.Baseline != "", c.Out)
				}
				assert.Less(t, len(m.Counters), 64)
				ends := map[string]bool{}
				for _, s := range m.Stages {
					assert.NotEmpty(t, s.When)
					assert.Equal(t, s.Class == Fold, s.Fold != nil)
					if s.Fold != nil {
						assert.True(t, counters[s.Fold.Count], s.Fold.Count)
						for _, to := range s.Fold.Union {
							assert.Equal(t, Union, m.Rules[to], to)
						}
					}
					ends[s.Family] = ends[s.Family] || s.End
				}
				for family, end := range ends {
					assert.True(t, end, "sessions of family %q never end", family)
					named := false
					for _, k := range m.Keys {
						named = named || k.Families == nil
						for _, f := range k.Families {
							named = named || f == family
						}
					}
					assert.True(t, named, "sessions of family %q have no key", family)
				}
			})
		}
	}
}
