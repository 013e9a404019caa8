// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package sessionstitchprocessor

import (
	"bytes"
	"context"

	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/table"
)

// begin makes the journal ready for records. Where settings have changed, all pieces are written first, so that nothing
// that happened under other settings has to be told again; and so where there are retired models, so that the journal comes
// to need them no more, and where something is damaged, so that it is not found again.
func (c *committer) begin(ctx context.Context, restored, foreign bool, written []byte) error {
	meta, err := c.meta()
	if err != nil {
		return err
	}
	if !restored || c.journal.Fresh() {
		dict, mark := c.dict.AppendSince(nil, zeroMark)
		if err := c.journal.Begin(ctx, meta, dict); err != nil {
			return err
		}
		c.mark = mark
		return nil
	}
	changed := foreign || len(c.retired) > 0 || !bytes.Equal(meta, written)
	if !changed && c.damages == 0 {
		return nil
	}
	err = c.rewrite(ctx, meta)
	if err != nil && !changed {
		// It was for the next start only, which finds the same damage then.
		c.stuck(err)
		return nil
	}
	return err
}

// rewrite writes all pieces, so that no record before is needed any more, and then the settings.
func (c *committer) rewrite(ctx context.Context, meta []byte) error {
	for p := range table.Partitions {
		if err := c.journal.Piece(ctx, p, c.piece(nil, p, c.waiting[p])); err != nil {
			return err
		}
	}
	return c.journal.Begin(ctx, meta, nil)
}
