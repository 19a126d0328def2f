#!/bin/bash
# nightly/tar.sh [BUILD [KERNEL]]: packs the archive for other distributions, installs it into a scratch root, runs what is there, installs it
# again over a changed configuration, removes it; then does so as the host's own, in the root that nightly/package.sh made, booted with systemd
# in a VM.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=$(cd "${1:-$here/../build}" && pwd)
kernel=${2:-6.1}
export REMIT_VM_CACHE=${REMIT_VM_CACHE:-$build/vm} REMIT_VM_TIMEOUT=${REMIT_VM_TIMEOUT:-1200} REMIT_VM_MEMORY=${REMIT_VM_MEMORY:-2048}
for need in help2man go-md2man zstd; do
    command -v "$need" >/dev/null || { echo "SKIP tar: needs $need (./bootstrap package)" && exit 77; }
done
# shellcheck source=tests/nightly/scratch
. "$here/nightly/scratch"

archive=$("$here/../packaging/build-tar" "$build" "$work/out")
mkdir "$work/unpacked" "$root"
tar -C "$work/unpacked" --zstd -xf "$archive"
install=("$work"/unpacked/*/install.sh)

"${install[0]}" "$root"
for file in usr/bin/remit usr/sbin/remitd usr/lib/systemd/system/remitd.service usr/lib/sysusers.d/remit.conf usr/lib/tmpfiles.d/remit.conf \
    etc/remit/remitd.toml usr/share/man/man1/remit-run.1 usr/share/man/man8/remitd.8 usr/share/bash-completion/completions/remit; do
    [ -s "$root/$file" ] || fail "$file is not there"
done
[ "$("$root/usr/bin/remit" --version)" = "$("$build/bin/remit" --version)" ] || fail "another version"
"$root/usr/bin/remit" policy check "$root"/usr/share/remit/policy/*.textproto >/dev/null || fail "a shipped policy has errors"
command=$(sed -n 's/^ExecStart=\([^ ]*\).*/\1/p' "$root/usr/lib/systemd/system/remitd.service")
[ -x "$root$command" ] || fail "the unit starts $command, which is not there"

echo 'tier = "base"' >"$root/etc/remit/remitd.toml"
"${install[0]}" "$root"
[ "$(cat "$root/etc/remit/remitd.toml")" = 'tier = "base"' ] || fail "the configuration was replaced"

"${install[0]}" --remove "$root"
left=$(find "$root" -type f)
[ "$left" = "$root/etc/remit/remitd.toml" ] || fail "left behind: $left"
echo "installed, kept its configuration, and removed: $(basename "$archive")"

booted=$build/root-$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
[ -e "$booted/ready" ] || { echo "SKIP tar: needs the root that tests/nightly/package.sh makes, $booted" && exit 77; }
"$here/vm/vm" setup "$kernel" >/dev/null
"$here/vm/vm" run "$kernel" "$here/nightly/package/boot" "$booted" ./inside "$here/nightly/tar/inside" "$work"/unpacked/*
