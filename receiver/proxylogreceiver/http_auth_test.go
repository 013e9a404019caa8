// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package proxylogreceiver

import (
	"context"
	"errors"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	collectorclient "go.opentelemetry.io/collector/client"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/extension/extensionauth"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/receiver/receivertest"
)

// doorkeeper is an authentication extension: it lets in who brings the right header, and says who that is.
type doorkeeper struct {
	component.StartFunc
	component.ShutdownFunc
}

var _ extensionauth.Server = doorkeeper{}

var errStranger = errors.New("nobody is known by these credentials")

func (doorkeeper) Authenticate(ctx context.Context, sources map[string][]string) (context.Context, error) {
	if got := sources["Authorization"]; len(got) != 1 || got[0] != "Basic ZWRnZTpzZWNyZXQ=" { // edge:secret
		return ctx, errStranger
	}
	info := collectorclient.FromContext(ctx)
	info.Auth = user("edge")
	return collectorclient.NewContext(ctx, info), nil
}

// user is what the doorkeeper knows of a client.
type user string

func (u user) GetAttribute(name string) any {
	if name == "username" {
		return string(u)
	}
	return nil
}

func (user) GetAttributeNames() []string { return []string{"username"} }

// doorConfig is a receiver whose HTTP input asks the doorkeeper.
func doorConfig(t *testing.T) *Config {
	t.Helper()
	retrieved, err := confmap.NewRetrievedFromYAML([]byte("http: {endpoint: 127.0.0.1:0, auth: {authenticator: doorkeeper}}"))
	require.NoError(t, err)
	conf, err := retrieved.AsConf()
	require.NoError(t, err)
	cfg := createDefaultConfig().(*Config)
	require.NoError(t, conf.Unmarshal(cfg))
	require.NoError(t, confmap.Validate(cfg))
	return cfg
}

// TestHTTPAuth: the extension that auth names decides who is let in, and what it knows of the client goes with the records.
func TestHTTPAuth(t *testing.T) {
	s := newSink()
	var users []any
	next, err := consumer.NewLogs(func(ctx context.Context, logs plog.Logs) error {
		if auth := collectorclient.FromContext(ctx).Auth; auth != nil {
			users = append(users, auth.GetAttribute("username"))
		}
		return s.ConsumeLogs(ctx, logs)
	})
	require.NoError(t, err)
	h := startIn(t, doorConfig(t), next, host{component.MustNewID("doorkeeper"): doorkeeper{}})
	for name, credentials := range map[string]map[string]string{
		"none": nil, "wrong": {"Authorization": "Basic ZWRnZTp3cm9uZw=="}, "another header": {"X-Authorization": "Basic ZWRnZTpzZWNyZXQ="},
	} {
		a := h.post(t, "/", credentials, []byte("turned away\n"))
		assert.Equal(t, http.StatusUnauthorized, a.status, name)
		assert.Equal(t, "-1", a.code, name)
		assert.Equal(t, errStranger.Error(), a.desc, name)
	}
	a := h.post(t, "/", map[string]string{"Authorization": "Basic ZWRnZTpzZWNyZXQ="}, []byte("let in\n"))
	assert.Equal(t, http.StatusOK, a.status)
	h.stop(t)
	assert.Equal(t, []string{"let in"}, s.lines())
	assert.Equal(t, []any{"edge"}, users)
	assert.Equal(t, map[string]int64{"rejected": 1}, h.lines(t))
	warnings := h.logs.FilterMessageSnippet("not signed as edgeone_auth or auth wants it").All()
	require.NotEmpty(t, warnings)
	assert.Equal(t, errStranger.Error(), warnings[0].ContextMap()["reason"])
}

// TestHTTPAuthUnknown: an extension that is not there, or is none that knows clients, is an error of the start that names
// the key.
func TestHTTPAuthUnknown(t *testing.T) {
	for name, others := range map[string]host{
		"not there":     {},
		"another thing": {component.MustNewID("doorkeeper"): newMemory()},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := NewFactory().CreateLogs(t.Context(), receivertest.NewNopSettings(NewFactory().Type()), doorConfig(t), newSink())
			require.NoError(t, err)
			err = r.Start(t.Context(), others)
			require.Error(t, err)
			assert.Contains(t, err.Error(), `http::auth::authenticator: "doorkeeper": `)
			require.NoError(t, r.Shutdown(t.Context()))
		})
	}
}
