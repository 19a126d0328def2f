#!/bin/bash
# nightly/arm64.sh [BUILD]: cross-builds the Debian package for arm64, and runs its commands under QEMU's user emulation in an arm64 root, on
# the shipped policies and on a trail that the native build made. Nothing here loads a BPF program on arm64: no such machine is at hand.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=$(cd "${1:-$here/../build}" && pwd)
for need in debootstrap qemu-aarch64-static; do
    command -v "$need" >/dev/null || { echo "SKIP arm64: needs $need (apt-get install debootstrap qemu-user-static)" && exit 77; }
done
deb=$build/deb-arm64 root=$build/root-arm64

fail() {
    echo "FAILED: $*"
    exit 1
}

# make_root PACKAGE: a root of arm64 with what the package depends on, unpacked and not set up: nothing of it has to run for that. The chroot
# that built the package knows the archive of arm64.
make_root() {
    local depends debs=$deb/chroot/srv/debs each
    depends=$(dpkg-deb -f "$1" Depends)
    rm -rf "$root"
    mkdir -p "$root"/usr/{bin,sbin,lib} "$root/srv" "$debs/partial"
    for each in bin sbin lib; do ln -s "usr/$each" "$root/$each"; done
    touch "$deb/chroot/srv/status"
    rm -f "$debs"/*.deb
    chroot "$deb/chroot" apt-get -qq -y -o APT::Architecture=arm64 -o APT::Architectures=arm64 -o Dir::State::status=/srv/status \
        -o Dir::Cache::archives=/srv/debs --no-install-recommends --download-only satisfy "base-files, $depends"
    for each in "$debs"/*.deb "$1"; do
        dpkg-deb --fsys-tarfile "$each" | tar -C "$root" --keep-directory-symlink -x
    done
    install -m 755 "$(command -v qemu-aarch64-static)" "$root/usr/bin/emulator"
}

in_root() {
    chroot "$root" /usr/bin/emulator "$@"
}

# says STATUS WORDS COMMAND...: in the root.
says() {
    local expected=$1 words=$2 status=0 output
    shift 2
    output=$(in_root "$@" 2>&1) || status=$?
    if [ "$status" != "$expected" ] || ! grep -q -- "$words" <<<"$output"; then fail "$* gives status $status and says: $output"; fi
    echo "$*: status $status, $(grep -m 1 -- "$words" <<<"$output")"
}

# The coding story, played by the native build, leaves a trail.
make_trail() {
    local from
    from=$("$here/stories/demo" "$build" | sed -n 's/.*the trail stays at //p')
    [ -s "$from/trail.vkey" ] || fail "the native build left no trail"
    rm -rf "$root/srv/trail" "$root/srv/forged"
    cp -a "$from" "$root/srv/trail"
    cp -a "$from" "$root/srv/forged"
    rm -rf "${from%/log/trail}"
    sed -i '0,/"effect":"refused"/s//"effect":"passed"/' "$root"/srv/forged/*.jsonl
}

"$here/../packaging/build-deb" "$deb" bookworm arm64
package=$(echo "$deb"/remit_*_arm64.deb)
make_root "$package"
[ "$(od -An -tu2 -j18 -N2 "$root/usr/bin/remit" | tr -d ' ')" = 183 ] || fail "remit is not for aarch64"
make_trail
version=$(dpkg-deb -f "$package" Version)
says 0 "$version" /usr/bin/remit --version
says 0 "$version" /usr/sbin/remitd --version
says 0 'Subcommands:' /usr/bin/remit --help
for policy in "$root"/usr/share/remit/policy/*.textproto; do
    says 0 "good: policy $(basename "$policy" .textproto)," /usr/bin/remit policy check "${policy#"$root"}"
done
says 65 unknown-field /usr/bin/remit policy check /etc/os-release
says 0 'whole' /usr/bin/remit trail verify /srv/trail
says 1 tampered /usr/bin/remit trail verify /srv/forged
[ -s "$root/usr/share/man/man1/remit-run.1.gz" ] || fail "no man page of remit run"
echo "the package for arm64 starts: $(basename "$package")"
