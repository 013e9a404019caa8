// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package haproxy

import (
	"errors"
	"slices"

	"github.com/proxylog/proxylog/internal/attr"
	"github.com/proxylog/proxylog/internal/directive"
	"github.com/proxylog/proxylog/internal/field"
	"github.com/proxylog/proxylog/internal/format"
)

// Lines that no log-format can express: what a frontend without one logs when it accepts a connection
// (src/frontend.c), and what HAProxy logs for a connection that failed before it became a session, where no
// error-log-format is set (src/session.c). Both have a form for clients on UNIX sockets and one for clients without an
// address.

func literal(s string) directive.Item { return directive.Item{Literal: s} }

// item is a field; key is its attribute, "" where the role says what becomes of it.
func item(code, key string, conv field.Conv, role field.Role, s directive.Shape) directive.Item {
	return directive.Item{Field: &field.Field{Code: code, Key: key, Conv: conv, Role: role}, Shape: s}
}

// addressPort is an address, a colon and a port, or for a UNIX socket "unix", a colon and the listener's number.
func addressPort(address, port directive.Item) []directive.Item {
	address.Shape.Func, address.Shape.Last = scanAddressColon, scanAddress
	return []directive.Item{address, literal(":"), port}
}

func clientItems() []directive.Item {
	return addressPort(item("%ci", "", field.None, roleClientAddress, address), item("%cp", "", field.None, roleClientPort, digits))
}

// compileAll makes dialects of one name of several forms.
func compileAll(name, kind string, forms ...[]directive.Item) ([]*dialect, error) {
	var out []*dialect
	var errs []error
	for _, items := range forms {
		d, err := compileItems(name, kind, items)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		out = append(out, d)
	}
	return out, errors.Join(errs...)
}

// defaultLines are the lines of the default format. They tell of the start of a connection only.
func defaultLines() ([]*dialect, error) {
	mode := directive.Shape{Kind: directive.KindSet, Set: directive.NewSet("TCPH"), Min: 3, Expect: "TCP or HTTP"}
	local := address
	local.HasNull, local.Null = true, "undetermined address"
	frontend := []directive.Item{
		literal(" ("), item("%f", "", field.None, roleFrontend, name), literal("/"),
		item("mode", "", field.None, roleMode, mode), literal(")"),
	}
	return compileAll(defaultName, format.KindTraffic,
		slices.Concat([]directive.Item{literal("Connect from ")}, clientItems(), []directive.Item{literal(" to ")},
			addressPort(item("%fi", attr.NetworkLocalAddress, field.Str, 0, local),
				item("%fp", attr.NetworkLocalPort, field.Positive, 0, digits)),
			frontend),
		slices.Concat([]directive.Item{literal("Connect to ")}, clientItems(), frontend),
		slices.Concat([]directive.Item{
			literal("Connect from unknown source to listener "), item("listener", attr.HaproxyListenerID, field.Count, 0, digits),
		}, frontend),
	)
}

// errorLines are the legacy lines of connections that failed. The bind line's name, or its number, stands behind the
// frontend.
func errorLines() ([]*dialect, error) {
	bind := directive.Shape{Kind: directive.KindSet, Set: directive.Except(" /\""), Min: 1, Expect: "the bind line's name"}
	text := directive.Shape{Kind: directive.KindText, Min: 1, Expect: "the error"}
	tail := []directive.Item{
		literal(" ["), item("%t", "", field.None, roleAcceptDate, dateMillis), literal("] "),
		item("%f", "", field.None, roleFrontend, name), literal("/"),
		item("bind", attr.HaproxyBindName, field.Str, 0, bind), literal(": "),
		item("message", attr.HaproxyMessage, field.Str, roleMessage, text),
	}
	return compileAll("error", format.KindError,
		slices.Concat(clientItems(), tail),
		slices.Concat([]directive.Item{literal("unknown")}, tail),
	)
}
