// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package ways

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/proxylog/proxylog/internal/porttest"
)

// TestRealKafka is TestKafka with Apache Kafka's own broker, whose jars are in the directory that KAFKA_LIB names: make
// test-kafka.
func TestRealKafka(t *testing.T) {
	lib := os.Getenv("KAFKA_LIB")
	if lib == "" {
		t.Skip("KAFKA_LIB is not set: make test-kafka fetches Apache Kafka and runs this")
	}
	java, err := exec.LookPath("java")
	if err != nil {
		t.Skipf("Kafka needs Java: %v", err)
	}
	kafkaWays(t, realBroker(t, java, lib))
}

// realBroker starts a broker that is its own controller (KRaft), on loopback, and waits until it answers.
func realBroker(t *testing.T, java, lib string) string {
	t.Helper()
	dir := t.TempDir()
	broker, controller := porttest.Take(t), porttest.Take(t)
	properties := filepath.Join(dir, "server.properties")
	require.NoError(t, os.WriteFile(properties, []byte(strings.Join([]string{
		"process.roles=broker,controller", "node.id=1", "controller.quorum.voters=1@" + controller,
		"listeners=PLAINTEXT://" + broker + ",CONTROLLER://" + controller, "advertised.listeners=PLAINTEXT://" + broker,
		"controller.listener.names=CONTROLLER", "log.dirs=" + filepath.Join(dir, "data"), "num.partitions=2",
		"offsets.topic.replication.factor=1", "offsets.topic.num.partitions=1",
		"transaction.state.log.replication.factor=1", "transaction.state.log.min.isr=1", "group.initial.rebalance.delay.ms=0",
	}, "\n")), 0o600))
	args := func(more ...string) []string {
		return append([]string{"-Xmx512m", "-cp", filepath.Join(lib, "*")}, more...)
	}
	out, err := exec.CommandContext(t.Context(), java,
		args("kafka.tools.StorageTool", "format", "-t", "MkU3OEVBNTcwNTJENDM2Qk", "-c", properties)...).CombinedOutput()
	require.NoError(t, err, "%s", out)

	var said bytes.Buffer
	cmd := exec.CommandContext(context.Background(), java, args("kafka.Kafka", properties)...)
	cmd.Stdout, cmd.Stderr = &said, &said
	require.NoError(t, cmd.Start())
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		select {
		case <-ended:
		case <-time.After(patience):
			_ = cmd.Process.Kill()
			<-ended
		}
		if t.Failed() {
			t.Logf("the broker said:\n%s", said.String())
		}
	})
	c, err := kgo.NewClient(kgo.SeedBrokers(broker))
	require.NoError(t, err)
	defer c.Close()
	for until := time.Now().Add(2 * patience); ; {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		err := c.Ping(ctx)
		cancel()
		if err == nil {
			return broker
		}
		require.True(t, time.Now().Before(until), "the broker does not answer: %v", err)
		select {
		case err := <-ended:
			ended <- err
			t.Fatalf("the broker ended: %v", err)
		case <-time.After(200 * time.Millisecond):
		}
	}
}
