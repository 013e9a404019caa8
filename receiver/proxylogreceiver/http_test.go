// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package proxylogreceiver

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/md5"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/consumer/consumererror"

	"github.com/proxylog/proxylog/internal/attr"
	"github.com/proxylog/proxylog/internal/format/formattest"
	"github.com/proxylog/proxylog/receiver/proxylogreceiver/internal/httpin"
)

// The secret that the captured pushes are signed with.
const (
	secretID  = "YourID"
	secretKey = "0123456789abcdef0123456789abcdef"
)

// httpConfig listens on some port of this machine.
func httpConfig() *Config {
	cfg := createDefaultConfig().(*Config)
	cfg.HTTP.GetOrInsertDefault().Server.NetAddr.Endpoint = "127.0.0.1:0"
	return cfg
}

// signedConfig takes what is signed with any of the secrets.
func signedConfig(secrets ...httpin.Secret) *Config {
	cfg := httpConfig()
	cfg.HTTP.Get().Path = "/edgeone-logs"
	cfg.HTTP.Get().EdgeOneAuth.GetOrInsertDefault().Secrets = secrets
	return cfg
}

// sign is the query of a request at a time, made as the documentation says.
func sign(path string, at time.Time, id, key string) string {
	text := fmt.Sprintf("%d-4711", at.Unix())
	return fmt.Sprintf("auth_key=%s-%x&access_key=%s", text, md5.Sum([]byte(path+"-"+text+"-"+key)), id)
}

// answer is what a request was answered with.
type answer struct {
	status     int
	code, desc string // result_code, result_desc
	timestamp  int64
	retryAfter string
	header     http.Header
}

// post sends a body and wants an answer in the shape of the documentation's sample server.
func (h *harness) post(t *testing.T, pathAndQuery string, header map[string]string, body []byte) answer {
	t.Helper()
	return h.request(t, http.MethodPost, pathAndQuery, header, bytes.NewReader(body))
}

func (h *harness) request(t *testing.T, method, pathAndQuery string, header map[string]string, body io.Reader) answer {
	t.Helper()
	a, err := ask(t.Context(), method, "http://"+h.address(t)+pathAndQuery, header, body)
	require.NoError(t, err)
	assert.InDelta(t, time.Now().Unix(), a.timestamp, 60)
	return a
}

// posting sends a body, and its answer comes later; an empty one where there is none.
func (h *harness) posting(t *testing.T, body string) <-chan answer {
	t.Helper()
	out, url, ctx := make(chan answer, 1), "http://"+h.address(t), t.Context()
	go func() {
		a, _ := ask(ctx, http.MethodPost, url, nil, strings.NewReader(body))
		out <- a
	}()
	return out
}

// ask sends a request over a connection of its own.
func ask(ctx context.Context, method, url string, header map[string]string, body io.Reader) (answer, error) {
	req, err := http.NewRequestWithContext(ctx, method, url, body)
	if err != nil {
		return answer{}, err
	}
	for k, v := range header {
		req.Header.Set(k, v)
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true, DisableCompression: true}}
	resp, err := client.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	var sample struct {
		Code      string `json:"result_code"`
		Desc      string `json:"result_desc"`
		Timestamp int64  `json:"timestamp"`
	}
	err = json.NewDecoder(resp.Body).Decode(&sample)
	return answer{resp.StatusCode, sample.Code, sample.Desc, sample.Timestamp, resp.Header.Get("Retry-After"), resp.Header}, err
}

func packed(t *testing.T, body []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := w.Write(body)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return b.Bytes()
}

func unpacked(t *testing.T, body []byte) []byte {
	t.Helper()
	r, err := gzip.NewReader(bytes.NewReader(body))
	require.NoError(t, err)
	out, err := io.ReadAll(r)
	require.NoError(t, err)
	return out
}

// push is one request of a capture.
type push struct {
	Path    string
	Headers map[string]string
	Body    string `json:"body_b64"`
	Expect  string
}

// TestEdgeOnePushes sends captured pushes, signed anew: those that are right bring their records, each entry as it
// stands in the body; those that are forged, in every way that the capture knows, bring none.
func TestEdgeOnePushes(t *testing.T) {
	for _, capture := range []string{"", "small", "main", "jsonl_ms", "oldver_no_session_id"} {
		t.Run(capture, func(t *testing.T) {
			path := filepath.Join("testdata", "edgeone_push.jsonl")
			if capture != "" {
				path = formattest.Corpus(t, "edgeone/samples/"+capture+"/push.jsonl")
			}
			s := newSink()
			h := start(t, signedConfig(httpin.Secret{ID: secretID, Key: secretKey}), s, nil)
			want := make(map[string]int)
			entries := 0
			for l := range strings.Lines(string(formattest.Read(t, path))) {
				var p push
				require.NoError(t, json.Unmarshal([]byte(l), &p))
				body, err := base64.StdEncoding.DecodeString(p.Body)
				require.NoError(t, err)
				now := time.Now()
				query := sign(p.Path, now, secretID, secretKey)
				switch p.Expect {
				case "ok":
					text := body
					if p.Headers["Content-Encoding"] == "gzip" {
						text = unpacked(t, body)
					}
					for _, e := range objects(t, text) {
						want[e]++
						entries++
					}
				case "reject:bad_md5":
					query = sign(p.Path, now, secretID, "fedcba9876543210fedcba9876543210")
				case "reject:expired":
					query = sign(p.Path, now.Add(-302*time.Second), secretID, secretKey)
				case "reject:wrong_id":
					query = sign(p.Path, now, "OtherID", secretKey)
				case "reject:missing":
					query = ""
				default:
					t.Fatalf("the capture has a new kind of forgery: %s", p.Expect)
				}
				got := h.post(t, p.Path+"?"+query, p.Headers, body)
				if p.Expect == "ok" {
					assert.Equal(t, []any{200, "1", "Success"}, []any{got.status, got.code, got.desc})
				} else {
					assert.Equal(t, []any{401, "-1"}, []any{got.status, got.code}, p.Expect)
				}
			}
			h.stop(t)
			require.Positive(t, entries)
			assert.Equal(t, want, s.bodies)
			assert.Equal(t, map[string]int64{"parsed": int64(entries)}, h.lines(t))
			for _, r := range s.all() {
				kind, _ := r.Attributes().Get(attr.ProxyType)
				require.Equal(t, "edgeone", kind.Str())
			}
		})
	}
}

// objects are the objects of an array or of JSON Lines, read independently.
func objects(t *testing.T, body []byte) []string {
	t.Helper()
	var out []string
	for dec := json.NewDecoder(bytes.NewReader(body)); ; {
		var v json.RawMessage
		err := dec.Decode(&v)
		if errors.Is(err, io.EOF) {
			return out
		}
		require.NoError(t, err)
		if v[0] == '{' {
			out = append(out, string(v))
			continue
		}
		var list []json.RawMessage
		require.NoError(t, json.Unmarshal(v, &list))
		for _, e := range list {
			out = append(out, string(e))
		}
	}
}

// TestReplay takes a push that comes again within the window, and one that is signed with the other secret of two.
func TestReplay(t *testing.T) {
	s := newSink()
	h := start(t, signedConfig(httpin.Secret{ID: secretID, Key: secretKey}, httpin.Secret{ID: "NewID", Key: "new"}), s, nil)
	entry := []byte(`{"SessionID":"a","SentBytes":1,"LogTimeStamp":"2026-11-20T00:00:02Z"}`)
	query := sign("/edgeone-logs", time.Now().Add(-300*time.Second+soon), secretID, secretKey)
	for range 2 {
		assert.Equal(t, 200, h.post(t, "/edgeone-logs?"+query, nil, entry).status)
	}
	assert.Equal(t, 200, h.post(t, "/edgeone-logs?"+sign("/edgeone-logs", time.Now(), "NewID", "new"), nil, entry).status)
	assert.Equal(t, 401, h.post(t, "/edgeone-logs?"+sign("/edgeone-logs", time.Now(), "NewID", secretKey), nil, entry).status)
	h.stop(t)
	assert.Equal(t, 3, s.count(string(entry)))
	warned := h.logs.FilterMessageSnippet("not signed").All()
	require.Len(t, warned, 1)
	assert.NotContains(t, fmt.Sprint(warned[0].ContextMap()), "new", "a secret is logged")
}

// TestConnectivity answers the test of a new push task with success.
func TestConnectivity(t *testing.T) {
	s := newSink()
	h := start(t, signedConfig(httpin.Secret{ID: secretID, Key: secretKey}), s, nil)
	body := formattest.Read(t, filepath.Join("testdata", "edgeone_connectivity_test.json"))
	got := h.post(t, "/edgeone-logs?"+sign("/edgeone-logs", time.Now(), secretID, secretKey), map[string]string{"Content-Type": "application/json"}, body)
	assert.Equal(t, []any{200, "1", "Success"}, []any{got.status, got.code, got.desc})
	assert.Equal(t, "application/json", got.header.Get("Content-Type"))
	h.stop(t)
	require.Equal(t, 1, s.len())
	assert.Equal(t, "proxy.event", s.all()[0].EventName())
	assert.Equal(t, map[string]int64{"parsed": 1}, h.lines(t))
}

// TestBodies reads the same entries out of every shape that a push can be given.
func TestBodies(t *testing.T) {
	lines := strings.Split(strings.TrimSuffix(string(formattest.Read(t, formattest.Testdata("edgeone/ok/entries.log"))), "\n"), "\n")
	encoder, err := zstd.NewWriter(nil)
	require.NoError(t, err)
	jsonLines := []byte(strings.Join(lines, "\n"))
	for name, c := range map[string]struct {
		body     []byte
		encoding string
	}{
		"JSON Lines":   {jsonLines, ""},
		"array":        {[]byte("[" + strings.Join(lines, ",") + "]"), ""},
		"concatenated": {[]byte(strings.Join(lines, "")), ""},
		"tabs":         {[]byte(strings.Join(lines, "\t")), ""},
		"nested":       {[]byte(`{"logs":[` + strings.Join(lines, ",") + `]}`), ""},
		"each nested":  {[]byte(`{"e":` + strings.Join(lines, "}\n{\"e\":") + "}"), ""},
		"affixes":      {[]byte("<" + strings.Join(lines, ">,<") + ">"), ""},
		"gzip":         {packed(t, jsonLines), "gzip"},
		"zstd":         {encoder.EncodeAll(jsonLines, nil), "zstd"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSink()
			h := start(t, httpConfig(), s, nil)
			header := map[string]string{}
			if c.encoding != "" {
				header["Content-Encoding"] = c.encoding
			}
			assert.Equal(t, 200, h.post(t, "/any/path", header, c.body).status)
			h.stop(t)
			assert.Equal(t, lines, s.lines())
			assert.Equal(t, map[string]int64{"parsed": int64(len(lines))}, h.lines(t))
		})
	}
	require.NoError(t, encoder.Close())
}

// TestCSVBodies reads entries as values, with the order of columns and without, by ends of lines and by tabs.
func TestCSVBodies(t *testing.T) {
	text := strings.TrimSuffix(string(formattest.Read(t, formattest.Testdata("edgeone/ok/values.log"))), "\n")
	lines := strings.Split(text, "\n")
	fields := strings.Split("ServiceID,SessionID,ConnectTimeStamp,DisconnetTimeStamp,DisconnetReason,ClientRealIP,ClientRegion,EdgeIP,"+
		"ForwardProtocol,ForwardPort,SentBytes,ReceivedBytes,LogTimeStamp", ",")
	for _, names := range [][]string{nil, fields} {
		for _, between := range []string{"\n", "\r\n", "\t"} {
			s := newSink()
			cfg := httpConfig()
			cfg.Decode.Formats.EdgeOne.Fields = names
			h := start(t, cfg, s, nil)
			assert.Equal(t, 200, h.post(t, "/", nil, []byte(strings.ReplaceAll(text, "\n", between))).status)
			h.stop(t)
			assert.Equal(t, lines, s.lines(), "%q", between)
		}
	}
}

// TestHTTPRefusal tells the sender to come again while the next consumer refuses, and takes each record once.
func TestHTTPRefusal(t *testing.T) {
	s, busy := newBusySink()
	h := start(t, httpConfig(), s, nil)
	body := []byte("[" + strings.TrimSuffix(strings.Repeat(`{"SessionID":"a","SentBytes":1,"LogTimeStamp":"2026-11-20T00:00:02Z"},`, 1000), ",") + "]")
	got := h.post(t, "/", nil, body)
	assert.Equal(t, []any{503, "-1", "5"}, []any{got.status, got.code, got.retryAfter})
	assert.Zero(t, s.len())
	assert.Empty(t, h.lines(t), "lines are counted that come again")
	busy.Store(false)
	assert.Equal(t, 200, h.post(t, "/", nil, body).status)
	h.stop(t)
	assert.Equal(t, 1000, s.len())
	assert.Equal(t, map[string]int64{"parsed": 1000}, h.lines(t))
}

// TestHTTPPermanentRefusal counts what is refused for good, and answers so that it does not come again.
func TestHTTPPermanentRefusal(t *testing.T) {
	s := newSink()
	s.decide = func(context.Context, []string) error { return consumererror.NewPermanent(errBusy) }
	h := start(t, httpConfig(), s, nil)
	got := h.post(t, "/", nil, []byte("one\ntwo"))
	assert.Equal(t, []any{400, "-1", ""}, []any{got.status, got.code, got.retryAfter})
	h.stop(t)
	assert.Equal(t, map[string]int64{"refused": 2}, h.lines(t))
}

// TestBadLine costs itself alone.
func TestBadLine(t *testing.T) {
	s := newSink()
	cfg := httpConfig()
	cfg.MaxLineBytes = 600
	h := start(t, cfg, s, nil)
	good := `{"SessionID":"a","SentBytes":1,"LogTimeStamp":"2026-11-20T00:00:02Z"}`
	bad := `{"SessionID":"b","SentBytes":"many","LogTimeStamp":"2026-11-20T00:00:02Z"}`
	long := `{"SessionID":"` + strings.Repeat("x", 1000) + `"}`
	got := h.post(t, "/", nil, []byte("["+good+","+bad+",{\"Sess,"+good+","+long+"]"))
	assert.Equal(t, []any{200, "1"}, []any{got.status, got.code})
	h.stop(t)
	assert.ElementsMatch(t, []string{good, bad, `{"Sess`, good, long[:600]}, s.lines())
	assert.Equal(t, map[string]int64{"parsed": 2, "rejected": 2, "oversize": 1}, h.lines(t))
}

// TestHTTPErrors answers what will never work so that it is not repeated, and takes nothing of it.
func TestHTTPErrors(t *testing.T) {
	s := newSink()
	cfg := httpConfig()
	cfg.HTTP.Get().Path = "/logs"
	cfg.HTTP.Get().Server.MaxRequestBodySize = 10_000
	h := start(t, cfg, s, nil)
	zipped := map[string]string{"Content-Encoding": "gzip"}
	for name, c := range map[string]struct {
		method, path string
		header       map[string]string
		body         []byte
		status       int
	}{
		"another path":       {"POST", "/other", nil, []byte("a"), 404},
		"a path below":       {"POST", "/logs/a", nil, []byte("a"), 404},
		"another method":     {"GET", "/logs", nil, nil, 405},
		"too long":           {"POST", "/logs", nil, bytes.Repeat([]byte("a\n"), 5001), 413},
		"too long, unpacked": {"POST", "/logs", zipped, packed(t, bytes.Repeat([]byte("a\n"), 1<<20)), 413},
		"no gzip":            {"POST", "/logs", zipped, []byte("plain text that is long enough"), 400},
		"half of it":         {"POST", "/logs", zipped, packed(t, []byte(strings.Repeat("one\n", 100)))[:30], 400},
		"unknown encoding":   {"POST", "/logs", map[string]string{"Content-Encoding": "br"}, []byte("a"), 400},
	} {
		t.Run(name, func(t *testing.T) {
			got := h.request(t, c.method, c.path, c.header, bytes.NewReader(c.body))
			assert.Equal(t, []any{c.status, "-1", ""}, []any{got.status, got.code, got.retryAfter})
			if c.status == 405 {
				assert.Equal(t, "POST", got.header.Get("Allow"))
			}
		})
	}
	assert.Equal(t, 200, h.post(t, "/logs", nil, nil).status, "nothing is no error")
	h.stop(t)
	assert.Zero(t, s.len())
	assert.Empty(t, h.lines(t))
}
