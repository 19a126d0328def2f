#!/bin/bash
# nightly/package.sh [BUILD [KERNEL [SUITE]]]: builds the Debian package, then in a root of Debian's SUITE (bookworm, trixie), booted with
# systemd in a VM: installs it, has a first session refused, upgrades it under sessions that go on crossing, removes and purges it.
# REMIT_SESSIONS: how many sessions, 8 by default.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=$(cd "${1:-$here/../build}" && pwd)
kernel=${2:-6.1} suite=${3:-bookworm} sessions=${REMIT_SESSIONS:-8}
export REMIT_VM_CACHE=${REMIT_VM_CACHE:-$build/vm} REMIT_VM_TIMEOUT=${REMIT_VM_TIMEOUT:-2400} REMIT_VM_MEMORY=${REMIT_VM_MEMORY:-2048}

for need in debootstrap dpkg-buildpackage lintian help2man go-md2man; do
    command -v "$need" >/dev/null || { echo "SKIP package: needs $need (apt-get install debootstrap; ./bootstrap package)" && exit 77; }
done
# This host's compiler where the suite is this host's; its libraries are in the package's dependencies.
deb=$build/deb
host_suite=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
if [ "$suite" = "$host_suite" ]; then
    "$here/../packaging/build-deb" "$deb"
else
    deb=$build/deb-$suite
    "$here/../packaging/build-deb" "$deb" "$suite"
fi
package=$(echo "$deb"/remit_*.deb)
# What it is upgraded to: the same, called newer.
rm -rf "$deb/next"
dpkg-deb --raw-extract "$package" "$deb/next"
sed -i 's/^Version: .*/&+next/' "$deb/next/DEBIAN/control"
dpkg-deb --build "$deb/next" "$deb/next.deb" >/dev/null

# The root as Debian installs it, with what the package depends on: the guest has no network.
root=$build/root-$suite
depends=$(dpkg-deb -f "$package" Depends)
if [ ! -e "$root/ready" ]; then
    rm -rf "$root"
    debootstrap --variant=minbase --include=systemd,systemd-sysv "$suite" "$root"
    touch "$root/ready"
fi
if [ "$(cat "$root/ready")" != "$depends" ]; then
    chroot "$root" apt-get -y --no-install-recommends satisfy "$depends"
    echo "$depends" >"$root/ready"
fi
"$here/vm/vm" setup "$kernel"
"$here/vm/vm" run "$kernel" "$here/nightly/package/boot" "$root" "./inside $sessions" "$here/nightly/package/inside" "$package" "$deb/next.deb"
