// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

// Package table holds the open sessions and the released ones that are still remembered: a million of them at a price
// that the garbage collector does not notice.
//
// A session is a block in an arena, 56 bytes and the encoded state behind them, an entry of 8 in an open-addressing index,
// and one of 13 in a heap of deadlines. None of them holds a pointer. Sessions are spread over shards by their key's hash,
// each with its own lock; limits are global.
//
// Deadlines are kept lazily: a part that moves its session's deadline away costs nothing, the heap notices when the old
// deadline comes. Time is what the caller says it is.
//
// What is released is handed over as bytes, under the shard's lock, to a function that must not block and must not call
// back; nothing here calls the next consumer.
package table
