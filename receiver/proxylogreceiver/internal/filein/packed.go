// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package filein

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"go.uber.org/zap"

	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/stanza/fileconsumer/matcher"

	"github.com/proxylog/proxylog/internal/record"
	"github.com/proxylog/proxylog/receiver/proxylogreceiver/internal/gzin"
)

const gzipExt = ".gz"

// namesGzip reports whether a pattern asks for gzip files by name. One that merely matches them, as haproxy.log* does,
// does not: what rotation has packed was read before, under another name.
func namesGzip(pattern string) bool {
	name := pattern[strings.LastIndexAny(pattern, `/\`)+1:]
	return strings.Contains(name, gzipExt) || strings.Contains(name, ",gz") || strings.Contains(name, "{gz")
}

// startPacked begins to read the gzip files that patterns name.
func (in *Input) startPacked(ctx context.Context) error {
	criteria := in.cfg.Consumer.Criteria
	criteria.Include = slices.DeleteFunc(slices.Clone(criteria.Include), func(p string) bool { return !namesGzip(p) })
	if len(criteria.Include) == 0 {
		return nil
	}
	m, err := matcher.New(criteria)
	if err != nil {
		return fmt.Errorf("file: %w", err)
	}
	f := &in.cfg.Consumer
	packed := gzin.New(gzin.Settings{
		Logger: in.set.Telemetry.Logger, Decoder: in.set.Decoder, Sink: in.set.Sink, Storage: in.set.Storage,
		MaxLine: in.set.MaxLine, Attributes: in.attributes, PollInterval: f.PollInterval, FlushAfter: f.FlushPeriod,
		StartAtEnd: f.StartAt == "end", Patience: in.patience,
		Match: func() ([]string, error) {
			files, err := m.MatchFiles()
			if len(files) == 0 {
				err = nil // that there is none yet was said at the start
			}
			return slices.DeleteFunc(files, func(p string) bool { return filepath.Ext(p) != gzipExt }), err
		},
	})
	if err := packed.Start(ctx); err != nil {
		return err
	}
	in.packed = packed
	return nil
}

// attributes is what records of a file carry that the fileconsumer does not read.
func (in *Input) attributes(file *os.File) []record.KV {
	attributes, err := in.cfg.Consumer.Resolver.Resolve(file)
	if err != nil {
		in.set.Telemetry.Logger.Warn("attributes of a file cannot be read", zap.String("path", file.Name()), zap.Error(err))
		return nil
	}
	return in.cfg.constant(attributes)
}
