// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package httpin

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The signatures of these tests were computed with md5sum, by the algorithm of the documentation. The hash that its
// example prints is another one, which belongs to none of the texts that it could be of.
const (
	exampleQuery = "auth_key=1571587200-0-d8079ca27f0db9157de64061e7264b8e&access_key=YourID"
	exampleTime  = 1571587200
)

func example() *Auth {
	return &Auth{Secrets: []Secret{{ID: "YourID", Key: "YourKey"}}, MaxSkew: 300 * time.Second}
}

func TestSignature(t *testing.T) {
	at := time.Unix(exampleTime, 0)
	replace := func(old, text string) string { return strings.Replace(exampleQuery, old, text, 1) }
	for name, c := range map[string]struct {
		path, query string
		now         time.Time
		want        error
	}{
		"right":             {"/access_log/post", exampleQuery, at, nil},
		"upper case":        {"/access_log/post", replace("d8079ca27f0db9157de64061e7264b8e", "D8079CA27F0DB9157DE64061E7264B8E"), at, nil},
		"in other company":  {"/access_log/post", "a=b&" + exampleQuery + "&c=d", at, nil},
		"replayed":          {"/access_log/post", exampleQuery, at.Add(299 * time.Second), nil},
		"at the end":        {"/access_log/post", exampleQuery, at.Add(300 * time.Second), nil},
		"expired":           {"/access_log/post", exampleQuery, at.Add(301 * time.Second), errExpired},
		"from the future":   {"/access_log/post", exampleQuery, at.Add(-301 * time.Second), errExpired},
		"another path":      {"/cdnlog/post", exampleQuery, at, errForged},
		"another time":      {"/access_log/post", replace("1571587200", "1571587201"), at, errForged},
		"another rand":      {"/access_log/post", replace("-0-", "-1-"), at, errForged},
		"another key":       {"/access_log/post", replace("YourID", "OtherID"), at, errForged},
		"the printed hash":  {"/access_log/post", replace("d8079ca27f0db9157de64061e7264b8e", "1f7ffa7bff8f06bbfbe2ace0f14b7e16"), at, errForged},
		"unsigned":          {"/access_log/post", "", at, errUnsigned},
		"without id":        {"/access_log/post", replace("&access_key=YourID", ""), at, errUnsigned},
		"without signature": {"/access_log/post", "access_key=YourID", at, errUnsigned},
		"signed twice":      {"/access_log/post", exampleQuery + "&auth_key=1571587200-0-d8079ca27f0db9157de64061e7264b8e", at, errUnsigned},
		"twice":             {"/access_log/post", exampleQuery + "&access_key=YourID", at, errUnsigned},
		"no query":          {"/access_log/post", "auth_key=%zz&access_key=YourID", at, errUnsigned},
		"without rand":      {"/access_log/post", replace("-0-", "-"), at, errMalformed},
		"empty rand":        {"/access_log/post", replace("-0-", "--"), at, errMalformed},
		"a short hash":      {"/access_log/post", replace("8e&", "&"), at, errMalformed},
		"no hash":           {"/access_log/post", replace("8e&", "8x&"), at, errMalformed},
		"four parts":        {"/access_log/post", replace("-0-", "-0-0-"), at, errMalformed},
		"a sign":            {"/access_log/post", replace("1571587200", "%2B1571587200"), at, errMalformed},
		"a long time":       {"/access_log/post", replace("1571587200", "1571587200000000000"), at, errMalformed},
		"no time":           {"/access_log/post", replace("1571587200", ""), at, errMalformed},
		"a time in hex":     {"/access_log/post", replace("1571587200", "0x5dabe900"), at, errMalformed},
		"an empty auth_key": {"/access_log/post", "auth_key=&access_key=YourID", at, errMalformed},
	} {
		t.Run(name, func(t *testing.T) {
			err := example().verify(&url.URL{Path: c.path, RawQuery: c.query}, c.now)
			assert.ErrorIs(t, err, c.want)
		})
	}
}

// TestSecrets takes each of several, also two keys of one id, and none with the key of another.
func TestSecrets(t *testing.T) {
	a := example()
	a.Secrets = []Secret{{ID: "YourID", Key: "new"}, {ID: "Other", Key: "YourKey"}, {ID: "YourID", Key: "YourKey"}}
	u := &url.URL{Path: "/access_log/post", RawQuery: exampleQuery}
	now := time.Unix(exampleTime, 0)
	require.NoError(t, a.verify(u, now))
	a.Secrets = a.Secrets[:2]
	require.ErrorIs(t, a.verify(u, now), errForged, "the id of one secret with the key of another")
}

// TestSignedPath takes the path as it was sent and as it reads.
func TestSignedPath(t *testing.T) {
	for sum, path := range map[string]string{
		"3d3331ac8083228229366f3b4daa4e96": "/l%C3%B6g", // md5sum of /l%C3%B6g-1571587200-0-YourKey
		"43a14d584bbe7d5f57238a27232c5eda": "/l%C3%B6g", // md5sum of /lög-1571587200-0-YourKey
	} {
		u, err := url.ParseRequestURI(path + "?auth_key=1571587200-0-" + sum + "&access_key=YourID")
		require.NoError(t, err)
		assert.NoError(t, example().verify(u, time.Unix(exampleTime, 0)), sum)
	}
}

// FuzzSignature: nothing but the right signature is let in, and no query panics.
func FuzzSignature(f *testing.F) {
	f.Add("/access_log/post", exampleQuery)
	f.Add("/", "auth_key=1-2-3&access_key=%00;a=b")
	f.Fuzz(func(t *testing.T, path, query string) {
		if example().verify(&url.URL{Path: path, RawQuery: query}, time.Unix(exampleTime, 0)) != nil {
			return
		}
		q, err := url.ParseQuery(query)
		if err != nil || path != "/access_log/post" || q.Get("access_key") != "YourID" ||
			!strings.EqualFold(q.Get("auth_key"), "1571587200-0-d8079ca27f0db9157de64061e7264b8e") {
			t.Fatalf("%q %q is let in", path, query)
		}
	})
}
