// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

// Package session is one session: the parts seen of it, how they become one, and the record that comes out. It is
// pure: no clock, no input or output, no knowledge of other sessions.
//
// # Why the order of arrival does not matter
//
// A part is a State, the smallest one; joining is an operation on two states. Every field of a state is a join that is
// commutative, associative and idempotent, or a sum over a set of distinct parts:
//
//   - Parts are ordered by (class, event time, stage rank, hash of the content). Equal places mean equal content, so the
//     order is total. The class puts side records (class Fold) before all parts proper.
//   - An attribute under the rule newest or first is kept with the place of the part that brought it, and the greater or
//     smaller place wins; min, max and union need no place. The places are a small table in the state that attributes
//     point into, since nearly always one part owns nearly all.
//   - The start is a minimum; flags are a disjunction; the resource is an intersection; lists that are capped keep the k
//     smallest of a total order, and the k smallest of a union are the k smallest of the k smallest of its halves.
//   - A total is the value at the newest place that has one, together with the lowest point from which anybody counted.
//   - Deltas, the number of parts and the digest are sums over distinct parts. What makes them sums over a set is the
//     list of identities: a part whose identity is known adds nothing. Sums of what is not negative may saturate and
//     stay associative.
//
// # Identities and what is older
//
// Identities are kept for parts within the late window of the newest one, and at most maxIdentities of them, the newest.
// Behind that horizon a part cannot be told from its repetition. Where repeating would count twice (Exact models) such a
// part is not joined: it leaves as a record of its own, marked late. Elsewhere it is joined, which is idempotent but for
// the number of parts, which it leaves alone.
//
// # Several outputs of one key
//
// A release empties the state but for what later outputs need: identities, and for each counter the range that was
// counted. A later output counts what lies outside that range. A delta counts from zero again, since a delta belongs to
// one part and each part is in one output.
//
// # Outputs as parts
//
// A record that a stitcher wrote can be read again as a part: its identity is its uid, its counters and its number of
// parts add, its times widen. For this to give exactly what one stitcher would have written, the record says what the
// joined values alone do not: proxy.session.order holds the place of the newest part, and of the older ones that own an
// attribute; the uid holds the digest; and proxy.session.baseline.* say where a total's count began.
//
// The baseline makes the difference for totals. Two stitchers that each saw a prefix of a growing counter both counted
// from zero, and adding them would count the common prefix twice; while two outputs of one stitcher, the second with the
// first one's end as its baseline, do add up. So a total is a range [baseline, baseline + counted): ranges of all outputs
// are joined to their hull, and the second stitcher counts the hull less what it counted before. The value at the upper
// end is the counter's own, so the hull never claims what the session did not have. When a range turns out to begin below
// what has been counted already, the piece below leaves as a record of its own, marked late, so that every output has
// one range per counter.
package session
