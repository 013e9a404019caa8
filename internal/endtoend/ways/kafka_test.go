// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package ways

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/extension"

	"github.com/open-telemetry/opentelemetry-collector-contrib/receiver/kafkareceiver"

	"github.com/proxylog/proxylog/extension/proxylogencodingextension"
)

const topic = "proxy-logs"

// kafka is the receiver as examples/kafka.yaml has it, faster.
func kafka(broker string) string {
	return fmt.Sprintf(`{brokers: [%q], group_id: proxylog, initial_offset: earliest, max_fetch_wait: 20ms,
		logs: {topics: [%s], encoding: proxylog_encoding},
		message_marking: {after: true, on_error: false, on_permanent_error: true}, autocommit: {enable: true, interval: 100ms},
		error_backoff: {enabled: true, initial_interval: 1ms, max_interval: 10ms, max_elapsed_time: 0s}}`, broker, topic)
}

// produce writes a message for each text.
func produce(t testing.TB, broker string, messages []string) {
	t.Helper()
	c, err := kgo.NewClient(kgo.SeedBrokers(broker), kgo.DefaultProduceTopic(topic), kgo.AllowAutoTopicCreation())
	require.NoError(t, err)
	defer c.Close()
	var list []*kgo.Record
	for _, m := range messages {
		list = append(list, &kgo.Record{Value: []byte(m)})
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	require.NoError(t, c.ProduceSync(ctx, list...).FirstErr())
}

// broker is Kafka's protocol in this process.
func broker(t testing.TB) string {
	t.Helper()
	c, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(2, topic))
	require.NoError(t, err)
	t.Cleanup(c.Close)
	return c.ListenAddrs()[0]
}

// startKafka starts the Kafka receiver with the extension.
func startKafka(t testing.TB, broker, settings string, next *sink) *running {
	t.Helper()
	var e extension.Extension = extend(t, proxylogencodingextension.NewFactory(), settings)
	return start(t, kafkareceiver.NewFactory(), kafka(broker), next, host{component.MustNewID("proxylog_encoding"): e})
}

// TestKafka: what comes out of Kafka is what comes out of a file, in messages of one line and of several, and one that cannot
// be read fails nothing.
func TestKafka(t *testing.T) {
	kafkaWays(t, broker(t))
}

func kafkaWays(t *testing.T, broker string) {
	// Every format says the same of it: a message is read again after a refusal, when a format was recognised.
	lines := []string{"hello world", ""}
	for name, list := range captures(t) {
		if strings.HasSuffix(name, "/tcplog_rfc3164.log") || strings.HasSuffix(name, "/entries.log") || strings.HasSuffix(name, "/gdc.log") {
			lines = append(lines, list...)
		}
	}
	want := measured(t, lines)

	var messages []string
	for i, rest := 0, lines; len(rest) > 0; i++ {
		n := min(1+i%4, len(rest))
		messages = append(messages, strings.Join(rest[:n], "\n"))
		rest = rest[n:]
	}
	produce(t, broker, messages)

	// The consumer refuses for a while; then the receiver stops in the middle, and another one of the group goes on.
	first := &sink{refuse: func(call int) bool { return call < 5 || call%2 == 0 || call > 40 }}
	r := startKafka(t, broker, "{}", first)
	require.Eventually(t, func() bool { return first.refusals() > 25 }, patience, 5*time.Millisecond)
	r.stop()
	assert.Less(t, first.len(), len(want))
	second := new(sink)
	startKafka(t, broker, "{}", second)
	all := func() []string { return flat(t, append(first.all(), second.all()...)...) }
	require.Eventually(t, func() bool { return len(slices.Compact(all())) >= len(slices.Compact(slices.Clone(want))) }, patience, 10*time.Millisecond)
	assert.Equal(t, slices.Compact(slices.Clone(want)), slices.Compact(all()))
	assert.NotZero(t, second.len())
}
