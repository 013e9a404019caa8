// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package show

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/proxylog/proxylog/cmd/proxylog/internal/screen"
	"github.com/proxylog/proxylog/internal/explain"
)

// Program prints a dialect as it was compiled: its items in order, each with what it becomes and how its end is found, and
// what some lines leave open.
func (p *Printer) Program(g *explain.Program) {
	p.printf("%s\n", p.Style.Bold(join(" · ", join(" ", g.Format, g.Dialect), g.Kind)))
	for line := range strings.Lines(g.Directive) {
		p.printf("  %s\n", screen.Text(strings.TrimRight(line, "\n")))
	}
	if g.Keyed {
		p.printf("  %s\n", p.Style.Dim("each value stands behind its key, in any order"))
	}
	p.items(g)
	for _, u := range g.Unknown {
		p.printf("  %s %s: its value is kept as it is printed\n", p.Style.Warn("no such command:"), screen.Text(u))
	}
	if len(g.Ambiguities) == 0 {
		p.printf("  nothing is ambiguous\n\n")
		return
	}
	marked := false
	for _, a := range g.Ambiguities {
		marked = marked || !a.Silent
		p.printf("  %s %s: %s\n", p.Style.Warn("ambiguous:"), screen.Text(strings.Join(a.Codes, " and ")), screen.Text(a.Why))
		if a.Avoid != "" {
			p.printf("    to avoid it: %s\n", screen.Text(a.Avoid))
		}
	}
	if marked {
		p.printf("  Records of lines that can be read in two ways are marked proxy.ambiguous.\n")
	}
	p.printf("\n")
}

// items prints the table of items. A field that becomes several attributes takes several rows.
func (p *Printer) items(g *explain.Program) {
	type row struct{ item, attribute, kind, end string }
	var rows []row
	for i := range g.Items {
		it := &g.Items[i]
		if it.Code == "" {
			rows = append(rows, row{item: strconv.Quote(it.Literal)})
			continue
		}
		r := row{item: screen.Text(it.Code), end: ending(it)}
		for k, a := range it.Attributes {
			if k > 0 {
				rows = append(rows, r)
				r = row{}
			}
			r.attribute, r.kind = screen.Text(a.Key), a.Type
		}
		rows = append(rows, r)
	}
	head := row{"ITEM", "ATTRIBUTE", "TYPE", "VALUE AND ITS END"}
	if g.Keyed {
		head.item, head.end = "KEY", ""
	}
	item, attribute, kind := len(head.item), len(head.attribute), len(head.kind)
	for _, r := range rows {
		item, attribute, kind = max(item, screen.Columns(r.item)), max(attribute, screen.Columns(r.attribute)), max(kind, len(r.kind))
	}
	item, attribute = min(item, maxItem), min(attribute, maxMade)
	line := func(r row) string {
		return strings.TrimRight(fmt.Sprintf("%s  %s  %s  %s", screen.Left(screen.Fit(r.item, item), item),
			screen.Left(screen.Fit(r.attribute, attribute), attribute), screen.Left(r.kind, kind), r.end), " ")
	}
	p.printf("  %s\n", p.Style.Dim(line(head)))
	for _, r := range rows {
		p.printf("  %s\n", line(r))
	}
}

// Bounds of the columns of the table of items.
const (
	maxItem = 44
	maxMade = 40
)

// ending says what a value looks like, what stands for none, and how its end is found.
func ending(it *explain.Item) string {
	var parts []string
	if it.Expect != "" {
		parts = append(parts, it.Expect)
	}
	if it.Missing != nil {
		missing := *it.Missing
		if missing == "" {
			missing = "nothing"
		}
		parts = append(parts, missing+" for none")
	}
	s := strings.Join(parts, ", ")
	if it.End == "" {
		return screen.Text(s)
	}
	if s != "" {
		s += "; "
	}
	return screen.Text(s + it.End)
}

// Directive prints a directive that could not be compiled with a caret under the byte.
func (p *Printer) Directive(text string, at int) {
	const indent = "  "
	window, column := screen.Caret(text, at, p.Width-len(indent))
	p.printf("%s%s\n%s%s%s\n", indent, window, indent, strings.Repeat(" ", column), p.Style.Bad("^"))
}
