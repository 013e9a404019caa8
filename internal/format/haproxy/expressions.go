// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package haproxy

import (
	"strconv"
	"strings"

	"github.com/proxylog/proxylog/internal/attr"
	"github.com/proxylog/proxylog/internal/directive"
	"github.com/proxylog/proxylog/internal/field"
	"github.com/proxylog/proxylog/internal/format"
	"github.com/proxylog/proxylog/internal/jsonscan"
)

// A sample expression, %[…], is a fetch and converters behind it. HAProxy prints its value as it is, so that a text may
// hold anything; numbers, addresses and names have their shapes. All of them are texts to HAProxy, which +Q quotes and
// of which - stands for a missing one.

// call is a fetch or converter with its arguments.
type call struct{ name, args string }

// parseExpression parts an expression into its calls.
func parseExpression(expr string) []call {
	var out []call
	depth, quote, from := 0, byte(0), 0
	add := func(s string) {
		name, args, _ := strings.Cut(strings.TrimSpace(s), "(")
		out = append(out, call{strings.TrimSpace(name), strings.TrimSuffix(strings.TrimSpace(args), ")")})
	}
	for i := 0; i < len(expr); i++ {
		switch c := expr[i]; {
		case c == '\\' && quote != '\'':
			i++ // what follows begins and ends nothing
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '(':
			depth++
		case c == ')':
			depth--
		case c == ',' && depth <= 0:
			add(expr[from:i])
			from = i + 1
		}
	}
	add(expr[from:])
	return out
}

// arguments are those of a call with their quoting undone, as make_arg_list of src/arg.c does: a comma in quotes belongs to
// the argument, and a backslash outside of single quotes makes a quote, a blank or a backslash an ordinary one, and n, r and
// t what they are in C. Before anything else it stands for itself.
func (c call) arguments() []string {
	var list []string
	var arg strings.Builder
	quote := byte(0)
	for i := 0; i < len(c.args); i++ {
		switch b := c.args[i]; {
		case b == quote:
			quote = 0
		case quote == 0 && (b == '"' || b == '\''):
			quote = b
		case b == '\\' && quote != '\'' && i+1 < len(c.args) && strings.IndexByte(escapes, c.args[i+1]) >= 0:
			i++
			arg.WriteByte(unescaped[strings.IndexByte(escapes, c.args[i])])
		case quote == 0 && b == ',':
			list = append(list, arg.String())
			arg.Reset()
		default:
			arg.WriteByte(b)
		}
	}
	return append(list, arg.String())
}

// escapes are the bytes that a backslash changes in an argument, and unescaped what they become.
const (
	escapes   = "\\ \"'nrt"
	unescaped = "\\ \"'\n\r\t"
)

// argument is argument n of a call, "" where there is none.
func (c call) argument(n int) string {
	if list := c.arguments(); n < len(list) {
		return strings.TrimSpace(list[n])
	}
	return ""
}

// freeText is a text that may hold anything.
var freeText = directive.Shape{Kind: directive.KindText, Expect: "text"}

// expression is the code of %[expr].
func (f *front) expression(expr string) code {
	calls := parseExpression(expr)
	c, known := f.fetch(calls[0])
	if calls[0].name == "str" && len(calls) == 1 {
		c = constant(calls[0])
	}
	for i, conv := range calls[1:] {
		c, known = convert(c, known, conv, i == len(calls)-2)
	}
	if whole, ok := expressions[strings.ReplaceAll(expr, " ", "")]; ok {
		c, known = whole, true
	}
	if !known || c.field.Key == "" && c.field.Role == 0 {
		c.field.Key, c.field.Role = fieldPrefix+"["+expr+"]", 0
		if c.field.Conv = field.Str; c.shape.Kind == directive.KindInt {
			c.field.Conv = field.Int
		}
	}
	c.field.Code = "%[" + expr + "]"
	return c
}

// fetch is the code of a fetch alone. known says that it has an attribute or a role.
func (f *front) fetch(c call) (code, bool) {
	if known, ok := expressions[c.name]; ok && (c.args == "" || argumentsChangeNothing[c.name]) {
		return known, true
	}
	switch c.name {
	case "req.hdr", "req.fhdr", "hdr", "fhdr", "req.hdr_ip", "hdr_ip":
		return header(format.RequestHeader, c.argument(0)), true
	case "res.hdr", "res.fhdr", "shdr", "res.hdr_ip", "shdr_ip":
		return header(format.ResponseHeader, c.argument(0)), true
	case "capture.req.hdr":
		return slot(f.captures.request, c.argument(0))
	case "capture.res.hdr":
		return slot(f.captures.response, c.argument(0))
	case "date", "accept_date", "request_date":
		return epoch(c), true
	}
	if shape, ok := shapes[c.name]; ok {
		return code{shape: shape, text: plain}, false
	}
	if isNumber(c.name) {
		return code{shape: digits, text: plain}, false
	}
	return code{shape: freeText, text: raw}, false
}

// constant is the code of a text that is always the same, which may hold blanks.
func constant(c call) code {
	text := c.arguments()[0]
	if text == "" {
		return code{shape: freeText, text: raw}
	}
	return code{text: plain, shape: directive.Shape{
		Kind: directive.KindFunc, Width: len(text), Expect: strconv.Quote(text),
		Func: func(line string, i, end int) (int, int64) {
			if !strings.HasPrefix(line[i:end], text) {
				return -1, 0
			}
			return i + len(text), 0
		},
	}}
}

// header is a header of any name.
func header(prefix, name string) code {
	c := code{shape: freeText, text: raw}
	if name != "" {
		c.field.Key, c.field.Conv = format.Header(prefix, name)
	}
	c.shape.Absorb = c.field.Key == attr.UserAgentOriginal // of two texts this is the one with blanks
	return c
}

// slot is a captured header by its number.
func slot(keys []string, n string) (code, bool) {
	c := code{shape: freeText, text: raw}
	i, err := strconv.Atoi(n)
	if err != nil || i < 0 || i >= len(keys) || keys[i] == "" {
		return c, false
	}
	c.field.Key, c.field.Conv = keys[i], convOf(keys[i])
	c.shape.Absorb = keys[i] == attr.UserAgentOriginal
	return c, true
}

// convOf is how the attribute of a captured value is written: headers are lists.
func convOf(key string) field.Conv {
	if strings.Contains(key, ".header.") {
		return field.Strs
	}
	return field.Str
}

// convert is the code behind a converter; last says that none follows.
func convert(c code, known bool, conv call, last bool) (code, bool) {
	if date, ok := formatted(c, conv); ok {
		return date, known
	}
	if makesNumber(conv.name) {
		return code{shape: digits, text: plain}, false
	}
	switch conv.name {
	case "lower", "upper", "trim", "ltrim", "rtrim", "xml_sanitize", "htmlescape":
		return c, known
	case "json":
		c.shape = jsonText
		if c.field.Role == 0 {
			c.field.Conv = convOf(c.field.Key)
		}
		c.text, c.field.Clean = raw, unescapeBytes
		if strings.HasPrefix(conv.args, "utf8") {
			c.field.Clean = jsonscan.Unescape
		}
		return c, known && last
	case "hex", "base64", "ub64enc", "url_enc":
		return code{shape: directive.Shape{Kind: directive.KindSet, Set: words.Set, Expect: "text without blanks"}, text: plain}, false
	case "ipmask":
		return code{shape: address, text: plain}, false
	}
	return code{shape: freeText, text: raw}, false
}

// argumentsChangeNothing are fetches whose arguments do not change what their value is.
var argumentsChangeNothing = map[string]bool{"unique-id": true}

// shapes are those of fetches without an attribute.
var shapes = map[string]directive.Shape{
	"capture.res.ver": words, "res.ver": words, "resp_ver": words, "uuid": words, "base": rawWords, "ssl_fc_alpn": words, "ssl_fc_npn": words,
	"ssl_bc_protocol": tlsWord, "ssl_bc_cipher": tlsWord, "ssl_bc_alpn": words, "fc_pp_unique_id": words,
}

// expressions are the samples that have attributes of their own: those that option httpslog logs, and those that stand
// for variables (the manual's section 8.2.6 of 3.0 has them beside the variables).
var expressions = map[string]code{
	"fc_err":            {field: field.Field{Key: attr.HaproxyFcErr, Conv: field.Positive, Role: roleFcErr}, shape: digits, text: plain},
	"fc_err_str":        {field: field.Field{Key: attr.HaproxyMessage, Conv: field.Str, Role: roleMessage}, shape: phrase, text: encoded},
	"ssl_fc_err,hex":    {field: field.Field{Key: attr.HaproxySslFcErr, Conv: field.Positive}, shape: hexDigits, text: plain},
	"ssl_fc_err":        {field: field.Field{Key: attr.HaproxySslFcErr, Conv: field.Positive}, shape: digits, text: plain},
	"ssl_c_err":         {field: field.Field{Key: attr.HaproxySslCErr, Conv: field.Positive}, shape: digits, text: plain},
	"ssl_c_ca_err":      {field: field.Field{Key: attr.HaproxySslCCaErr, Conv: field.Positive}, shape: digits, text: plain},
	"ssl_fc_is_resumed": {field: field.Field{Key: attr.TLSResumed, Conv: field.Bool}, shape: digits, text: plain},
	"ssl_fc":            {field: field.Field{Role: roleSecure}, shape: digits, text: plain},
	"ssl_fc_sni":        {field: field.Field{Key: attr.TLSClientServerName, Conv: field.Str}, shape: serverName, text: plain},
	"ssl_fc_protocol":   {field: field.Field{Key: attr.TLSProtocolVersion, Conv: field.Str}, shape: tlsWord, text: plain},
	"ssl_fc_cipher":     {field: field.Field{Key: attr.TLSCipher, Conv: field.Str}, shape: tlsWord, text: plain},

	"unique-id": {field: field.Field{Key: attr.HaproxyUniqueID, Conv: field.Str}, shape: words, text: plain},

	"capture.req.method": {field: field.Field{Role: roleMethod}, shape: rawWords, text: raw, http: true},
	"capture.req.uri":    {field: field.Field{Role: roleURI}, shape: rawWords, text: raw, http: true},
	"capture.req.ver":    {field: field.Field{Role: roleVersion}, shape: rawWords, text: raw, http: true},
	"method":             {field: field.Field{Role: roleMethod}, shape: rawWords, text: raw, http: true},
	"url":                {field: field.Field{Role: roleURI}, shape: rawWords, text: raw, http: true},
	"pathq":              {field: field.Field{Role: roleURI}, shape: rawWords, text: raw, http: true},
	"path":               {field: field.Field{Role: rolePath}, shape: rawWords, text: raw, http: true},
	"query":              {field: field.Field{Role: roleQuery}, shape: rawWords, text: raw, http: true},
	"req.ver":            {field: field.Field{Role: roleVersion}, shape: rawWords, text: raw, http: true},
	"req_ver":            {field: field.Field{Role: roleVersion}, shape: rawWords, text: raw, http: true},
	"status":             {field: field.Field{Role: roleStatus}, shape: digits, text: plain, http: true},
	"txn.status":         {field: field.Field{Role: roleStatus}, shape: digits, text: plain, http: true},

	"fe_name":  {field: field.Field{Role: roleFrontend}, shape: name, text: plain},
	"be_name":  {field: field.Field{Role: roleBackend}, shape: name, text: plain},
	"srv_name": {field: field.Field{Role: roleServer}, shape: name, text: plain},
	"hostname": {field: field.Field{Role: roleHost}, shape: hostname, text: plain},
	"pid":      {field: field.Field{Role: rolePID}, shape: digits, text: plain},

	"src":         {field: field.Field{Role: roleClientAddress}, shape: address, text: plain},
	"src_port":    {field: field.Field{Role: roleClientPort}, shape: digits, text: plain},
	"dst":         {field: field.Field{Key: attr.NetworkLocalAddress, Conv: field.Str}, shape: address, text: plain},
	"dst_port":    {field: field.Field{Key: attr.NetworkLocalPort, Conv: field.Count}, shape: digits, text: plain},
	"fc_src":      {field: field.Field{Key: attr.NetworkPeerAddress, Conv: field.Str}, shape: address, text: plain},
	"fc_src_port": {field: field.Field{Key: attr.NetworkPeerPort, Conv: field.Count}, shape: digits, text: plain},
	"fc_dst":      {field: field.Field{Key: attr.NetworkLocalAddress, Conv: field.Str}, shape: address, text: plain},
	"fc_dst_port": {field: field.Field{Key: attr.NetworkLocalPort, Conv: field.Count}, shape: digits, text: plain},
	"bc_src":      {field: field.Field{Key: attr.HaproxyBackendLocalAddress, Conv: field.Str}, shape: address, text: plain},
	"bc_src_port": {field: field.Field{Key: attr.HaproxyBackendLocalPort, Conv: field.Count}, shape: digits, text: plain},
	"bc_dst":      {field: field.Field{Key: attr.ProxyUpstreamAddress, Conv: field.Str}, shape: address, text: plain},
	"bc_dst_port": {field: field.Field{Key: attr.ProxyUpstreamPort, Conv: field.Count}, shape: digits, text: plain},

	"bytes_out": {field: field.Field{Role: roleBytes}, shape: digits, text: plain},
	"bytes_in":  {field: field.Field{Key: attr.ProxyClientBytesSent, Conv: field.Count}, shape: digits, text: plain},

	"txn.timer.total":     {field: field.Field{Role: roleActive}, shape: digits, text: plain, http: true},
	"fc.timer.total":      {field: field.Field{Role: roleTotal}, shape: digits, text: plain},
	"txn.timer.user":      {field: field.Field{Key: attr.HaproxyTimeUser, Conv: field.Millis}, shape: digits, text: plain},
	"fc.timer.handshake":  {field: field.Field{Key: attr.HaproxyTimeHandshake, Conv: field.Millis}, shape: digits, text: plain},
	"req.timer.idle":      {field: field.Field{Key: attr.HaproxyTimeIdle, Conv: field.Millis}, shape: digits, text: plain},
	"req.timer.tq":        {field: field.Field{Key: attr.HaproxyTimeRequestTotal, Conv: field.Millis}, shape: digits, text: plain},
	"req.timer.hdr":       {field: field.Field{Key: attr.HaproxyTimeRequest, Conv: field.Millis}, shape: digits, text: plain},
	"req.timer.queue":     {field: field.Field{Key: attr.HaproxyTimeQueue, Conv: field.Millis}, shape: digits, text: plain},
	"bc.timer.connect":    {field: field.Field{Key: attr.HaproxyTimeConnect, Conv: field.Millis}, shape: digits, text: plain},
	"res.timer.hdr":       {field: field.Field{Key: attr.HaproxyTimeResponse, Conv: field.Millis}, shape: digits, text: plain},
	"res.timer.data":      {field: field.Field{Key: attr.HaproxyTimeData, Conv: field.Millis}, shape: digits, text: plain},
	"txn.sess_term_state": {field: field.Field{Key: attr.HaproxyTerminationState, Conv: field.Str, Role: roleState}, shape: stateCookie, text: plain},
	"txn.conn_retries":    {field: field.Field{Key: attr.HaproxyRetries, Conv: field.Count}, shape: digits, text: plain},
	"act_conn":            {field: field.Field{Key: attr.HaproxyConnectionsActive, Conv: field.Count}, shape: digits, text: plain},
}
