// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package haproxy_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/proxylog/proxylog/internal/decode"
	"github.com/proxylog/proxylog/internal/explain"
	"github.com/proxylog/proxylog/internal/format/formattest"
)

// TestVanishing reads directives whose captured headers may not be printed at all, and not the blank beside them either,
// where that leaves the fields around them to be told apart.
func TestVanishing(t *testing.T) {
	reads(t, []fieldsOf{
		{"%ci %cp %hr%hs %ft", "192.0.2.1 1 {a}{b} fe", map[string]string{"%hr": "{a}", "%hs": "{b}", "%ft": "fe"}},
		{"%ci %cp %hr%hs %ft", "192.0.2.1 1 fe", map[string]string{"%hr": "", "%hs": "", "%ft": "fe"}},
		{"%ft %r %hr%hs %ci", "fe GET /x HTTP/1.1 {a}{b} 192.0.2.1", map[string]string{"%r": "GET /x HTTP/1.1", "%hr": "{a}", "%hs": "{b}", "%ci": "192.0.2.1"}},
		{"%ft %r %hr%hs %cp", "fe GET /x HTTP/1.1 1", map[string]string{"%r": "GET /x HTTP/1.1", "%hr": "", "%hs": "", "%cp": "1"}},
		{"%ft %r %hr %hs %ci", "fe GET /x HTTP/1.1 {a} {b} 192.0.2.1", map[string]string{"%r": "GET /x HTTP/1.1", "%hr": "{a}", "%hs": "{b}"}},
		{"%ft %r %hr %hs %ci", "fe GET /x HTTP/1.1 192.0.2.1", map[string]string{"%r": "GET /x HTTP/1.1", "%hr": "", "%hs": "", "%ci": "192.0.2.1"}},
		{"%ft %r %hr %hs %ci", "fe GET /x {a} {b} 192.0.2.1", map[string]string{"%r": "GET /x", "%hr": "{a}", "%hs": "{b}"}},
		{"%ci|%HM%{+Q}hr|%cp", "192.0.2.1|GET|1", map[string]string{"%HM": "GET", "%hr": "", "%cp": "1"}},
		{"%ci|%HM%{+Q}hr|%cp", `192.0.2.1|GET"{a}"|1`, map[string]string{"%HM": "GET", "%hr": "{a}", "%cp": "1"}},
		{"%f%hr:%cp", "fe:1", map[string]string{"%f": "fe", "%hr": "", "%cp": "1"}},
		{"%f%hr:%cp", "fe:b{a}:1", map[string]string{"%f": "fe:b", "%hr": "{a}", "%cp": "1"}},
		{"%ci|%HM|%hr", "192.0.2.1|GET|{a|b}", map[string]string{"%HM": "GET", "%hr": "{a|b}"}},
		{"%ci %hrl %hsl %hrl %hsl %cp", "192.0.2.1 1", map[string]string{"%ci": "192.0.2.1", "%cp": "1"}},
	})
}

// TestAddressBehindText reads addresses and ports behind text that has no end of its own, so that what follows the text
// is read from the right, as printed by HAProxy 2.6.
func TestAddressBehindText(t *testing.T) {
	reads(t, []fieldsOf{
		{"%r %ST %ci:%cp %Tt", "GET /a b HTTP/1.1 200 127.0.0.1:4711 12", map[string]string{"%r": "GET /a b HTTP/1.1", "%ci": "127.0.0.1", "%cp": "4711"}},
		{"%r %ST %ci:%cp %Tt", "GET / HTTP/1.1 200 ::1:4711 12", map[string]string{"%ci": "::1", "%cp": "4711"}},
		{"%r %ci:%cp", "<BADREQ> unix:1", map[string]string{"%r": "<BADREQ>", "%ci": "unix", "%cp": "1"}},
		{"%r %bi:%bp %si:%sp %ts", "GET / HTTP/1.1 127.0.0.1:33 2001:db8::1:80 --", map[string]string{"%bi": "127.0.0.1", "%bp": "33", "%si": "2001:db8::1", "%sp": "80"}},
		{"%r %{+X}ci:%{+X}cp", "GET / HTTP/1.1 7F000001:1267", map[string]string{"%ci": "127.0.0.1", "%cp": "4711"}},
		{"%si:%ID %Tt", "::1:7F000001:BB06_68E7 12", map[string]string{"%Tt": "12"}},
	})
}

// fieldsOf is a line of a directive, and what some of its fields are; "" is missing.
type fieldsOf struct {
	directive, line string
	want            map[string]string
}

func reads(t *testing.T, list []fieldsOf) {
	t.Helper()
	for _, c := range list {
		d, err := decode.New(config("log-format '"+c.directive+"'"), decode.Settings{})
		if err != nil {
			t.Fatalf("%s: %v", c.directive, err)
		}
		l := explain.New(d, "test").Read(c.line, formattest.Observed)
		if l.Record == nil {
			t.Errorf("%s: %q is rejected: %+v", c.directive, c.line, l.Error)
			continue
		}
		got := map[string]string{}
		for _, f := range l.Fields {
			if _, ok := c.want[f.Code]; ok {
				got[f.Code] = ""
				if f.Raw != nil {
					got[f.Code] = *f.Raw
				}
			}
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %q (-want +got):\n%s", c.directive, c.line, diff)
		}
	}
}
