// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// builtin are the formats that Squid has without a definition.
var builtin = []string{"squid", "common", "combined", "referrer", "useragent", "icap_squid"}

// write puts files below a folder and returns the path of the first, squid.conf.
func write(t *testing.T, text string, others ...string) string {
	t.Helper()
	dir := t.TempDir()
	one := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	one("squid.conf", text)
	for i := 0; i+1 < len(others); i += 2 {
		one(others[i], others[i+1])
	}
	return filepath.Join(dir, "squid.conf")
}

// summary is what a log is, in one line.
func summary(l Log) string {
	s := fmt.Sprintf("%s %s %s as %s", l.Directive, l.Module, l.Place, l.Format)
	if l.Definition != nil {
		s += " = " + l.Definition.Definition
	}
	if l.Default {
		s += " (default)"
	}
	return s
}

// TestRead reads what people write. What Squid 5.7 makes of each line was seen with squid -k parse and in its logs.
func TestRead(t *testing.T) {
	for _, c := range []struct {
		name, text string
		others     []string
		want       []string
	}{
		{"nothing", "http_port 3128\n", nil, []string{"access_log daemon /var/log/squid/access.log as squid (default)"}},
		{"none", "access_log none\nicap_log none\n", nil, nil},
		{"no format", "access_log daemon:/var/log/squid/access.log\n", nil, []string{"access_log daemon /var/log/squid/access.log as squid"}},
		{
			"every module", "access_log stdio:/a logformat=common\naccess_log udp://127.0.0.1:514 combined\naccess_log tcp://[::1]:5140 squid all\naccess_log syslog:local4.info squid\naccess_log syslog squid\naccess_log /plain squid\n", nil,
			[]string{
				"access_log stdio /a as common", "access_log udp 127.0.0.1:514 as combined", "access_log tcp [::1]:5140 as squid",
				"access_log syslog local4.info as squid", "access_log syslog  as squid", "access_log stdio /plain as squid",
			},
		},
		{
			"names and acls", "logformat mine %ts %ru\naccess_log stdio:/a buffer-size=64KB logformat=mine on-error=drop localnet\naccess_log stdio:/b mine localnet\naccess_log stdio:/c localnet\nicap_log stdio:/d icap_squid\n", nil,
			[]string{"access_log stdio /a as mine = %ts %ru", "access_log stdio /b as mine = %ts %ru", "access_log stdio /c as squid", "icap_log stdio /d as icap_squid"},
		},
		{"automatic format", "access_log stdio:/a logformat=auto\naccess_log stdio:/b auto\nicap_log stdio:/c logformat=auto\n", nil, []string{"access_log stdio /a as squid", "access_log stdio /b as squid", "icap_log stdio /c as squid"}}, // as Squid says when it starts
		{"only an ICAP log", "icap_log daemon:/i icap_squid\n", nil, []string{"access_log daemon /var/log/squid/access.log as squid (default)", "icap_log daemon /i as icap_squid"}},
		{
			"continued, with a comment between", "logformat mine %ts \\\n# no part of it\n   \"%un\" # is one\naccess_log stdio:/a mine # is none\n", nil,
			[]string{`access_log stdio /a as mine = %ts "%un" # is one`},
		},
		{"quotes are literals", "logformat mine \"%un\" %ts\naccess_log stdio:/a mine\n", nil, []string{`access_log stdio /a as mine = "%un" %ts`}},
		{
			"quoted values", "configuration_includes_quoted_values on\nlogformat mine \"%ts \\\"%un\\\"\" lost\naccess_log \"stdio:/a b\" mine\n", nil,
			[]string{`access_log stdio /a b as mine = %ts "%un"`},
		},
		{
			"the first of a name is meant, and a built-in", "logformat mine %ts\nlogformat mine %un\nlogformat combined %ru\naccess_log stdio:/a mine\naccess_log stdio:/b combined\n", nil,
			[]string{"access_log stdio /a as mine = %ts", "access_log stdio /b as combined"},
		},
		{
			"conditionals", "if 1 = 2\nlogformat bad %zz\nif true\naccess_log stdio:/no squid\nendif\nelse\naccess_log stdio:/yes squid\nendif\nif ${process_number} = 1\naccess_log stdio:/one squid\nelse\naccess_log stdio:/other squid\nendif\n", nil,
			[]string{"access_log stdio /yes as squid", "access_log stdio /one as squid", "access_log stdio /other as squid"},
		},
		{
			"includes", "include formats.inc\ninclude conf.d-*.inc none-*.inc \"with blank.inc\" # no more\n",
			[]string{"formats.inc", "logformat mine %ts\n", "with blank.inc", "icap_log stdio:/3 icap_squid\n", "conf.d-1.inc", "access_log stdio:/1 mine\n", "conf.d-2.inc", "access_log stdio:/2 mine\n"},
			[]string{"access_log stdio /1 as mine = %ts", "access_log stdio /2 as mine = %ts", "icap_log stdio /3 as icap_squid"},
		},
		{
			"macros", "logformat mine ${service_name}/${process_number} %ts ${process_id}\naccess_log stdio:/${service_name}-${process_name}.${process_number} mine\nicap_log udp://${service_name}:1 icap_squid\n", nil,
			[]string{"access_log stdio /squid-*.* as mine = squid/0 %ts ${process_id}", "icap_log udp squid:1 as icap_squid"},
		},
		{
			"3.1", "emulate_httpd_log on\naccess_log /a\nreferer_log /r\nuseragent_log /u\nreferer_log none\n", nil,
			[]string{"access_log stdio /a as common", "referer_log stdio /r as referrer", "useragent_log stdio /u as useragent"},
		},
		{
			"words of files, as a Squid 5.7 reads them",
			"logformat a %ts\nlogformat b %rm\n" + quotedOn + "access_log parameters(\"place\") logformat=a\naccess_log stdio:/b parameters( 'format' )\n" +
				"access_log stdio:/c parameters(\"none\") parameters(\"format\") all\naccess_log parameters(\"whole\")\nicap_log stdio:/e parameters(\"nested\")\n" +
				"configuration_includes_quoted_values off\naccess_log stdio:/f parameters(\"format\")\n",
			[]string{
				"place", "stdio:/a\n", "format", "# which one\r\nlogformat=b # the second\r\n", "none", "\n# nothing\n", "whole", "\"stdio:/d d\"\nb\nall\n",
				"nested", "parameters(\"format\")\nall",
			},
			[]string{
				"access_log stdio /a as a = %ts", "access_log stdio /b as b = %rm", "access_log stdio /c as b = %rm", "access_log stdio /d d as b = %rm", "icap_log stdio /e as b = %rm",
				"access_log stdio /f as squid",
			},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			f, err := Read(write(t, c.text, c.others...), builtin)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, l := range f.Logs {
				got = append(got, summary(l))
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("logs (-want +got):\n%s", diff)
			}
		})
	}
}

func TestSettings(t *testing.T) {
	path := write(t, "logfile_rotate 3\nlogformat all %ru\naccess_log stdio:/a squid\nlogformat all %ts\n")
	f, err := Read(path, builtin)
	if err != nil {
		t.Fatal(err)
	}
	warnings := []string{path + ":4:11: Squid ignores this logformat: the name all is taken"}
	if f.Rotate != 3 || f.MimeHeaders || !cmp.Equal(f.Warnings, warnings) {
		t.Errorf("rotate %d, mime headers %v, warnings %q, want 3, false, %q", f.Rotate, f.MimeHeaders, f.Warnings, warnings)
	}
	if p := f.Formats[0].Pos; p != (Position{path, 2, 15}) {
		t.Errorf("the definition stands at %v", p)
	}
	path = write(t, "logformat a ${service_name} %ts\nlogformat b ${process_name} %ts\n")
	if f, err = Read(path, builtin); err != nil || len(f.Warnings) != 1 || !strings.HasPrefix(f.Warnings[0], path+":2:11: ${process_name} and ") {
		t.Errorf("%+v, %v", f, err)
	}
	if f, err = Read(write(t, "logformat a %{X}>h\nlog_mime_hdrs on\n"), builtin); err != nil || !f.MimeHeaders || f.Rotate != -1 {
		t.Errorf("%+v, %v", f, err)
	}
}

// quotedOn allows quoted values from the next line on.
const quotedOn = "configuration_includes_quoted_values on\n"

// TestErrors wants file, line and column named.
func TestErrors(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"\n\n  logformat\n", "squid.conf:3:12: logformat has no name"},
		{"logformat mine\n", "squid.conf:1:15: logformat mine has no definition"},
		{"access_log stdio:/a logformat=mine\nlogformat mine %ts\n", "squid.conf:1:21: access_log: logformat=mine: there is no such logformat above"},
		{"access_log\n", "squid.conf:1:11: access_log names no place"},
		{"useragent_log\n", "squid.conf:1:14: useragent_log names no file"},
		{"logfile_rotate x\n", `squid.conf:1:16: logfile_rotate: "x" is no number`},
		{"if maybe\nendif\n", `squid.conf:1:1: "maybe" is no condition`},
		{"else\n", "squid.conf:1:1: else without an if"},
		{"endif\n", "squid.conf:1:1: endif without an if"},
		{"if true\nelse\nelse\nendif\n", "squid.conf:3:1: a second else"},
		{"a\nif true\n", "squid.conf:2:1: this if has no endif"},
		{"include nowhere.inc\n", "squid.conf:1:1: include "},
		{"include [\n", "squid.conf:1:1: include "},
		{"\n include .\n", "squid.conf:2:2: include: "},
		{"include squid.conf\n", "squid.conf:1:1: includes are nested more than 16 deep"},
		{"configuration_includes_quoted_values on\nlogformat a \"%ts\n", `squid.conf:2:13: logformat a: the quote " is not closed`},
		{"configuration_includes_quoted_values on\nlogformat a '%ts\n", `squid.conf:2:13: logformat a: the quote ' is not closed`},
		{quotedOn + "access_log parameters(a)\n", "squid.conf:2:23: parameters() names no file in quotes"},
		{quotedOn + "access_log stdio:/a parameters(\"a\" x\n", "squid.conf:2:36: the ) behind the file of parameters() is missing"},
		{quotedOn + "access_log stdio:/a parameters(\"nowhere\")\n", "squid.conf:2:21: parameters(): "},
		{quotedOn + "access_log stdio:/a parameters(\"words\")\n", "words:2:3: access_log: logformat=none: there is no such logformat above"},
		{quotedOn + "access_log stdio:/a parameters(\"itself\")\n", "itself:1:1: parameters(): "},
	} {
		path := write(t, c.text, "words", "squid # a comment\n  logformat=none\n", "itself", "parameters(\"itself\")\n")
		_, err := Read(path, builtin)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: error %v, want %q", c.text, err, c.want)
		}
	}
	if _, err := Read(filepath.Join(t.TempDir(), "none"), builtin); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing file: error %v", err)
	}
	if _, err := Read(t.TempDir(), builtin); err == nil || !strings.Contains(err.Error(), "not a file of at most 16 MiB") {
		t.Errorf("folder: error %v", err)
	}
}

// TestManyIncludes: a pattern that names half a disk is refused.
func TestManyIncludes(t *testing.T) {
	others := []string{}
	for i := range maxFiles {
		others = append(others, fmt.Sprintf("%d.inc", i), "")
	}
	path := write(t, "include *.inc\n", others...)
	if _, err := Read(path, builtin); err == nil || !strings.HasPrefix(err.Error(), path+":1:1: include: ") || !strings.HasSuffix(err.Error(), ".inc: more than 1000 files are included") {
		t.Errorf("error %v", err)
	}
	if err := os.Remove(filepath.Join(filepath.Dir(path), "0.inc")); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(path, builtin); err != nil {
		t.Error(err)
	}
}

// FuzzRead reads whatever may stand in a file.
func FuzzRead(f *testing.F) {
	f.Add("logformat a \"%ts\\\n %un\"\naccess_log stdio:/a logformat=a x\nicap_log udp://h:1 icap_squid\n")
	f.Add("if 1 = 1\nlogformat b %>h{X}\nelse\nendif\nconfiguration_includes_quoted_values on\nlogformat c 'x\\'%ts'\naccess_log \"a b\" c\n")
	f.Fuzz(func(t *testing.T, text string) {
		if strings.Contains(text, "include") {
			t.Skip("it would read other files")
		}
		path := filepath.Join(t.TempDir(), "squid.conf")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		file, err := Read(path, builtin)
		if err != nil {
			return
		}
		for _, l := range file.Logs {
			if l.Module == "" || l.Format == "" || l.Definition == nil && !slices.Contains(builtin, l.Format) {
				t.Errorf("%+v", l)
			}
		}
	})
}
