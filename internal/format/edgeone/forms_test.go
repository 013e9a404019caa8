// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package edgeone_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/proxylog/proxylog/internal/decode"
	"github.com/proxylog/proxylog/internal/explain"
	"github.com/proxylog/proxylog/internal/format"
	"github.com/proxylog/proxylog/internal/format/formattest"
)

const (
	open  = `{"ServiceID":"sid-1","SessionID":"s1","ConnectTimeStamp":"2026-11-20T00:00:00Z","DisconnetTimeStamp":"-","DisconnetReason":"-","ClientRealIP":"192.0.2.1","ClientRegion":"DE","EdgeIP":"198.51.100.1","ForwardProtocol":"TCP","ForwardPort":443,"SentBytes":10,"ReceivedBytes":20,"LogTimeStamp":"2026-11-20T00:01:00Z"}`
	final = `{"ServiceID":"sid-1","SessionID":"s1","ConnectTimeStamp":"2026-11-20T00:00:00Z","DisconnetTimeStamp":"2026-11-20T00:01:30Z","DisconnetReason":"down:net_exception_closed","ClientRealIP":"192.0.2.1","ClientRegion":"DE","EdgeIP":"198.51.100.1","ForwardProtocol":"TCP","ForwardPort":443,"SentBytes":10,"ReceivedBytes":20,"LogTimeStamp":"2026-11-20T00:01:31Z"}`
)

// one reads a line that becomes one record.
func one(t *testing.T, cfg decode.Config, line string) *explain.Record {
	t.Helper()
	got := read(t, cfg, line)
	require.Len(t, got, 1, line)
	require.Nil(t, got[0].Error, line)
	return got[0].Record
}

// with replaces the value of a key in an entry; a value of "" takes the key out.
func with(t *testing.T, line, key, value string) string {
	t.Helper()
	i := strings.Index(line, `"`+key+`":`)
	require.GreaterOrEqual(t, i, 0, key)
	rest := line[i+len(key)+3:]
	var v json.RawMessage
	dec := json.NewDecoder(strings.NewReader(rest))
	require.NoError(t, dec.Decode(&v))
	rest = rest[dec.InputOffset():]
	if value == "" {
		return strings.Replace(line[:i]+strings.TrimPrefix(rest, ","), ",}", "}", 1)
	}
	return line[:i+len(key)+3] + value + rest
}

// TestByteCounts reads numbers as programs write them that hold all numbers as floating-point ones.
func TestByteCounts(t *testing.T) {
	for value, want := range map[string]any{
		"10": int64(10), `"10"`: int64(10), "123.0": int64(123), `"123.0"`: int64(123), "1.5e3": int64(1500), "1.5E+03": int64(1500),
		"2.57230360e7": int64(25723036), "0.0": int64(0), "-1.0": nil, "-1e0": nil,
	} {
		got := one(t, config(), with(t, final, "SentBytes", value)).Attributes
		assert.Equal(t, want, got["proxy.delta.client.bytes_sent"], value)
	}
	assert.Equal(t, int64(8443), one(t, config(), with(t, final, "ForwardPort", "8443.0")).Attributes["server.port"])
	for _, value := range []string{"1.5", `"1.5"`, "15e-1", "9223372036854775808.0", "1e19", `"1e"`, `"1_000"`} {
		got := read(t, config(), with(t, final, "SentBytes", value))
		require.Len(t, got, 1)
		require.NotNil(t, got[0].Error, value)
		assert.Equal(t, "bad_value", got[0].Error.Reason)
		assert.Equal(t, "SentBytes", got[0].Error.Field)
	}
	csv := config()
	csv.Formats.EdgeOne.Fields = []string{"SessionID", "LogTimeStamp", "SentBytes"}
	assert.Equal(t, int64(1500), one(t, csv, "s,2026-11-20T00:01:00Z,1.5e3").Attributes["proxy.delta.client.bytes_sent"])
}

func TestMissingValues(t *testing.T) {
	attributes := map[string][]string{
		"ServiceID": {"proxy.listener.name", "edgeone.service.id"}, "SessionID": {"proxy.session.id"},
		"ConnectTimeStamp": {"proxy.start_time", "proxy.duration"}, "ClientRealIP": {"client.address", "network.type"},
		"ClientRegion": {"geo.country.iso_code"}, "EdgeIP": {"network.local.address"}, "ForwardProtocol": {"network.transport"},
		"ForwardPort": {"network.local.port", "server.port"}, "SentBytes": {"proxy.delta.client.bytes_sent"},
		"ReceivedBytes": {"proxy.delta.client.bytes_received"}, "LogTimeStamp": {"edgeone.log.time"},
		"DisconnetTimeStamp": {}, "DisconnetReason": {"edgeone.disconnect.reason"},
	}
	all := one(t, config(), final).Attributes
	for key, gone := range attributes {
		for _, sentinel := range []string{`"-"`, `""`, `null`, ``} {
			got := one(t, config(), with(t, final, key, sentinel)).Attributes
			for _, g := range gone {
				assert.Contains(t, all, g)
				assert.NotContains(t, got, g, "%s of %s", g, sentinel)
			}
			for k, v := range got {
				assert.NotContains(t, []any{"-", ""}, v, k)
			}
		}
	}
	for _, key := range []string{"ForwardPort", "SentBytes", "ReceivedBytes"} {
		for _, sentinel := range []string{`-1`, `"-1"`} {
			got := one(t, config(), with(t, final, key, sentinel)).Attributes
			for _, g := range attributes[key] {
				assert.NotContains(t, got, g, sentinel)
			}
		}
	}
}

func TestTimes(t *testing.T) {
	for form, want := range map[string]string{
		`"2026-11-20T00:01:00Z"`:           "2026-11-20T00:01:00.000000000Z",
		`"2026-11-20T08:01:00+08:00"`:      "2026-11-20T00:01:00.000000000Z",
		`"2026-11-19T19:31:00.5-0430"`:     "2026-11-20T00:01:00.500000000Z",
		`"2026-11-20 00:01:00"`:            "2026-11-20T00:01:00.000000000Z",
		`"2026-11-20T00:01:00.123456789Z"`: "2026-11-20T00:01:00.123456789Z",
		`"2026-11-20T00\u003a01:00Z"`:      "2026-11-20T00:01:00.000000000Z",
		`1795132860`:                       "2026-11-20T00:01:00.000000000Z",
		`"1795132860"`:                     "2026-11-20T00:01:00.000000000Z",
		`1795132860250`:                    "2026-11-20T00:01:00.250000000Z",
		`"1795132860250"`:                  "2026-11-20T00:01:00.250000000Z",
	} {
		r := one(t, config(), with(t, open, "LogTimeStamp", form))
		assert.Equal(t, want, r.Timestamp, form)
		assert.Equal(t, want, r.Attributes["edgeone.log.time"], form)
		r = one(t, config(), with(t, open, "ConnectTimeStamp", form))
		assert.Equal(t, want, r.Attributes["proxy.start_time"], form)
		r = one(t, config(), with(t, final, "DisconnetTimeStamp", form))
		assert.Equal(t, want, r.Timestamp, form)
	}
	// A clock that went backwards gives no duration.
	assert.NotContains(t, one(t, config(), with(t, open, "ConnectTimeStamp", `"2026-11-20T00:02:00Z"`)).Attributes, "proxy.duration")
}

func TestEndings(t *testing.T) {
	for _, c := range []struct {
		reason, event, severity, attribute, endedBy, outcome, errorType string
	}{
		{"up:net_exception_peer_error", "proxy.session.end", "WARN", "net_exception_peer_error", "upstream", "failure", "net_exception_peer_error"},
		{"down: net_exception_peer_close", "proxy.session.end", "INFO", "net_exception_peer_close", "client", "success", ""},
		{"up：net_exception_closed", "proxy.session.end", "INFO", "net_exception_closed", "upstream", "success", ""},
		{"Down ： channel_eof_exception", "proxy.session.end", "INFO", "channel_eof_exception", "client", "success", ""},
		{"up:create_peer_channel_exception", "proxy.session.end", "ERROR", "create_peer_channel_exception", "upstream", "failure", "create_peer_channel_exception"},
		{"down:net_exception_timeout", "proxy.session.end", "WARN", "net_exception_timeout", "client", "failure", "net_exception_timeout"},
		{"net_exception_closed", "proxy.session.end", "INFO", "net_exception_closed", "unknown", "success", ""},
		{"sideways:something new: 7", "proxy.session.end", "INFO", "something new: 7", "unknown", "unknown", ""},
		{"-", "proxy.session.progress", "INFO", "", "", "", ""},
		{"", "proxy.session.progress", "INFO", "", "", "", ""},
	} {
		line := with(t, final, "DisconnetReason", `"`+c.reason+`"`)
		for _, line := range []string{line, strings.ReplaceAll(line, "Disconnet", "Disconnect")} {
			r := one(t, config(), line)
			got := []string{r.Event, r.Severity}
			for _, k := range []string{"edgeone.disconnect.reason", "proxy.ended_by", "proxy.outcome", "error.type"} {
				v, _ := r.Attributes[k].(string)
				got = append(got, v)
			}
			assert.Equal(t, []string{c.event, c.severity, c.attribute, c.endedBy, c.outcome, c.errorType}, got, line)
		}
	}
	// The customer left the reason out: the time of the end tells, and nothing how.
	r := one(t, config(), with(t, final, "DisconnetReason", ""))
	assert.Equal(t, "proxy.session.end", r.Event)
	assert.Equal(t, "2026-11-20T00:01:30.000000000Z", r.Timestamp)
	assert.Equal(t, "unknown", r.Attributes["proxy.outcome"])
	r = one(t, config(), with(t, open, "DisconnetReason", ""))
	assert.Equal(t, "proxy.session.progress", r.Event)
}

func TestByteView(t *testing.T) {
	cfg := config()
	cfg.Formats.EdgeOne.ByteView = "edge"
	r := one(t, cfg, open)
	assert.Equal(t, int64(20), r.Attributes["proxy.delta.client.bytes_sent"])
	assert.Equal(t, int64(10), r.Attributes["proxy.delta.client.bytes_received"])
	r = one(t, config(), strings.NewReplacer(":10,", `:"10",`, ":20,", `:"9223372036854775807",`, ":443,", `:"443",`).Replace(open))
	assert.Equal(t, int64(10), r.Attributes["proxy.delta.client.bytes_sent"])
	assert.Equal(t, int64(1<<63-1), r.Attributes["proxy.delta.client.bytes_received"])
	assert.Equal(t, int64(443), r.Attributes["server.port"])
}

func TestUnknownKeys(t *testing.T) {
	line := strings.TrimSuffix(open, "}") + `,"ClientState":"CN-GD","Ratio":0.25,"Flag":true,"Off":false,"Nothing":null,"Dash":"-","None":-1,"N":7,` +
		`"New":{"a":[1,2]},"service.id":"x","caf\u00e9":"\u00e9\ud83d\ude00","SessionID":"last","N":8}`
	r := one(t, config(), line)
	want := map[string]any{
		"edgeone.ClientState": "CN-GD", "edgeone.Ratio": 0.25, "edgeone.Flag": true, "edgeone.Off": false, "edgeone.N": int64(8),
		"edgeone.New": `{"a":[1,2]}`, "edgeone.service.id_": "x", "edgeone.service.id": "sid-1", "edgeone.café": "é😀", "proxy.session.id": "last",
	}
	for k, v := range want {
		assert.Equal(t, v, r.Attributes[k], k)
	}
	for _, k := range []string{"edgeone.Nothing", "edgeone.Dash", "edgeone.None"} {
		assert.NotContains(t, r.Attributes, k)
	}
	// A range of ports is documented for rules; what it means in an entry is not.
	r = one(t, config(), with(t, open, "ForwardPort", `"1000-2000"`))
	assert.Equal(t, "1000-2000", r.Attributes["edgeone.ForwardPort"])
	assert.NotContains(t, r.Attributes, "server.port")
}

// TestDirty reads the corpus' file of odd lines: one is cut in the middle, one has a byte order mark and one a carriage
// return.
func TestDirty(t *testing.T) {
	lines := formattest.Lines(t, formattest.Corpus(t, "edgeone/samples/small/entries.dirty.jsonl"))
	require.Len(t, lines, 27)
	var records int
	var rejects []string
	for _, e := range read(t, config(), lines...) {
		if e.Error != nil {
			rejects = append(rejects, fmt.Sprint(e.Error.Reason, " at ", e.Error.Offset))
			continue
		}
		records++
	}
	assert.Equal(t, 26, records)
	assert.Equal(t, []string{fmt.Sprint("truncated at ", len(lines[1]))}, rejects)
}

// TestEntryCostsItself reads a line of several entries of which some cannot be read.
func TestEntryCostsItself(t *testing.T) {
	line := `[` + open + `,{"x":1},` + with(t, final, "SentBytes", `"x"`) + `,7,` + final + `,{"SessionID":`
	d := formattest.Decoder(t, config())
	src, b := d.NewSource("test"), d.NewBatch()
	src.Decode(b, decode.Line{Text: line, Observed: time.Unix(1, 0)})
	logs, stats := b.Take()
	assert.Equal(t, 6, logs.LogRecordCount())
	var parsed, rejects int64
	for i := range stats.Parsed {
		parsed += stats.Parsed[i]
	}
	for _, reason := range []format.Reason{format.Unrecognized, format.BadValue, format.Mismatch, format.Truncated} {
		for i := range stats.Rejects {
			rejects += stats.Rejects[i][reason]
		}
	}
	assert.Equal(t, []int64{1, 4}, []int64{parsed, rejects})
	var bodies []string
	for _, e := range read(t, config(), line) {
		if e.Record != nil {
			bodies = append(bodies, e.Record.Body.(string))
		}
	}
	assert.Equal(t, []string{open, final}, bodies)
}

func TestConfig(t *testing.T) {
	cfg := config()
	cfg.Formats.EdgeOne.ByteView = "both"
	cfg.Formats.EdgeOne.Fields = []string{"SessionID"}
	err := cfg.Validate()
	require.ErrorContains(t, err, `byte_view: "both" is neither client nor edge`)
	require.ErrorContains(t, err, "fields: ")
}

func TestSniff(t *testing.T) {
	cfg := config()
	cfg.Format = "auto"
	for line, want := range map[string]string{
		open: "", "[" + open + "]": "", "[": "", "],": "", "\ufeff" + final: "",
		`{"RequestID":"1","EdgeServerIP":"198.51.100.9","ClientIP":"192.0.2.7"}`: "foreign",
		`{"RequestID":"1","EdgeServerIP":"0.0.0.0","ClientIP":"0.0.0.0"}`:        "",
		`{"some":"json"}`: "unrecognized", "[1]": "unrecognized", "{}": "unrecognized",
		"[nil, 1]": "unrecognized",
	} {
		var reason string
		for _, e := range read(t, cfg, line) {
			if e.Error != nil {
				reason = e.Error.Reason
			}
		}
		assert.Equal(t, want, reason, line)
	}
}

func TestAllocs(t *testing.T) {
	formattest.Allocs(t, config(), open)
	formattest.Allocs(t, config(), final)
}
