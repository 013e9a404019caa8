// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package haproxy

import "strings"

// numberFetches are the samples that are a number or a truth, which prints as 1 or 0, as far as isNumber's endings do not
// tell (the manual's sections 7.3.2 to 7.3.7 of 2.6, and what 3.2 added).
var numberFetches = wordSet(`
	always_false always_true avg_queue base32 bc_err bc_glitches bc_nb_streams bc_rtt bc_rttvar be_id bool connslots date_us
	distcc_param fc_fackets fc_glitches fc_lost fc_nb_streams fc_rcvd_proxy fc_reordering fc_retrans fc_rtt fc_rttvar fc_sacked
	fc_unacked fe_id http_auth http_first_req int last_rule_line nbproc nbsrv nbthread prio_class prio_offset proc queue
	quic_enabled rand rep_ssl_hello_type req.len req.proto_http req.ssl_ec_ext req.ssl_hello_type req.ssl_st_ext req.ssl_ver
	req_proto_http req_ssl_hello_type req_ssl_ver res.cache_hit res.comp res.len res.ssl_hello_type so_id srv_id srv_is_up
	ssl_bc ssl_bc_err ssl_bc_is_resumed ssl_c_ca_err_depth ssl_c_err ssl_c_used ssl_c_verify ssl_c_version ssl_f_version
	ssl_fc_cipherlist_xxh ssl_fc_has_crt ssl_fc_has_early ssl_fc_has_sni ssl_s_version stopping table_avl thread
	txn.redispatched url32 url_port wait_end`)

// isNumber reports whether a fetch is a number or a truth.
func isNumber(fetch string) bool {
	if numberFetches[fetch] {
		return true
	}
	for _, ending := range [...]string{
		"_avg", "_bytes", "_calls", "_cnt", "_conn", "_free", "_keysize", "_len", "_limit", "_local", "_major", "_queue", "_rate", "_size",
		"_timeout", "_tot", "_val", "_weight",
	} {
		if strings.HasSuffix(fetch, ending) {
			return true
		}
	}
	// What a sticky counter holds, by its number or by the client's address; sc_key is what it is looked up by.
	for _, counter := range [...]string{"sc_", "sc0_", "sc1_", "sc2_", "src_"} {
		if strings.HasPrefix(fetch, counter) {
			return !strings.HasSuffix(fetch, "_key")
		}
	}
	return false
}

// numberConverters are the converters behind which there is a number or a truth (section 7.3.1).
var numberConverters = wordSet(`
	add and bool bytes_count cpl crc32 crc32c div djb2 even fix_is_valid hash hex2i in_table jwt_verify length mod mqtt_is_valid mul
	nbsrv neg not odd or port_only rfc7239_is_valid sdbm secure_memcmp srv_queue strcmp sub utime_int wt6 xor xxh3 xxh32 xxh64`)

// makesNumber reports whether there is a number or a truth behind a converter: also what a map or a table holds of one.
func makesNumber(converter string) bool {
	return numberConverters[converter] || strings.HasPrefix(converter, "table_") ||
		strings.HasPrefix(converter, "map_") && strings.HasSuffix(converter, "_int")
}

// wordSet is the words of a text.
func wordSet(text string) map[string]bool {
	set := map[string]bool{}
	for w := range strings.FieldsSeq(text) {
		set[w] = true
	}
	return set
}
