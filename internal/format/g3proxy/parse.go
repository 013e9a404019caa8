// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package g3proxy

import (
	"github.com/proxylog/proxylog/internal/format"
	"github.com/proxylog/proxylog/internal/record"
)

type parser struct{}

// New compiles the format for a configuration.
func New(Config) (format.Parser, error) { return &parser{}, nil }

func (*parser) Name() string             { return "g3proxy" }
func (*parser) Sniff(*format.Input) bool { return false }
func (*parser) Parse(in *format.Input, _ *record.Writer) error {
	return in.Fail(format.Error{Reason: format.Unrecognized})
}
