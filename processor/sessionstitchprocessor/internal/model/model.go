// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

// Package model describes how the records of each format make sessions, as data: what names the session, what makes a
// record a part, how each attribute is merged, what ends a session, in which order parts of one moment stand. The
// engine that reads these tables knows no format.
package model

import (
	"encoding/json"
	"time"

	"github.com/cespare/xxhash/v2"
)

// Rule is how the values that several parts have for one attribute become one. Every rule gives the same result in any
// order and grouping of the parts.
type Rule uint8

const (
	// Newest takes the value of the newest part that has the attribute. It is the rule of attributes without one.
	Newest Rule = iota
	// First takes the value of the oldest part that has it.
	First
	// Min and Max take the smallest or largest number.
	Min
	Max
	// Union takes the set of the distinct values, sorted and bounded.
	Union
	// Concat takes the texts of all parts in the order of their times, bounded; how they are joined is in Joins.
	Concat
	// Drop leaves the attribute out: the stitcher computes it itself, or it says nothing about a session.
	Drop
)

// Placeless says that the rule looks at values only, and not at the places of the parts that they come from.
func (r Rule) Placeless() bool { return r == Union || r == Min || r == Max || r == Concat }

// Sum says how the values of a counter add up.
type Sum uint8

const (
	// Delta is added: each part counts what happened since the one before.
	Delta Sum = iota
	// Total is the count since the start of the session: the newest value holds.
	Total
)

// Counter is a number that the records of a session count up, of which every output counts a share.
type Counter struct {
	// In is the attribute of the parts that holds it; empty for one that the stitcher counts itself.
	In string
	// Out is the attribute of the output.
	Out string
	// Baseline is the attribute of the output that says how much earlier outputs counted; totals only.
	Baseline string
	Sum      Sum
	// Any counts the parts that have In, whatever its value.
	Any bool `json:",omitempty"`
	// Billionths says that the counter holds what the one before it leaves of numbers that are not whole.
	Billionths bool `json:",omitempty"`
}

// Link names a connection by both of its sockets, in the same way at both ends: From opened it, To accepted it. Each is
// the attributes of an address and a port, or of both in one text.
type Link struct {
	// Out is the attribute of the output.
	Out      string
	From, To []string
}

// Join bounds a list of values.
type Join struct {
	// Limit is how many values are kept; 0: 32.
	Limit int
	// Separator stands between the texts of a Concat.
	Separator string
}

// Match is a condition on a record: the attribute, or the EventName where Attr is empty, has one of the values. No
// values: it is absent.
type Match struct {
	Attr   string
	Values []string
}

// Class is what a record is to its session.
type Class uint8

const (
	// Pass is a record that belongs to no session.
	Pass Class = iota
	// Fold is a side record: it is counted and some of its values are collected, but it says nothing about the
	// session's time and end, and its attributes only stand in where no part proper has them.
	Fold
	// Main is a part proper.
	Main
)

// Stage tells a kind of record from the others of its model.
type Stage struct {
	// When must hold all together; the first stage that fits is taken.
	When  []Match
	Class Class
	// Rank orders parts of the same moment.
	Rank uint8
	// End says that the session is over with this record.
	End bool
	// Family keeps sessions apart that share key values.
	Family string
	Fold   *Collect
}

// Collect is what a side record leaves in its session.
type Collect struct {
	// Count is the counter (its Out) that it adds one to.
	Count string
	// Union maps attributes of the record to attributes of the session that collect their distinct values.
	Union map[string]string
	// Keep are the attributes that stand in until a part proper has them.
	Keep []string
}

// Key is one way to name a session.
type Key struct {
	// Families it is for; nil: all.
	Families []string
	// Need must all be present; of Any, at least one, unless it is empty.
	Need, Any []string
	// Also join the key where present; Resource are attributes of the resource.
	Also, Resource []string
	// Without must all be absent.
	Without []string `json:",omitempty"`
	// Approximate says that two sessions may share such a key.
	Approximate bool
}

// Timing is when sessions are released and how long they are remembered. Zero is off.
type Timing struct {
	// Idle is how long a session may go without a new part.
	Idle time.Duration
	// Lifetime is how long it may stay open at all.
	Lifetime time.Duration
	// Linger is how long it waits for stragglers after its end.
	Linger time.Duration
	// Late is how long a released key is remembered, and how far behind its session's newest part a part may be.
	Late time.Duration
	// Progress is how often an open session is reported.
	Progress time.Duration
}

// Model is how the records of one format make sessions.
type Model struct {
	// Name is the model's name in configuration and telemetry.
	Name string
	// Type is the value of proxy.type of its records.
	Type string
	// Format is what follows the module in the scope's name.
	Format string
	Stages []Stage
	// Keys are tried in order.
	Keys []Key
	// Identity are the attributes that make two records the same part, beside the key; nil: all of them and the time.
	Identity []string
	// Exact says that a part too old to be known as a repetition leaves on its own, because adding it could count it
	// twice. Otherwise it is merged, since merging it twice changes nothing.
	Exact    bool
	Counters []Counter
	Rules    map[string]Rule
	// Joins are for attributes whose rule is Union or Concat.
	Joins map[string]Join `json:",omitempty"`
	// Conditions are those of a user's rule (match, key, end), which tells its records by them instead of by Stages' When
	// and by Keys. Its Stages are a part and an end.
	Conditions []string `json:",omitempty"`
	// Sampled says that the log has only some of the records, so that no total is exact.
	Sampled bool `json:"-"`
	// Links are the connections that the outputs name.
	Links []Link `json:"-"`
	// Time is an attribute with the time of a record that has no duration; empty: the record's own time.
	Time string
	// Anchored says that records without a duration stand at the start of the session, because their own time is too
	// coarse to order by.
	Anchored bool
	// Timeline are the attributes that an entry of the timeline shows beside its time and event.
	Timeline []string
	Defaults Timing
}

// Fingerprint names the definition of the model, without its defaults: state that was written with one definition cannot
// be read with another.
func (m *Model) Fingerprint() uint32 {
	definition := *m
	definition.Defaults = Timing{}
	b, err := json.Marshal(&definition)
	if err != nil {
		panic(err) // there is nothing in a model that has no JSON
	}
	return uint32(xxhash.Sum64(b))
}

// Options change a built-in model.
type Options struct {
	// EdgeOneSampled says that EdgeOne logs a sample, which its entries do not show.
	EdgeOneSampled bool
	// EnvoyPeriodic joins Envoy's lines that do not say their type.
	EnvoyPeriodic bool
	// G3ProxyLinks names the connections of g3proxy's tasks, so that those of chained proxies can be found.
	G3ProxyLinks bool
}

// BuiltIn are the models of the five formats.
func BuiltIn(o Options) []*Model {
	return []*Model{EdgeOne(o.EdgeOneSampled), Envoy(o.EnvoyPeriodic), G3Proxy(o.G3ProxyLinks), HAProxy(), Squid()}
}
