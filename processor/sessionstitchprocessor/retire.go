// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package sessionstitchprocessor

import (
	"slices"

	"go.opentelemetry.io/collector/pdata/plog"
	"go.uber.org/zap"

	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/dict"
	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/model"
	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/session"
	"github.com/proxylog/proxylog/processor/sessionstitchprocessor/internal/table"
)

// maxRetired bounds the models that are kept for what a journal holds of them.
const maxRetired = 64

// retiredModel is a model that the configuration had and has no more, or not so: a rule that was renamed, changed or taken
// out, or Envoy's with the other value of periodic. What the journal holds of it is read with it and released, since no
// part can join it any more.
type retiredModel struct {
	modelSettings
	// used says that the journal holds something of it, so that the next process may need it too.
	used bool
}

// configured is the number of models that the configuration has.
func (p *stitcher) configured() int { return len(p.models) - len(p.retired) }

// retire adds the models that the writer of a journal had and the configuration does not have, as far as it is known what
// they were.
func (p *stitcher) retire(before *settings) {
	for _, s := range before.Models {
		if slices.Contains(p.fingerprints, s.Fingerprint) || len(p.retired) == maxRetired {
			continue
		}
		m, ok := p.config.retired(s, p.dict)
		if !ok {
			continue
		}
		p.models = append(p.models, table.Model{Model: m, Timing: s.Timing, Timeline: s.Timeline, EventClock: s.EventClock})
		p.fingerprints = append(p.fingerprints, s.Fingerprint)
		p.retired = append(p.retired, retiredModel{modelSettings: s})
	}
	p.telemetry.init(p.models)
}

// retired is the model that had such settings; false where this version makes no such model.
func (c *Config) retired(s modelSettings, d *dict.Dict) (*session.Model, bool) {
	if s.Rule != nil {
		m := s.Rule.Model()
		return session.CompileRule(m, d, nobody{}), m.Fingerprint() == s.Fingerprint
	}
	for _, m := range model.BuiltIn(model.Options{EnvoyPeriodic: !c.Models.Envoy.Periodic}) {
		if m.Fingerprint() == s.Fingerprint {
			return session.Compile(m, d), true
		}
	}
	return nil, false
}

// nobody is the matcher of a rule that takes no records any more.
type nobody struct{}

// Match takes nothing.
func (nobody) Match(plog.ResourceLogs, plog.ScopeLogs, plog.LogRecord) (key string, end, ok bool) {
	return "", false, false
}

// releaseRetired releases what is open of models that the configuration does not have.
func (p *stitcher) releaseRetired() {
	open := p.table.Open()
	for mi := p.configured(); mi < len(p.models); mi++ {
		p.table.Abandon(mi, p.now().UnixNano())
	}
	if n := open - p.table.Open(); n > 0 {
		p.logger.Warn("Released the sessions of models that the configuration has no more, or has changed", zap.Int64("sessions", n))
	}
}
