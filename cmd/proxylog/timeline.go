// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"context"
	"fmt"

	"github.com/proxylog/proxylog/cmd/proxylog/internal/input"
	"github.com/proxylog/proxylog/cmd/proxylog/internal/report"
	"github.com/proxylog/proxylog/cmd/proxylog/internal/stitch"
	"github.com/proxylog/proxylog/internal/decode"
)

// timeline prints the lines of one session, and the session that the stitcher makes of them.
func (r *reading) timeline(ctx context.Context, w *bufio.Writer, id string, names []string, l report.Layout, asJSON bool) error {
	tl := report.NewTimeline(id)
	whole := report.New(0)
	out, err := stitch.New(ctx, r.section, whole.Add)
	if err != nil {
		return err
	}
	batch := r.decoder.NewBatch()
	for _, name := range names {
		err := r.file(name, func(src *decode.Source, lines *input.Lines) error {
			src.Decode(batch, decode.Line{Text: lines.Text, Cut: lines.Cut, Observed: r.now()})
			if batch.Len() == 0 {
				return nil
			}
			logs, _ := batch.Take()
			found := tl.Add(logs, fmt.Sprintf("%s:%d", lines.Name(), lines.Number))
			if found.LogRecordCount() == 0 {
				return nil
			}
			if asJSON {
				if err := writeRecords(w, found); err != nil {
					return err
				}
			}
			return out.Add(ctx, found)
		})
		if err != nil {
			return err
		}
	}
	if err := out.Close(ctx); err != nil {
		return err
	}
	if tl.Len() == 0 {
		return fmt.Errorf("no line of the session %s in these files", id)
	}
	if !asJSON {
		tl.Print(w, l)
		whole.Print(w, l)
	}
	return r.outcome()
}
