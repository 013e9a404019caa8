// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package session

import (
	"slices"
	"strconv"
	"strings"

	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/model"
)

// The attribute proxy.session.order: places, separated by semicolons, the newest first; behind each but the first the
// names of what it owns. A place is class, rank, hash (hexadecimal) and time, with dots between; the time is left out
// where it is the record's.
//
//	2.4.9f3a77c2d01b44aa;2.1.5b01c3d4e5f60718.1795304701000000000=user.name,@trace_id

// orderName is the name of an attribute in the list: what means something there is escaped, an @ at the beginning too,
// which stands for what a record has beside its attributes. A name without a character is an escape of nothing.
func orderName(name string) string {
	if name == "" {
		return "%"
	}
	if !strings.ContainsAny(name, "%,;=") && !strings.HasPrefix(name, "@") {
		return name
	}
	b := make([]byte, 0, len(name)+6)
	for i := range len(name) {
		if c := name[i]; strings.IndexByte("%,;=", c) >= 0 || c == '@' && i == 0 {
			b = append(b, '%', "0123456789ABCDEF"[c>>4], "0123456789ABCDEF"[c&15])
		} else {
			b = append(b, c)
		}
	}
	return string(b)
}

// formatOrder writes the places of a state whose record has the given time.
func (s *State) formatOrder(m *Model, end int64) string {
	b := make([]byte, 0, 48)
	for i, o := range s.Orders {
		if i > 0 {
			b = append(b, ';')
		}
		b = strconv.AppendUint(b, uint64(o.Class), 10)
		b = strconv.AppendUint(append(b, '.'), uint64(o.Rank), 10)
		b = strconv.AppendUint(append(b, '.'), o.Hash, 16)
		if o.Time != end {
			b = strconv.AppendInt(append(b, '.'), o.Time, 10)
		}
		if i == 0 {
			continue
		}
		sep := byte('=')
		for _, name := range s.namesOf(m, uint16(i)) {
			b = append(append(b, sep), name...)
			sep = ','
		}
	}
	return string(b)
}

// namesOf are the names of what the part at a place owns, sorted.
func (s *State) namesOf(m *Model, owner uint16) (names []string) {
	for i := range s.Attrs {
		switch a := &s.Attrs[i]; {
		case a.Owner != owner:
		case m.isHeader(a):
			names = append(names, m.attrName(a))
		default:
			names = append(names, orderName(m.attrName(a)))
		}
	}
	for i := range s.Counters {
		if c := &s.Counters[i]; c.Set && c.Owner == owner {
			names = append(names, m.Counters[c.Index].Out)
		}
	}
	slices.Sort(names)
	return names
}

// owned is an attribute that comes from an older part.
type owned struct {
	name  string
	owner uint16
}

// maxPlaces is how many places the attribute may have; no session has more attributes and counters that own one.
const maxPlaces = 2 * maxAttrs

// parseOrder reads what formatOrder wrote; false when it is nothing of the kind.
func parseOrder(text string, end int64, orders []Order, names []owned) ([]Order, []owned, bool) {
	for i, place := range strings.Split(text, ";") {
		if i >= maxPlaces {
			return orders, names, false
		}
		place, list, _ := strings.Cut(place, "=")
		f := strings.Split(place, ".")
		if len(f) != 3 && len(f) != 4 {
			return orders, names, false
		}
		class, err1 := strconv.ParseUint(f[0], 10, 8)
		rank, err2 := strconv.ParseUint(f[1], 10, 8)
		hash, err3 := strconv.ParseUint(f[2], 16, 64)
		o := Order{Class: model.Class(class), Rank: uint8(rank), Hash: hash, Time: end}
		var err4 error
		if len(f) == 4 {
			o.Time, err4 = strconv.ParseInt(f[3], 10, 64)
		}
		if err1 != nil || err2 != nil || err3 != nil || err4 != nil || o.Class > model.Main {
			return orders, names, false
		}
		orders = append(orders, o)
		if list == "" {
			continue
		}
		for name := range strings.SplitSeq(list, ",") {
			names = append(names, owned{name: name, owner: uint16(i)})
		}
	}
	return orders, names, true
}
