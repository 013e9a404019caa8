#!/bin/sh
# Copyright The proxylog Authors
# SPDX-License-Identifier: Apache-2.0

# Takes proxy logs through a real Kafka broker, which Maven fetches and Java runs on this machine. Where either is missing
# it says so and succeeds; make test has the same test with a broker in its own process.
set -eu
GO=${GO:-go}
for program in java mvn; do
	command -v "$program" >/dev/null 2>&1 || {
		echo "NOTE: make test-kafka is skipped: it needs $program, which is not here"
		exit 0
	}
done
lib=$(pwd)/build/kafka/lib
mvn -B -q -f tools/kafka/pom.xml dependency:copy-dependencies "-DoutputDirectory=$lib"
cd internal/endtoend/ways
KAFKA_LIB=$lib $GO test -count=1 -v -run '^TestRealKafka$' .
