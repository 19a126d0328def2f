#!/bin/bash
# nightly/tar.sh [BUILD]: packs the archive for other distributions, installs it into a scratch root, runs what is there, installs it again
# over a changed configuration, removes it. What install.sh does with units of the running host is not done here.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=$(cd "${1:-$here/../build}" && pwd)
for need in help2man go-md2man zstd; do
    command -v "$need" >/dev/null || { echo "SKIP tar: needs $need (./bootstrap package)" && exit 77; }
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/root

fail() {
    echo "FAILED: $*"
    exit 1
}

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
