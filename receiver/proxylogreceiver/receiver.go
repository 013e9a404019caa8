// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package proxylogreceiver

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/extension/xextension/storage"
	"go.opentelemetry.io/collector/receiver"

	"github.com/proxylog/proxylog/internal/decode"
	"github.com/proxylog/proxylog/internal/linecount"
	"github.com/proxylog/proxylog/receiver/proxylogreceiver/internal/deliver"
	"github.com/proxylog/proxylog/receiver/proxylogreceiver/internal/filein"
	"github.com/proxylog/proxylog/receiver/proxylogreceiver/internal/fluentin"
	"github.com/proxylog/proxylog/receiver/proxylogreceiver/internal/httpin"
	"github.com/proxylog/proxylog/receiver/proxylogreceiver/internal/metadata"
	"github.com/proxylog/proxylog/receiver/proxylogreceiver/internal/syslogin"
)

// input is one way in which lines come.
type input interface {
	Start(ctx context.Context) error
	// Shutdown ends everything that Start has begun, also after a Start that failed. It returns an error when ctx ends
	// before the next consumer has returned.
	Shutdown(ctx context.Context) error
}

// logsReceiver joins the inputs of one configuration.
type logsReceiver struct {
	cfg       *Config
	set       receiver.Settings
	next      consumer.Logs
	decoder   *decode.Decoder
	telemetry *metadata.TelemetryBuilder
	counters  *deliver.Counters

	inputs  []input
	storage storage.Client
}

func newReceiver(set receiver.Settings, cfg *Config, next consumer.Logs) (*logsReceiver, error) {
	telemetry, err := metadata.NewTelemetryBuilder(set.TelemetrySettings)
	if err != nil {
		return nil, fmt.Errorf("telemetry: %w", err)
	}
	r := &logsReceiver{
		cfg: cfg, set: set, next: next, telemetry: telemetry,
		counters: deliver.NewCounters(telemetry, cfg.Decode.OnError == "drop"),
	}
	if r.decoder, err = decode.New(decode.Config(cfg.Decode), r.decoding()); err != nil {
		telemetry.Shutdown()
		return nil, err
	}
	return r, nil
}

// decoding is what a decoder needs from the receiver.
func (r *logsReceiver) decoding() decode.Settings {
	return decode.Settings{
		Logger: r.set.Logger, Version: r.set.BuildInfo.Version, MaxLineBytes: int(r.cfg.MaxLineBytes),
		ReadOnly: !r.next.Capabilities().MutatesData,
		NearMiss: linecount.NearMisses(r.telemetry.ReceiverProxylogNearMisses),
	}
}

// Start implements component.Component.
func (r *logsReceiver) Start(ctx context.Context, host component.Host) error {
	if err := r.start(ctx, host); err != nil {
		return errors.Join(err, r.Shutdown(ctx))
	}
	return nil
}

func (r *logsReceiver) start(ctx context.Context, host component.Host) error {
	if file := r.cfg.File.Get(); file != nil {
		var err error
		if r.storage, err = storageClient(ctx, host, r.cfg.Storage, r.set.ID); err != nil {
			return fmt.Errorf("storage: %w", err)
		}
		sink, err := r.sink("file", r.decoder)
		if err != nil {
			return err
		}
		r.inputs = append(r.inputs, filein.New(*file, filein.Settings{
			Telemetry: r.set.TelemetrySettings, Decoder: r.decoder, Sink: sink, Storage: r.storage,
			MaxLine: int(r.cfg.MaxLineBytes),
		}))
	}
	for i, listener := range r.cfg.Syslog {
		sink, err := r.sink(string(listener.Transport), r.decoder)
		if err != nil {
			return err
		}
		r.inputs = append(r.inputs, syslogin.New(listener, syslogin.Settings{
			Path: fmt.Sprintf("syslog[%d]", i), Logger: r.set.Logger, Decoder: r.decoder, Sink: sink, MaxLine: int(r.cfg.MaxLineBytes),
		}))
	}
	if server := r.cfg.HTTP.Get(); server != nil {
		sink, err := r.sink("http", r.decoder)
		if err != nil {
			return err
		}
		format := r.cfg.Decode.Format
		r.inputs = append(r.inputs, httpin.New(*server, httpin.Settings{
			Telemetry: r.set.TelemetrySettings, Host: host, Decoder: r.decoder, Sink: sink,
			MaxLine: int(r.cfg.MaxLineBytes), EdgeOne: format == "auto" || format == "edgeone",
		}))
	}
	if listener := r.cfg.Fluent.Get(); listener != nil {
		in, err := r.fluent(*listener)
		if err != nil {
			return err
		}
		r.inputs = append(r.inputs, in)
	}
	for _, in := range r.inputs {
		if err := in.Start(ctx); err != nil {
			return err
		}
	}
	return nil
}

// fluent makes the input of the forward protocol, whose messages are an envelope of their own: whatever the lines of the
// other inputs are wrapped in, they are always looked for.
func (r *logsReceiver) fluent(cfg fluentin.Config) (input, error) {
	decoder := r.decoder
	if r.cfg.Decode.Envelope != "auto" {
		with := decode.Config(r.cfg.Decode)
		with.Envelope = "auto"
		var err error
		if decoder, err = decode.New(with, r.decoding()); err != nil {
			return nil, err
		}
	}
	sink, err := r.sink("fluent", decoder)
	if err != nil {
		return nil, err
	}
	return fluentin.New(cfg, fluentin.Settings{
		Logger: r.set.Logger, Decoder: decoder, Sink: sink, MaxLine: int(r.cfg.MaxLineBytes),
	}), nil
}

// sink is the way of one input's lines to the next consumer.
func (r *logsReceiver) sink(transport string, decoder *decode.Decoder) (*deliver.Sink, error) {
	return deliver.New(deliver.Settings{
		Receiver: r.set, Decoder: decoder, Counters: r.counters, Next: r.next, Transport: transport,
	})
}

// Shutdown implements component.Component.
func (r *logsReceiver) Shutdown(ctx context.Context) error {
	errs := make([]error, len(r.inputs))
	var wg sync.WaitGroup
	for i, in := range r.inputs {
		wg.Go(func() { errs[i] = in.Shutdown(ctx) })
	}
	wg.Wait()
	r.inputs = nil
	if r.storage != nil {
		errs = append(errs, r.storage.Close(ctx))
		r.storage = nil
	}
	r.telemetry.Shutdown()
	return errors.Join(errs...)
}

// storageClient is nil where no storage is configured.
func storageClient(ctx context.Context, host component.Host, id *component.ID, self component.ID) (storage.Client, error) {
	if id == nil {
		return nil, nil
	}
	ext, ok := host.GetExtensions()[*id]
	if !ok {
		return nil, fmt.Errorf("there is no extension %q; it has to stand in extensions and in service::extensions", id)
	}
	s, ok := ext.(storage.Extension)
	if !ok {
		return nil, fmt.Errorf("the extension %q is not a storage", id)
	}
	return s.GetClient(ctx, component.KindReceiver, self, "")
}
