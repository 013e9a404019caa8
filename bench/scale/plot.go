// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"strings"
)

// Sizes of a plot, in pixels.
const (
	plotWidth, plotHeight = 300, 220
	plotLeft, plotBottom  = 45, 40
	plotTop, plotRight    = 30, 15
)

// plot draws the series side by side: the points at equal distances, the cost from 0 up.
func plot(list []series) string {
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" font-family="sans-serif" font-size="11">`+"\n",
		plotWidth*len(list), plotHeight)
	b.WriteString(`<rect width="100%" height="100%" fill="white"/>` + "\n")
	for i := range list {
		list[i].draw(&b, i*plotWidth)
	}
	b.WriteString("</svg>\n")
	return b.String()
}

func (x *series) draw(b *strings.Builder, left int) {
	top := 0.0
	for _, p := range x.points {
		top = max(top, p.cost)
	}
	top *= 1.25
	x0, y0 := left+plotLeft, plotHeight-plotBottom
	width, height := plotWidth-plotLeft-plotRight, plotHeight-plotBottom-plotTop
	y := func(cost float64) float64 { return float64(y0) - cost/top*float64(height) }
	fmt.Fprintf(b, `<text x="%d" y="18" font-weight="bold">µs a line against %s</text>`+"\n", x0, x.title)
	fmt.Fprintf(b, `<path d="M%d %d V%d H%d" fill="none" stroke="black"/>`+"\n", x0, plotTop, y0, x0+width)
	for k := range 4 {
		cost := top * float64(k) / 4
		fmt.Fprintf(b, `<text x="%d" y="%.0f" text-anchor="end">%.1f</text>`+"\n", x0-5, y(cost)+4, cost)
	}
	var line strings.Builder
	for i, p := range x.points {
		px := float64(x0) + (float64(i)+0.5)*float64(width)/float64(len(x.points))
		fmt.Fprintf(&line, "%.1f,%.1f ", px, y(p.cost))
		fmt.Fprintf(b, `<circle cx="%.1f" cy="%.1f" r="3"/><text x="%.1f" y="%d" text-anchor="middle">%d</text>`+"\n", px, y(p.cost), px, y0+15, p.n)
	}
	fmt.Fprintf(b, `<polyline points="%s" fill="none" stroke="black"/>`+"\n", strings.TrimSpace(line.String()))
	fmt.Fprintf(b, `<text x="%d" y="%d" text-anchor="middle">%s</text>`+"\n", x0+width/2, y0+32, x.unit)
}
