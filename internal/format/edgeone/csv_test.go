// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package edgeone_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/proxylog/proxylog/internal/decode"
	"github.com/proxylog/proxylog/internal/explain"
	"github.com/proxylog/proxylog/internal/format/formattest"
)

// columns is the configuration for an order of columns.
func columns(names ...string) decode.Config {
	cfg := config()
	cfg.Formats.EdgeOne.Fields = names
	return cfg
}

// TestCSV wants of the entries as values the records of the same entries as JSON objects: with the order configured, and
// with the order of the documentation, which is that of these samples.
func TestCSV(t *testing.T) {
	for sample, lines := range map[string]int{
		"main": 2710, "small": 24, "jsonl_ms": 667, "oldver_no_session_id": 777, "sampled": 570, "perfect": 341,
	} {
		t.Run(sample, func(t *testing.T) {
			dir := formattest.Corpus(t, "edgeone/samples/"+sample)
			objects := read(t, config(), formattest.Lines(t, filepath.Join(dir, "entries.jsonl"))...)
			require.Len(t, objects, lines)
			order := strings.Split(strings.TrimSpace(string(formattest.Read(t, filepath.Join(dir, "fields.txt")))), ",")
			text := formattest.Lines(t, filepath.Join(dir, "entries.csv"))
			auto := columns()
			auto.Format = "auto"
			for i, cfg := range []decode.Config{columns(order...), columns(), auto} {
				values := read(t, cfg, text...)
				require.Len(t, values, lines)
				for k := range values {
					require.Nil(t, values[k].Error, "%s: %+v", text[k], values[k].Error)
					require.Equal(t, "l4_csv", values[k].Dialect)
					if diff := cmp.Diff(objects[k].Record, values[k].Record, cmpopts.IgnoreFields(explain.Record{}, "Body")); diff != "" {
						t.Fatalf("configuration %d, line %d (-json +csv):\n%s", i, k+1, diff)
					}
					require.Equal(t, strings.TrimRight(text[k], "\r"), values[k].Record.Body)
				}
			}
		})
	}
}

// TestCSVOnOneLine wants of entries that are not separated by ends of lines the records that they have on lines of their
// own, whatever separates records and columns; one that is bad costs itself.
func TestCSVOnOneLine(t *testing.T) {
	lines := formattest.Lines(t, formattest.Testdata("edgeone/ok/values.log"))[:12]
	names := strings.Split("ServiceID,SessionID,ConnectTimeStamp,DisconnetTimeStamp,DisconnetReason,ClientRealIP,ClientRegion,EdgeIP,"+
		"ForwardProtocol,ForwardPort,SentBytes,ReceivedBytes,LogTimeStamp", ",")
	bad := strings.Replace(lines[3], "T", "X", 2)
	for _, columnsBy := range []string{",", "\t", ";"} {
		for _, recordsBy := range []string{",", "\t", ";"} {
			for _, end := range []string{"", recordsBy} {
				for _, cfg := range []decode.Config{columns(), columns(names...)} {
					var own []string
					for _, l := range append(lines[:len(lines):len(lines)], bad) {
						own = append(own, strings.ReplaceAll(l, ",", columnsBy))
					}
					want := read(t, cfg, own...)
					got := read(t, cfg, strings.Join(own, recordsBy)+end)
					require.Len(t, got, len(want))
					for i := range want {
						assert.Equal(t, want[i].Record, got[i].Record)
						assert.Equal(t, want[i].Error == nil, got[i].Error == nil)
					}
				}
			}
		}
	}
}

// TestCSVFirstIsBad: a source is recognised by its first line of several entries, whichever of them can be read.
func TestCSVFirstIsBad(t *testing.T) {
	good := formattest.Lines(t, formattest.Testdata("edgeone/ok/values.log"))[:2]
	bad := strings.Replace(good[0], "T", "X", 2)
	auto := columns()
	auto.Format = "auto"
	got := read(t, auto, strings.Join([]string{bad, good[0], good[1]}, ";"))
	require.Len(t, got, 3)
	require.NotNil(t, got[0].Error)
	for i, want := range read(t, auto, good...) {
		assert.Equal(t, want.Record, got[i+1].Record)
	}
}

func TestCSVQuoting(t *testing.T) {
	cfg := columns("SessionID", "LogTimeStamp", "DisconnetReason", "SentBytes", "Remark")
	for line, want := range map[string][]any{
		`s,2026-11-20T00:01:00Z,-,10,-`:                     {"s", nil, int64(10), nil},
		`s,2026-11-20T00:01:00Z,-,10,`:                      {"s", nil, int64(10), nil},
		`"s","2026-11-20T00:01:00Z","-","10","x"`:           {"s", nil, int64(10), "x"},
		`"a,b",2026-11-20T00:01:00Z,up:x,-1,"say ""hi"""`:   {"a,b", "x", nil, `say "hi"`},
		`s;2026-11-20T00:01:00Z;"up: a;b";10;a "b" c`:       {"s", "a;b", int64(10), `a "b" c`},
		"s\t2026-11-20T00:01:00Z\t\t10\t\"not closed":       {"s", nil, int64(10), `"not closed`},
		`"s"x,2026-11-20T00:01:00Z,-,10,`:                   {`"s"x`, nil, int64(10), nil},
		"\ufeffs,1795132860,-,10,caf\u00e9":                 {"s", nil, int64(10), "café"},
		`s,1795132860250,"",10,` + "\xe9":                   {"s", nil, int64(10), "\ufffd"},
		`,"2026-11-20T08:01:00+08:00",down：x,10,a`:          {nil, "x", int64(10), "a"},
		`SessionID,2026-11-20T00:01:00Z,-,10,LogTimeStampX`: {"SessionID", nil, int64(10), "LogTimeStampX"},
	} {
		a := one(t, cfg, line).Attributes
		var got []any
		for _, k := range []string{"proxy.session.id", "edgeone.disconnect.reason", "proxy.delta.client.bytes_sent", "edgeone.Remark"} {
			got = append(got, a[k])
		}
		assert.Equal(t, want, got, line)
	}
	// The names of the columns are no entry.
	assert.Empty(t, read(t, cfg, "SessionID,LogTimeStamp,DisconnetReason,SentBytes,Remark"))
	assert.Empty(t, read(t, cfg, `"SessionID";"LogTimeStamp";"DisconnetReason";"SentBytes";"Remark"`))
}

func TestCSVRejects(t *testing.T) {
	cfg := columns("SessionID", "LogTimeStamp", "SentBytes")
	cfg.Formats.EdgeOne.Delimiter = "comma"
	for line, want := range map[string]explain.Error{
		"s,2026-11-20T00:01:00Z":       {Reason: "truncated", Field: "SentBytes", Offset: 22},
		"s,2026-11-20T00:01:00Z,1,2":   {Reason: "trailing", Offset: 24},
		"s;2026-11-20T00:01:00Z;1":     {Reason: "unrecognized"},
		"s,yesterday,1":                {Reason: "bad_value", Field: "LogTimeStamp", Offset: 2},
		"s,2026-11-20T00:01:00Z,many":  {Reason: "bad_value", Field: "SentBytes", Offset: 23},
		"s,-,1":                        {Reason: "missing_field", Field: "LogTimeStamp"},
		`{"SessionID":"s","a":1}`:      {Reason: "unrecognized"},
		"plain text, with more, and 1": {Reason: "bad_value", Field: "LogTimeStamp", Offset: 11},
	} {
		got := read(t, cfg, line)
		require.Len(t, got, 1, line)
		require.NotNil(t, got[0].Error, line)
		if diff := cmp.Diff(want, *got[0].Error, cmpopts.IgnoreFields(explain.Error{}, "Expected", "Dialect")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", line, diff)
		}
	}
	// Where nobody has configured the order every value has to be of its kind.
	good := "sid-1,s1,2026-11-20T00:00:00Z,-,-,192.0.2.1,DE,198.51.100.1,TCP,443,10,20,2026-11-20T00:01:00Z"
	one(t, config(), good)
	for from, to := range map[string]string{
		"192.0.2.1": "host", "TCP": "SCTP", "443": "70000", "10,": "ten,", "2026-11-20T00:00:00Z": "-", "2026-11-20T00:01:00Z": "-", "sid-1": "sid-1,x",
	} {
		got := read(t, config(), strings.Replace(good, from, to, 1))
		require.Len(t, got, 1)
		require.NotNil(t, got[0].Error, from)
		assert.Equal(t, "unrecognized", got[0].Error.Reason)
	}
}

func TestCSVConfig(t *testing.T) {
	for want, set := range map[string]func(*decode.Config){
		`edgeone::delimiter: "|" is none of`:             func(c *decode.Config) { c.Formats.EdgeOne.Delimiter = "|" },
		"edgeone::fields[1]: a name is missing":          func(c *decode.Config) { c.Formats.EdgeOne.Fields = []string{"SessionID", " ", "LogTimeStamp"} },
		`edgeone::fields[2]: "SessionID" is there twice`: func(c *decode.Config) { c.Formats.EdgeOne.Fields = []string{"SessionID", "LogTimeStamp", "SessionID"} },
		"fields: an entry needs":                         func(c *decode.Config) { c.Formats.EdgeOne.Fields = []string{"SessionID", "SentBytes"} },
		"fields: 300 columns":                            func(c *decode.Config) { c.Formats.EdgeOne.Fields = make([]string, 300) },
	} {
		cfg := config()
		set(&cfg)
		err := cfg.Validate()
		if assert.Error(t, err, want) {
			assert.Contains(t, strings.ReplaceAll(err.Error(), "\n", " edgeone::"), want)
		}
	}
}

// TestConnectivityTest wants of the object with which EdgeOne tries a new receiver an event; entries of the L7 log are
// none of ours.
func TestConnectivityTest(t *testing.T) {
	raw := formattest.Read(t, formattest.Corpus(t, "edgeone/samples/small/connectivity_test.json"))
	payload := strings.TrimSpace(string(raw))
	compact := strings.ReplaceAll(strings.ReplaceAll(payload, "\n", ""), "    ", "")
	// As one payload, and as the one line of another sender.
	for _, line := range []string{payload, compact, "[" + compact + "]"} {
		for _, name := range []string{"auto", "edgeone"} {
			cfg := config()
			cfg.Format = name
			d := formattest.Decoder(t, cfg)
			got := explain.New(d, t.Name()).ReadLine(decode.Line{Text: line, Observed: formattest.Observed})
			require.Nil(t, got.Error)
			require.NotNil(t, got.Record)
			assert.Equal(t, []any{"proxy.event", "INFO", "connectivity_test", "event"}, []any{got.Record.Event, got.Record.Severity, got.Dialect, got.Kind})
			assert.Equal(t, "2026-11-22T12:00:00.000000000Z", got.Record.Timestamp, "what it holds are examples")
			assert.Equal(t, "13515444256055847385", got.Record.Attributes["edgeone.RequestID"])
			assert.Equal(t, "CN", got.Record.Attributes["edgeone.ClientRegion"])
			for _, k := range []string{"geo.country.iso_code", "proxy.outcome", "proxy.start_time", "client.address"} {
				assert.NotContains(t, got.Record.Attributes, k)
			}
		}
	}
	l7 := strings.NewReplacer(`"ClientIP": "0.0.0.0"`, `"ClientIP": "192.0.2.1"`, `"EdgeServerIP": "0.0.0.0"`, `"EdgeServerIP": "198.51.100.1"`, "\n", "").Replace(payload)
	got := read(t, config(), l7)
	require.Len(t, got, 1)
	require.NotNil(t, got[0].Error)
	assert.Equal(t, "foreign", got[0].Error.Reason)
	assert.Contains(t, got[0].Error.Expected, "L7")
}

// FuzzCSV reads lines of values in an order of columns, one of which nobody knows.
func FuzzCSV(f *testing.F) {
	for _, s := range []string{
		"s,2026-11-20T00:01:00Z,1,x", `"s";"2026-11-20T00:01:00Z";"1";"x""y"`, "s\t1795132860\t-1\t", `",,,"`, `"",,"",`, "SessionID,LogTimeStamp,SentBytes,New", "[1,2,3,4]", ",,,",
	} {
		f.Add(s)
	}
	cfg := columns("SessionID", "LogTimeStamp", "SentBytes", "New")
	cfg.Format = "auto"
	formattest.Fuzz(f, cfg, nil)
}

// TestCSVHeaderFirst has the names of the columns as the first line of a file whose format nobody has named.
func TestCSVHeaderFirst(t *testing.T) {
	auto := config()
	auto.Format = "auto"
	names := "ServiceID,SessionID,ConnectTimeStamp,DisconnetTimeStamp,DisconnetReason,ClientRealIP,ClientRegion,EdgeIP,ForwardProtocol,ForwardPort,SentBytes,ReceivedBytes,LogTimeStamp"
	for _, head := range []string{names, strings.Replace(names, "SessionID,", "", 1), strings.ReplaceAll(names, ",", "\t"), `"` + strings.ReplaceAll(names, ",", `";"`) + `"`} {
		assert.Empty(t, read(t, auto, head), head)
	}
}

// TestCSVOtherOrder: names of columns in an order that is not expected are rejected with the setting that reads what stands
// behind them.
func TestCSVOtherOrder(t *testing.T) {
	auto := config()
	auto.Format = "auto"
	for _, names := range []string{
		"LogTimeStamp,SessionID,SentBytes", "\"SessionID\"\t\"DisconnectReason\"\tSentBytes\tLogTimeStamp",
		"SessionID;ServiceID;ConnectTimeStamp;DisconnetTimeStamp;DisconnetReason;ClientRealIP;ClientRegion;EdgeIP;ForwardProtocol;ForwardPort;SentBytes;ReceivedBytes;LogTimeStamp",
	} {
		order := strings.FieldsFunc(strings.ReplaceAll(names, `"`, ""), func(r rune) bool { return strings.ContainsRune(",;\t", r) })
		for _, cfg := range []decode.Config{config(), auto} {
			got := read(t, cfg, names)
			require.Len(t, got, 1, names)
			require.NotNil(t, got[0].Error, names)
			assert.Equal(t, "mismatch", got[0].Error.Reason)
			assert.Contains(t, got[0].Error.Expected, "edgeone::fields: ["+strings.Join(order, ", ")+"]")
		}
		assert.Empty(t, read(t, columns(order...), names), names)
	}
	for _, line := range []string{"SessionID", "SessionID,LogTimeStamp,", "SessionID,sent", ""} {
		for _, l := range read(t, config(), line) {
			assert.NotContains(t, l.Error.Expected, "edgeone::fields", line)
		}
	}
}

// TestGuessedError: what is wrong with a line that could be one entry, or as many as an entry has columns, is said of the
// one.
func TestGuessedError(t *testing.T) {
	const columns = 13 // of the documented order with SessionID
	entry := strings.Repeat("x;", columns-1) + "x"
	got := formattest.Explain(t, config(), []byte(strings.Repeat(entry+",", columns-1)+entry))
	// ConnectTimeStamp is the third column.
	if want := 2 * len(entry+","); len(got) != 1 || got[0].Error == nil || got[0].Error.Offset != want {
		t.Errorf("want an error at byte %d: %+v, %+v", want, got, got[0].Error)
	}
}
