// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package session

import (
	"encoding/binary"
	"encoding/hex"
	"math/bits"
)

// mix spreads the bits of x: the finalizer of splitmix64 (Steele, Lea and Flood, 2014).
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// Key names a session: a hash of its model and of the values of its key attributes, the same in every process.
type Key struct{ Hi, Lo uint64 }

// Digest names a set of parts: the sum of their identities' hashes, modulo 2^128. A sum, so that the digest of a set
// is that of its halves, in whatever order and on whichever stitcher they were seen.
type Digest struct{ Hi, Lo uint64 }

func (d Digest) plus(o Digest) Digest {
	lo, carry := bits.Add64(d.Lo, o.Lo, 0)
	hi, _ := bits.Add64(d.Hi, o.Hi, carry)
	return Digest{Hi: hi, Lo: lo}
}

func (d Digest) minus(o Digest) Digest {
	lo, borrow := bits.Sub64(d.Lo, o.Lo, 0)
	hi, _ := bits.Sub64(d.Hi, o.Hi, borrow)
	return Digest{Hi: hi, Lo: lo}
}

// digestOf is the digest of one part of a session.
func digestOf(k Key, id uint64) Digest {
	return Digest{Hi: mix(id ^ k.Hi), Lo: mix(mix(id) ^ k.Lo)}
}

// salt is what the uid of a session's record adds to the digest of the parts it covers.
func (k Key) salt() Digest {
	return Digest{Hi: mix(k.Hi ^ 0x75696400), Lo: mix(k.Lo ^ 0x75696401)}
}

// uid names a record: 32 hexadecimal digits. Since the salt can be taken off again, whoever knows the key can read the
// digest out of it.
func (k Key) uid(d Digest) string {
	d = d.plus(k.salt())
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], d.Hi)
	binary.BigEndian.PutUint64(b[8:], d.Lo)
	return hex.EncodeToString(b[:])
}

// digestOfUID undoes uid.
func (k Key) digestOfUID(uid string) (Digest, bool) {
	var b [16]byte
	if len(uid) != 2*len(b) {
		return Digest{}, false
	}
	if _, err := hex.Decode(b[:], []byte(uid)); err != nil {
		return Digest{}, false
	}
	return Digest{Hi: binary.BigEndian.Uint64(b[:8]), Lo: binary.BigEndian.Uint64(b[8:])}.minus(k.salt()), true
}
