// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package decode

import (
	"go.uber.org/zap"

	"github.com/proxylog/proxylog/internal/format"
)

// Describe says of each dialect that is expected how it finds its fields and what they become: the dialects that the
// configuration lists, or where it lists none all of its format, or of every format.
func (d *Decoder) Describe() []format.Description {
	var listed, all []format.Description
	for i := range d.entries {
		p, ok := d.entries[i].parser.(format.Describer)
		if !ok {
			continue
		}
		descriptions := p.Describe()
		all = append(all, descriptions...)
		if d.entries[i].listed {
			listed = append(listed, descriptions...)
		}
	}
	if listed != nil {
		return listed
	}
	return all
}

// warn says of the user's own directives what some of their lines leave open, what of them is not known, and which ones
// nothing is read by.
func (d *Decoder) warn() {
	for i := range d.entries {
		if d.named >= 0 && i != d.named && d.entries[i].listed {
			d.logger.Warn("no line is read by these directives: they are of another format than the configured one; auto reads several",
				zap.String("format", d.entries[d.named].name), zap.String("section", d.entries[i].name))
		}
		p, ok := d.entries[i].parser.(format.Describer)
		if !ok || !d.entries[i].listed {
			continue
		}
		for _, n := range p.Describe() {
			if n.Builtin {
				continue
			}
			for _, u := range n.Unknown {
				d.logger.Warn("a directive has a command that is not known: its value is kept as it is printed",
					zap.String("format", n.Scope.Format), zap.String("dialect", n.Scope.Dialect), zap.String("command", u))
			}
			for _, a := range n.Ambiguities {
				message := "a directive leaves open how some of its lines are to be read: their records are marked proxy.ambiguous where that shows"
				if a.Silent {
					message = "the lines of two directives cannot be told apart"
				}
				d.logger.Warn(message,
					zap.String("format", n.Scope.Format), zap.String("dialect", n.Scope.Dialect),
					zap.Strings("codes", a.Codes), zap.String("why", a.Why), zap.String("avoid", a.Avoid))
			}
		}
	}
}
