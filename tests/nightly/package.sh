#!/bin/bash
# nightly/package.sh [BUILD [KERNEL]]: builds the Debian package, then in a Debian 12 root, booted with systemd in a VM: installs it, has a
# first session refused, upgrades it under 8 sessions that go on crossing, removes and purges it.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=$(cd "${1:-$here/../build}" && pwd)
kernel=${2:-6.1}
export REMIT_VM_CACHE=${REMIT_VM_CACHE:-$build/vm} REMIT_VM_TIMEOUT=${REMIT_VM_TIMEOUT:-2400} REMIT_VM_MEMORY=${REMIT_VM_MEMORY:-2048}

for need in debootstrap dpkg-buildpackage lintian help2man go-md2man; do
    command -v "$need" >/dev/null || { echo "SKIP package: needs $need (apt-get install debootstrap; ./bootstrap package)" && exit 77; }
done
deb=$build/deb
"$here/../packaging/build-deb" "$deb"
package=$(echo "$deb"/remit_*.deb)

# The root as Debian installs it, with what the package depends on: the guest has no network.
root=$build/root12
depends=$(dpkg-deb -f "$package" Depends)
if [ ! -e "$root/ready" ]; then
    rm -rf "$root"
    debootstrap --variant=minbase --include=systemd,systemd-sysv bookworm "$root"
    touch "$root/ready"
fi
if [ "$(cat "$root/ready")" != "$depends" ]; then
    chroot "$root" apt-get -y --no-install-recommends satisfy "$depends"
    echo "$depends" >"$root/ready"
fi
"$here/vm/vm" setup "$kernel"
"$here/vm/vm" run "$kernel" "$here/nightly/package/boot" "$root" "$package"
