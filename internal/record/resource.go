// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package record

// resource is what identifies the proxy of the record under way. Mostly it is that of the record before, so that there is
// nothing to write down but how much of it has been repeated.
type resource struct {
	before []KV // of the record before
	same   int  // how many of them the record has in the same order; -1 once it has another
	other  []KV // of a record that has another
}

func (r *resource) begin() { r.same = 0 }

func (r *resource) add(key, str string, n int64, isInt bool) {
	if r.same >= 0 && r.same < len(r.before) {
		kv := &r.before[r.same]
		if sameKey(kv.Key, key) && kv.Int == n && kv.IsInt == isInt && kv.Str == str {
			r.same++
			return
		}
	}
	if r.same >= 0 {
		r.other, r.same = append(r.other[:0], r.before[:r.same]...), -1
	}
	r.other = append(r.other, KV{Key: key, Str: str, Int: n, IsInt: isInt})
}

// repeated reports whether it is that of the record before.
func (r *resource) repeated() bool { return r.same == len(r.before) }

// settle is all of it, valid until the next record.
func (r *resource) settle() []KV {
	switch {
	case r.same < 0:
		r.before, r.other = r.other, r.before
	case r.same < len(r.before):
		r.before = r.before[:r.same]
	}
	return r.before
}

// forget lets go of the texts.
func (r *resource) forget() {
	clear(r.before)
	clear(r.other)
	r.before, r.other = r.before[:0], r.other[:0]
}
