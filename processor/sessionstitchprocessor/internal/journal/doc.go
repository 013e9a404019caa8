// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

// Package journal keeps bytes in a storage client so that they survive: records, which are appended, and pieces, which
// replace what the records before them said. It does not know what they mean.
//
// # Layout
//
//	journal/head, journal/head2   the same twice: which records there are, how new each piece is, the writer's settings
//	journal/dict/<i>              entries of the dictionary, from 0; every record and piece may use all of them
//	journal/piece/<p>             what partition p was after the record whose number it holds
//	journal/record/<n>            what happened, one value for each commit
//	aside/<key>                   a damaged or foreign value as it was found, once for each key
//
// A value is framed: magic and version, the journal's epoch, its own place, and a checksum (CRC-32C) over everything. So
// a value that was cut, changed, moved to another key or left over from another journal is found out.
//
// # Bounds
//
// Each append of n bytes makes room for about n/2 bytes of pieces, which are written in turn. When all partitions have
// had theirs, the records before the oldest piece are deleted. So the records take no more than about twice the state
// and a few MiB, a restore reads no more than that, and no commit waits for more than a few pieces.
//
// # Crashes
//
// Writes that belong together go into one Batch, in an order in which every prefix is consistent, since not all storages
// write a batch as one. A write that failed may or may not have been stored: the next one has the same place.
package journal
