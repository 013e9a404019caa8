// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package journal

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
)

// Version of the format of values and of what callers put into them. A journal of another version is set aside.
const Version = 2

// Kinds of values.
const (
	kindHead = 1 + iota
	kindDict
	kindPiece
	kindRecord
)

const (
	magic = "plj"
	// frameHead is magic, version, kind, epoch, place; frameTail the checksum.
	frameHead = 3 + 1 + 1 + 8 + 8
	frameTail = 4
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Kinds of damage.
var (
	errChecksum = errors.New("its checksum is wrong")
	errPlace    = errors.New("it belongs to another place")
	errFormat   = errors.New("it is not one of the journal's values")
	errEpoch    = errors.New("it belongs to another journal")
	errGap      = errors.New("it is missing")
)

// versionError is a value of another version.
type versionError byte

func (v versionError) Error() string {
	return fmt.Sprintf("it was written by another version of the format, %d; this is %d", byte(v), Version)
}

// seal frames payloads, which are joined.
func seal(kind byte, epoch, place uint64, payloads ...[]byte) []byte {
	n := frameHead + frameTail
	for _, p := range payloads {
		n += len(p)
	}
	b := append(make([]byte, 0, n), magic...)
	b = append(b, Version, kind)
	b = binary.LittleEndian.AppendUint64(b, epoch)
	b = binary.LittleEndian.AppendUint64(b, place)
	for _, p := range payloads {
		b = append(b, p...)
	}
	return binary.LittleEndian.AppendUint32(b, crc32.Checksum(b, castagnoli))
}

// unseal gives a value's epoch, place and payload.
func unseal(kind byte, b []byte) (epoch, place uint64, payload []byte, err error) {
	if len(b) < frameHead+frameTail || string(b[:3]) != magic {
		return 0, 0, nil, errFormat
	}
	end := len(b) - frameTail
	if crc32.Checksum(b[:end], castagnoli) != binary.LittleEndian.Uint32(b[end:]) {
		return 0, 0, nil, errChecksum
	}
	if b[3] != Version {
		return 0, 0, nil, versionError(b[3])
	}
	if b[4] != kind {
		return 0, 0, nil, errPlace
	}
	return binary.LittleEndian.Uint64(b[5:]), binary.LittleEndian.Uint64(b[13:]), b[frameHead:end], nil
}
