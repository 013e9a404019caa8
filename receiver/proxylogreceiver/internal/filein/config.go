// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package filein

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"go.opentelemetry.io/collector/component"
	noopmetric "go.opentelemetry.io/otel/metric/noop"
	nooptrace "go.opentelemetry.io/otel/trace/noop"
	"go.uber.org/zap"

	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/stanza/fileconsumer"
	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/stanza/fileconsumer/matcher"

	"github.com/proxylog/proxylog/internal/line"
)

// Config has the keys of stanza's fileconsumer, as in the file_log receiver. Check refuses those that would lose lines
// or that another key of the receiver stands for.
type Config struct {
	Consumer fileconsumer.Config `mapstructure:",squash"`
}

// NewConfig is the default configuration: that of file_log, but for what Check refuses and for on_truncate, whose
// default there leaves out what a truncated file holds until it has grown past its old size.
func NewConfig() Config {
	c := *fileconsumer.NewConfig()
	c.OnTruncate = fileconsumer.OnTruncateReadWholeFile
	// Empty means that the user has not set them; they are filled in by effective.
	c.Encoding, c.MaxLogSize, c.MaxLogSizeBehavior = "", 0, ""
	return Config{Consumer: c}
}

// refusal is a key that is not accepted, and why.
type refusal struct {
	key    string
	isSet  bool
	reason string
}

// refusals are the keys of the fileconsumer that are not accepted.
func refusals(f *fileconsumer.Config) []refusal {
	return []refusal{
		{"delete_after_read", f.DeleteAfterRead, "a file would be deleted before its last lines are delivered"},
		{"max_batches", f.MaxBatches != 0, "a poll would end before its checkpoint is saved"},
		{"compression", f.Compression != "", "a stop in the middle of a compressed file would lose its rest"},
		{
			"multiline", f.SplitConfig.LineStartPattern != "" || f.SplitConfig.LineEndPattern != "" || f.SplitConfig.OmitPattern,
			"an entry of a proxy log is one line",
		},
		{"header", f.Header != nil, "proxy logs have no header"},
		{"max_log_size", f.MaxLogSize != 0, "use max_line_bytes, which holds for every input"},
		{"max_log_size_behavior", f.MaxLogSizeBehavior != "", "a line longer than max_line_bytes is always cut and marked"},
		{"skip_unmodified_files", skipsUnmodified(f), "a file left in the middle would not be read to its end"},
		{"include_file_record_number", f.IncludeFileRecordNumber, "it is not supported"},
		{"include_file_record_offset", f.IncludeFileRecordOffset, "it is not supported"},
	}
}

// skipsUnmodified reports whether skip_unmodified_files is set. It looks the field up by its name, since fileconsumer has it
// only since 0.160; where it does not, the key is unknown and refused as such.
func skipsUnmodified(f *fileconsumer.Config) bool {
	v := reflect.ValueOf(f).Elem().FieldByName("SkipUnmodifiedFiles")
	return v.IsValid() && v.Bool()
}

// Check reports everything that is wrong, each with its path; path is that of the file block.
func (c *Config) Check(path string) error {
	f := &c.Consumer
	var errs []error
	bad := func(key, format string, args ...any) {
		errs = append(errs, fmt.Errorf("%s::%s: %w", path, key, fmt.Errorf(format, args...)))
	}
	for _, r := range refusals(f) {
		if r.isSet {
			bad(r.key, "not accepted: %s", r.reason)
		}
	}
	if len(f.Include) == 0 {
		bad("include", "name at least one file or pattern")
	}
	for i, pattern := range f.Include {
		if err := patternError(pattern); err != nil {
			bad(fmt.Sprintf("include[%d]", i), "%w", err)
		}
	}
	for i, pattern := range f.Exclude {
		if err := patternError(pattern); err != nil {
			bad(fmt.Sprintf("exclude[%d]", i), "%w", err)
		}
	}
	switch strings.ToLower(f.Encoding) {
	case "", "utf-8", "utf8", "utf-8-raw", "utf8-raw":
	default:
		bad("encoding", "%q: lines are read as the bytes that the proxy wrote; leave it out", f.Encoding)
	}
	if f.StartAt != "beginning" && f.StartAt != "end" {
		bad("start_at", "%q is neither beginning nor end", f.StartAt)
	}
	switch {
	case f.PollInterval <= 0:
		bad("poll_interval", "%s is not a positive duration", f.PollInterval)
	case f.PollInterval < minPollInterval:
		bad("poll_interval", "%s is less than %s; a number needs a unit, such as 200ms", f.PollInterval, minPollInterval)
	}
	if f.FlushPeriod < 0 {
		bad("force_flush_period", "%s is negative; 0 is off", f.FlushPeriod)
	}
	if f.MaxConcurrentFiles < 1 {
		bad("max_concurrent_files", "%d is not positive", f.MaxConcurrentFiles)
	}
	if n := f.InitialBufferSize; n < 1 || n > maxInitialBuffer {
		bad("initial_buffer_size", "%d is not between 1 and %d bytes", n, maxInitialBuffer)
	}
	if f.PollsToArchive < 0 {
		bad("polls_to_archive", "%d is negative", f.PollsToArchive)
	}
	if n := f.FingerprintSize; n < minFingerprint || n > maxFingerprint {
		bad("fingerprint_size", "%d is not between %d and %d bytes", n, minFingerprint, maxFingerprint)
	}
	if f.ExcludeOlderThan < 0 {
		bad("exclude_older_than", "%s is negative; 0 is off", f.ExcludeOlderThan)
	}
	if !slices.Contains(truncations(), f.OnTruncate) {
		bad("on_truncate", "%q is none of %s", f.OnTruncate, strings.Join(truncations(), ", "))
	}
	if len(errs) == 0 {
		if err := c.tryBuild(); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", path, err))
		}
	}
	return errors.Join(errs...)
}

// minPollInterval is the least that is no mistake: a number without a unit is nanoseconds.
const minPollInterval = time.Millisecond

// truncations are the values of on_truncate.
func truncations() []string {
	return []string{fileconsumer.OnTruncateReadWholeFile, fileconsumer.OnTruncateReadNew, fileconsumer.OnTruncateIgnore}
}

// tryBuild lets the fileconsumer say what is left, such as of ordering_criteria.
func (c *Config) tryBuild() error {
	quiet := component.TelemetrySettings{
		Logger: zap.NewNop(), MeterProvider: noopmetric.NewMeterProvider(), TracerProvider: nooptrace.NewTracerProvider(),
	}
	nowhere := func(context.Context, [][]byte, map[string]any, int64, []int64) error { return nil }
	_, err := c.effective(line.DefaultLimit, false).Build(quiet, nowhere)
	return err
}

// Bounds of what is held in memory for every open file.
const (
	maxInitialBuffer = 16 << 20
	maxFingerprint   = 1 << 20
	// minFingerprint is the least that the fileconsumer takes, in bytes.
	minFingerprint = 16
)

func patternError(pattern string) error {
	if pattern == "" {
		return errors.New("the pattern is empty")
	}
	if _, err := matcher.New(matcher.Criteria{Include: []string{pattern}}); err != nil {
		return fmt.Errorf("%q is no pattern: it leaves a bracket or brace open, or ends in a backslash", pattern)
	}
	return nil
}

// effective is the fileconsumer's configuration for lines of at most maxLine bytes.
func (c *Config) effective(maxLine int, fromBeginning bool) fileconsumer.Config {
	f := c.Consumer
	// The bytes as they are, without looking at them: text is validated where the record is made.
	f.Encoding = "utf-8-raw"
	// An indentation or a blank at the end belongs to the line.
	f.TrimConfig.PreserveLeading, f.TrimConfig.PreserveTrailing = true, true
	// The longest line and its end, CR LF, must fit, so that only a longer one comes in pieces.
	f.MaxLogSize = pieceSize(maxLine)
	f.MaxLogSizeBehavior = fileconsumer.MaxLogSizeBehaviorSplit
	// Streams are told apart by path.
	f.IncludeFilePath = true
	if fromBeginning {
		f.StartAt = "beginning"
	}
	return f
}
