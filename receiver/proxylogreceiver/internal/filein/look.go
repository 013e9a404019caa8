// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package filein

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"go.uber.org/zap"

	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/stanza/fileconsumer/matcher"
)

// look says once, at the start, what about the patterns will not give lines: the fileconsumer passes over it in
// silence. It returns patterns to exclude: what is neither file nor directory, such as a pipe, whose opening would
// block all reading until somebody writes to it.
func (in *Input) look(c matcher.Criteria) []string {
	log := in.set.Telemetry.Logger
	var exclude []string
	for _, pattern := range c.Include {
		m, err := matcher.New(matcher.Criteria{Include: []string{pattern}, Exclude: c.Exclude})
		if err != nil {
			continue // Check has let none through that is no pattern, and building the fileconsumer says so too.
		}
		files, err := m.MatchFiles()
		if len(files) == 0 {
			in.explainEmpty(pattern, err)
			continue
		}
		if err != nil {
			log.Warn("file::include: a part of the pattern cannot be read", zap.String("pattern", pattern), zap.Error(err))
		}
		exclude = append(exclude, in.lookAt(pattern, files)...)
	}
	for _, ext := range compressed {
		exclude = append(exclude, "**/*"+ext)
	}
	return exclude
}

// lookAt says what of the files of a pattern is left out, and returns what of it the fileconsumer has to be kept from.
func (in *Input) lookAt(pattern string, files []string) (exclude []string) {
	log := in.set.Telemetry.Logger
	packed := 0
	for _, file := range files {
		if ext := filepath.Ext(file); slices.Contains(compressed, ext) {
			if ext != gzipExt || !namesGzip(pattern) {
				packed++
			}
			continue
		}
		info, err := os.Stat(file)
		if err != nil || info.Mode().IsRegular() {
			continue // What cannot be opened, the fileconsumer says.
		}
		log.Error("file::include matches what is not a file; it is left out",
			zap.String("path", file), zap.Stringer("mode", info.Mode()))
		exclude = append(exclude, escape(file))
	}
	if packed > 0 {
		log.Info("file::include matches compressed files; they are left out: only gzip files are read, and only if the pattern says .gz",
			zap.String("pattern", pattern), zap.Int("files", packed))
	}
	return exclude
}

// compressed are the names' ends of files that the fileconsumer must not read: their bytes are no lines.
var compressed = []string{gzipExt, ".bz2", ".xz", ".zst"}

// explainEmpty says why a pattern matches no file.
func (in *Input) explainEmpty(pattern string, err error) {
	log := in.set.Telemetry.Logger.With(zap.String("pattern", pattern))
	info, statErr := os.Stat(pattern)
	switch {
	case statErr == nil && info.IsDir():
		log.Error("file::include names a directory, which is not read; name the files in it, such as with /*")
	case errors.Is(err, fs.ErrPermission) || errors.Is(statErr, fs.ErrPermission):
		log.Error("file::include cannot be read: no permission; it is looked for again in every poll", zap.Error(errors.Join(err, statErr)))
	default:
		log.Warn("file::include matches no file; it is looked for again in every poll")
	}
}

// escape makes a pattern that matches the path alone.
func escape(path string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`, `{`, `\{`, `}`, `\}`).Replace(path)
}
