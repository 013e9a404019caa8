// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package record

import "go.opentelemetry.io/collector/featuregate"

// poolingGate is pdata's feature gate under which the objects of values are used again, and must not be shared.
const poolingGate = "pdata.useProtoPooling"

// pooled reports whether pdata uses the objects of values again.
func pooled() bool {
	on := false
	featuregate.GlobalRegistry().VisitAll(func(g *featuregate.Gate) {
		on = on || g.ID() == poolingGate && g.IsEnabled()
	})
	return on
}
