// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package ways

import (
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/exporter/debugexporter"
	"go.opentelemetry.io/collector/exporter/otlpexporter"
	"go.opentelemetry.io/collector/exporter/otlphttpexporter"
	"go.opentelemetry.io/collector/extension"
	"go.opentelemetry.io/collector/otelcol"
	"go.opentelemetry.io/collector/processor"
	"go.opentelemetry.io/collector/receiver"
	"go.opentelemetry.io/collector/receiver/otlpreceiver"
	"go.opentelemetry.io/collector/service/telemetry/otelconftelemetry"

	"github.com/open-telemetry/opentelemetry-collector-contrib/exporter/loadbalancingexporter"
	"github.com/open-telemetry/opentelemetry-collector-contrib/extension/healthcheckextension"
	"github.com/open-telemetry/opentelemetry-collector-contrib/extension/storage/filestorage"
	"github.com/open-telemetry/opentelemetry-collector-contrib/receiver/filelogreceiver"
	"github.com/open-telemetry/opentelemetry-collector-contrib/receiver/fluentforwardreceiver"
	"github.com/open-telemetry/opentelemetry-collector-contrib/receiver/journaldreceiver"
	"github.com/open-telemetry/opentelemetry-collector-contrib/receiver/kafkareceiver"
	"github.com/open-telemetry/opentelemetry-collector-contrib/receiver/tcplogreceiver"

	"github.com/proxylog/proxylog/extension/proxylogencodingextension"
	"github.com/proxylog/proxylog/processor/proxylogprocessor"
	"github.com/proxylog/proxylog/processor/sessionstitchprocessor"
	"github.com/proxylog/proxylog/receiver/proxylogreceiver"
)

// components are those that the examples use.
func components(more ...exporter.Factory) (otelcol.Factories, error) {
	set := otelcol.Factories{Telemetry: otelconftelemetry.NewFactory()}
	var err error
	if set.Receivers, err = otelcol.MakeFactoryMap[receiver.Factory](
		proxylogreceiver.NewFactory(), otlpreceiver.NewFactory(), filelogreceiver.NewFactory(), fluentforwardreceiver.NewFactory(),
		journaldreceiver.NewFactory(), kafkareceiver.NewFactory(), tcplogreceiver.NewFactory(),
	); err != nil {
		return set, err
	}
	if set.Processors, err = otelcol.MakeFactoryMap[processor.Factory](
		proxylogprocessor.NewFactory(), sessionstitchprocessor.NewFactory(),
	); err != nil {
		return set, err
	}
	if set.Exporters, err = otelcol.MakeFactoryMap(append([]exporter.Factory{
		debugexporter.NewFactory(), otlpexporter.NewFactory(), otlphttpexporter.NewFactory(), loadbalancingexporter.NewFactory(),
	}, more...)...); err != nil {
		return set, err
	}
	set.Extensions, err = otelcol.MakeFactoryMap[extension.Factory](
		filestorage.NewFactory(), healthcheckextension.NewFactory(), proxylogencodingextension.NewFactory(),
	)
	return set, err
}
