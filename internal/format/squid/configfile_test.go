// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package squid

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// confFile puts a squid.conf somewhere and returns its path.
func confFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "squid.conf")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestConfigDialects: the dialects are those that the logs of a file use, or those of its names that are asked for.
func TestConfigDialects(t *testing.T) {
	path := confFile(t, "logformat mine %ts %rm\nlogformat unused %ts %ru\nlogformat broken %zz\naccess_log stdio:/a mine\naccess_log udp://h:1 mine\nicap_log stdio:/b icap_squid\n")
	for _, c := range []struct {
		list []string
		want []string
	}{
		{nil, []string{"mine", "icap_squid"}},
		{[]string{"unused", "%ts %ue", "squid"}, []string{"unused", "logformat[1]", "squid"}},
	} {
		list, err := dialects(Config{ConfigFile: path, Logformat: c.list})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, d := range list {
			got = append(got, d.Scope.Dialect)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("dialects of %q (-want +got):\n%s", c.list, diff)
		}
	}
	if _, err := dialects(Config{ConfigFile: path, Logformat: []string{"broken"}}); err == nil || !strings.Contains(err.Error(), "logformat[0]: "+path+":3:18: ") {
		t.Errorf("error %v", err)
	}
	if _, err := dialects(Config{ConfigFile: path, Logformat: []string{"nosuch"}}); err == nil || !strings.Contains(err.Error(), "useragent, mine, unused, broken") {
		t.Errorf("error %v", err)
	}
}

// TestConfigErrors wants the place named. The definition is compiled where a log uses it; the column is that of the code, on the
// line on which it stands.
func TestConfigErrors(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"access_log\n", "squid.conf:1:11: access_log names no place"},
		{"logformat a %ts \\\n  %zz\naccess_log stdio:/a a\n", `squid.conf:2:3: logformat a: no code of Squid's begins with "%zz"`},
		{"logformat a ${service_name} \\\n ${process_name}|%zz\naccess_log stdio:/a a\n", `squid.conf:2:18: logformat a: no code of Squid's begins with "%zz"`},
		{"logformat a %un%ru\naccess_log stdio:/a a\n", "squid.conf:1:16: logformat a: %ru: nothing separates it"},
	} {
		_, err := New(Config{ConfigFile: confFile(t, c.text), Timezone: "UTC"})
		if err == nil || !strings.HasPrefix(err.Error(), "config_file: ") || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: error %v, want %q", c.text, err, c.want)
		}
	}
	if _, err := New(Config{ConfigFile: filepath.Join(t.TempDir(), "none"), Timezone: "UTC"}); err == nil || !strings.HasPrefix(err.Error(), "config_file: ") {
		t.Errorf("missing file: error %v", err)
	}
}

// TestMimeHeaders: where any format logs all headers, all logs do.
func TestMimeHeaders(t *testing.T) {
	for text, want := range map[string]bool{
		"logformat all %>h\naccess_log stdio:/a squid\n": true, "logformat a %{X}>h\nlog_mime_hdrs on\n": true,
		"logformat a %{X}>h %ru\n": false, "logformat squid %>h\n": false,
	} {
		if f, err := ReadConfig(confFile(t, text)); err != nil || f.MimeHeaders != want {
			t.Errorf("%q: %+v, %v", text, f, err)
		}
	}
}
