// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package session

import "github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/model"

// count is what this output counts, and from where a total's count begins, so that the two add up to the total.
func (c *Counter) count(sum model.Sum) (base, n int64) {
	switch {
	case sum == model.Delta:
		return 0, c.Hi
	case !c.Counted:
		return c.Lo, max(c.Hi-c.Lo, 0)
	default:
		base = min(c.CountedHi, c.Hi)
		return base, c.Hi - base
	}
}

// wentBack says that a newer part had a smaller total than what was counted already.
func (c *Counter) wentBack(s *State) bool {
	return c.Owner != noOwner && c.Counted && c.Hi < c.CountedHi && s.Orders[c.Owner].Time > s.Before
}

// Below splits off what lies below the ranges that were counted already: the state of a record of its own, with what
// this output's ranges add at their lower ends. False when there is nothing.
func (s *State) Below(m *Model, dst *State) bool {
	dst.Reset()
	for _, c := range s.Counters {
		if m.Counters[c.Index].Sum != model.Total || !c.Set || !c.Counted || c.Lo >= c.CountedLo {
			continue
		}
		dst.Counters = append(dst.Counters, Counter{Index: c.Index, Set: true, Lo: c.Lo, Hi: c.CountedLo})
		dst.Digest = dst.Digest.plus(Digest{Hi: mix(uint64(c.Lo) ^ uint64(c.Index)), Lo: mix(uint64(c.CountedLo))})
	}
	if len(dst.Counters) == 0 {
		return false
	}
	dst.Flags, dst.Start, dst.Newest, dst.Before, dst.Outputs = s.Flags, s.Start, s.Newest, s.Before, s.Outputs
	// Its values hold nowhere but at its own lower end: its place is before all parts.
	dst.Orders = append(dst.Orders[:0], Order{Class: model.Pass, Time: s.Before})
	dst.Attrs = append(dst.Attrs[:0], s.Attrs...)
	for i := range dst.Attrs {
		if dst.Attrs[i].Owner != noOwner {
			dst.Attrs[i].Owner = 0
		}
	}
	dst.Resource = s.Resource
	return true
}
