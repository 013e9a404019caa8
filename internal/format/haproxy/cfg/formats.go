// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package cfg

// The strings that the options stand for (the manual's section 8.2; src/proxy.c, src/log.c). What clf prints between
// quotes and never fills stands there as it is.
const (
	TCPLog   = "%ci:%cp [%t] %ft %b/%s %Tw/%Tc/%Tt %B %ts %ac/%fc/%bc/%sc/%rc %sq/%bq"
	HTTPLog  = "%ci:%cp [%tr] %ft %b/%s %TR/%Tw/%Tc/%Tr/%Ta %ST %B %CC %CS %tsc %ac/%fc/%bc/%sc/%rc %sq/%bq %hr %hs %{+Q}r"
	TLSTail  = "%[fc_err]/%[ssl_fc_err,hex]/%[ssl_c_err]/%[ssl_c_ca_err]/%[ssl_fc_is_resumed] %[ssl_fc_sni]/%sslv/%sslc"
	HTTPSLog = HTTPLog + " " + TLSTail
	TCPCLF   = `%{+Q}o %{-Q}ci - - [%T] "TCP " 000 %B "" "" %cp %ms %ft %b %s %Th %Tw %Tc %Tt %U %ts-- %ac %fc %bc %sc %rc %sq %bq "" "" `
	HTTPCLF  = `%{+Q}o %{-Q}ci - - [%trg] %r %ST %B "" "" %cp %ms %ft %b %s %TR %Tw %Tc %Tr %Ta %tsc %ac %fc %bc %sc %rc %sq %bq %CC %CS %hrl %hsl`
)

// Formats is the value of the variables by which HAProxy tells its own formats (2.8 and 3.1).
func Formats(name string) (string, bool) {
	switch name {
	case "HAPROXY_TCP_LOG_FMT":
		return TCPLog, true
	case "HAPROXY_HTTP_LOG_FMT":
		return HTTPLog, true
	case "HAPROXY_HTTPS_LOG_FMT":
		return HTTPSLog, true
	case "HAPROXY_TCP_CLF_LOG_FMT":
		return TCPCLF, true
	case "HAPROXY_HTTP_CLF_LOG_FMT":
		return HTTPCLF, true
	}
	return "", false
}
