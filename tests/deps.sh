#!/usr/bin/env bash
# deps.sh - installs what the build and the tests need from Debian's own packages, and nothing else.
# Uses what is there already, whoever brought it; prints its one apt line; works as root or by sudo;
# starts no service, and leaves none to be started at the next boot.
#
#   tests/deps.sh build test        the groups below, in one apt line
#   tests/deps.sh --print build     only prints the line that is missing
set -euo pipefail

PATH=$PATH:/usr/sbin:/sbin # where Debian keeps nginx, and a user's PATH has neither
missing=()

has_command() { command -v "$1" >/dev/null 2>&1; }
has_header() { printf '#include <%s>\n' "$1" | "${CC:-cc}" -E - >/dev/null 2>&1; }
has_file() { [ -e "$1" ]; }
has_node() { has_command node && [ "$(node -p 'process.versions.node.split(".")[0]')" -ge 18 ]; }

# need PROBE ARGUMENT PACKAGE...: where the probe fails, the packages are missing.
need() {
    local probe=$1 argument=$2
    shift 2
    "$probe" "$argument" || missing+=("$@")
}

need_build() {
    need has_command make make
    need has_command gcc gcc
    need has_header stdio.h libc6-dev
    need has_header liburing.h liburing-dev
    need has_header jansson.h libjansson-dev
    need has_header yaml.h libyaml-dev
    need has_header openssl/evp.h libssl-dev
    need has_node node nodejs
    need has_command npm npm
    need has_file /etc/ssl/certs/ca-certificates.crt ca-certificates # npm speaks https
}

need_test() {
    need has_header cmocka.h libcmocka-dev
    need has_command nginx nginx
}

need_all() {
    need has_command clang clang
    need has_fuzzer clang libclang-rt-14-dev
    need has_command chromium chromium
    need has_command soffice libreoffice-calc-nogui
    need has_command ip iproute2 # network namespaces
    need has_command apache2 apache2-bin
    need has_command haproxy haproxy
    need has_command lighttpd lighttpd
    need has_file /usr/lib/lighttpd/mod_openssl.so lighttpd-mod-openssl
    need has_command caddy caddy
    need_floor
}

need_floor() {
    need has_command qemu-system-x86_64 qemu-system-x86
    need has_command cpio cpio
    need is_static busybox busybox-static
}

need_bench() {
    need has_command nginx nginx
    need has_command wrk wrk
    need has_command tcpdump tcpdump
    need has_command h2load nghttp2-client
    need has_command hey hey
    need has_command ab apache2-utils
}

# libFuzzer is a package of its own, which clang only recommends.
has_fuzzer() {
    printf 'int LLVMFuzzerTestOneInput(const char *b, unsigned long n) { return b && n == 77; }\n' |
        "$1" -fsanitize=fuzzer -x c -o /dev/null - 2>/dev/null
}

# The boot image holds busybox alone: it must not need libraries.
is_static() { has_command "$1" && ! ldd "$(command -v "$1")" >/dev/null 2>&1; }

# As root from here on. A package that brings a service would start it: policy-rc.d(8) forbids that
# while apt runs, and what stood in its place comes back afterwards.
policy=/usr/sbin/policy-rc.d
kept_policy=

restore_policy() {
    rm -f $policy
    [ -z "$kept_policy" ] || mv "$kept_policy" $policy
}

# Servers that Debian would start at the next boot; the tests start their own.
servers=(nginx haproxy lighttpd caddy)

# keep_from_booting SERVER: for systemd by its own helper, which works where systemd does not run.
keep_from_booting() {
    if has_command deb-systemd-helper; then
        deb-systemd-helper disable "$1.service" >/dev/null 2>&1 || true
    fi
    if [ -e "/etc/init.d/$1" ] && has_command update-rc.d; then
        update-rc.d "$1" disable >/dev/null
    fi
}

install_packages() {
    local absent=() server
    for server in "${servers[@]}"; do
        has_command "$server" || absent+=("$server")
    done
    if [ -e $policy ]; then
        kept_policy=$(mktemp)
        cp -p $policy "$kept_policy"
    fi
    trap restore_policy EXIT
    printf '#!/bin/sh\n# No service starts while tests/deps.sh installs; remove this file if it stayed.\nexit 101\n' >$policy
    chmod 755 $policy

    local apt=(env DEBIAN_FRONTEND=noninteractive apt-get -y --no-install-recommends -o Dpkg::Use-Pty=0)
    apt-cache show "$@" >/dev/null 2>&1 || apt-get -q update
    if ! "${apt[@]}" -q install "$@"; then
        apt-get -q update # the lists may be older than the mirror
        "${apt[@]}" -q install "$@"
    fi
    for server in "${absent[@]}"; do
        if has_command "$server"; then
            keep_from_booting "$server"
        fi
    done
}

fail() {
    printf 'deps: %s\n      %s\n' "$1" "$2" >&2
    exit 2
}

if [ "${1:-}" = --install ]; then
    shift
    install_packages "$@"
    exit 0
fi

only_print=no
if [ "${1:-}" = --print ]; then
    only_print=yes
    shift
fi
for group in "$@"; do
    declare -F "need_$group" >/dev/null || fail "no group '$group'" "build, test, all, floor or bench"
    "need_$group"
done
[ ${#missing[@]} -gt 0 ] || exit 0

mapfile -t missing < <(printf '%s\n' "${missing[@]}" | awk '!seen[$0]++')
echo "apt-get install -y --no-install-recommends ${missing[*]}"
[ $only_print = no ] || exit 0

has_command apt-get || fail "this machine has no apt-get" "install what the line above names by its own means"
if [ "$(id -u)" -eq 0 ]; then
    bash "$0" --install "${missing[@]}"
elif has_command sudo; then
    sudo bash "$0" --install "${missing[@]}"
else
    fail "to install needs root, and there is no sudo" "run the line above as root, then try again"
fi
