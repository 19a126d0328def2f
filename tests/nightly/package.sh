#!/bin/bash
# nightly/package.sh [BUILD [KERNEL [SUITE]]]: builds the Debian package, then in a root of Debian's SUITE (bookworm, trixie), booted with
# systemd in a VM: installs it, has a first session refused, upgrades it under sessions that go on crossing, removes and purges it. Then boots
# the root with the package in it: agents' units from their first program on, and what becomes of the boot when the daemon does not start.
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
# repack NAME SUFFIX [SED]: the same package, called otherwise; SED: what its unit says instead.
repack() {
    rm -rf "${deb:?}/$1"
    dpkg-deb --raw-extract "$package" "$deb/$1"
    sed -i "s/^Version: .*/&$2/" "$deb/$1/DEBIAN/control"
    sed -i -e "${3:-}" "$(find "$deb/$1" -name remitd.service)"
    dpkg-deb --build "$deb/$1" "$deb/$1.deb" >/dev/null
}
repack earlier '~earlier' '/^\(DefaultDependencies\|Requires\|Before\|Conflicts\)=/d
    s/^After=.*/After=local-fs.target/; s/^WantedBy=.*/WantedBy=multi-user.target/'
repack next +next

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
vm=("$here/vm/vm" run "$kernel")
"${vm[@]}" "$here/nightly/package/boot" "$root" "./inside $sessions" "$here/nightly/package/inside" "$package" "$deb/next.deb"
for how in up broken silent; do
    echo "== a boot with the package installed: $how"
    "${vm[@]}" "$here/nightly/package/boot_installed" "$root" "$how" "$deb/earlier.deb" "$package" "$deb/next.deb"
done
