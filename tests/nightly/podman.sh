#!/bin/bash
# nightly/podman.sh [BUILD [KERNEL]]: Debian's podman with `remit oci-hook`, and between create and start (docs/containers.md), in a copy of the
# root that nightly/package.sh made, booted with systemd in a VM without the BPF LSM and in one with it. With a container's network too, by the CNI
# plugins that come with podman.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=$(cd "${1:-$here/../build}" && pwd)
kernel=${2:-6.1}
export REMIT_VM_CACHE=${REMIT_VM_CACHE:-$build/vm} REMIT_VM_TIMEOUT=${REMIT_VM_TIMEOUT:-1200} REMIT_VM_MEMORY=${REMIT_VM_MEMORY:-2048}
from=$build/root-bookworm root=$build/root-podman package=$(echo "$build"/deb/remit_*.deb)
for need in "$from/ready" "$package" /bin/busybox; do
    [ -e "$need" ] || { echo "SKIP podman: needs $need (tests/nightly/package.sh; apt-get install busybox-static)" && exit 77; }
done
packages=(podman crun containernetworking-plugins)
wanted=$(cat "$from/ready" && echo "${packages[@]}")
if [ "$(cat "$root/ready" 2>/dev/null)" != "$wanted" ]; then
    rm -rf "$root"
    cp -a "$from" "$root"
    rm "$root/ready"
    DEBIAN_FRONTEND=noninteractive chroot "$root" apt-get -qq -y --no-install-recommends install "${packages[@]}"
    echo "$wanted" >"$root/ready"
fi
"$here/vm/vm" setup "$kernel"
for lsm in landlock,lockdown,capability landlock,lockdown,capability,bpf; do
    REMIT_VM_LSM=$lsm "$here/vm/vm" run "$kernel" "$here/nightly/package/boot" "$root" ./inside "$here/nightly/podman/inside" "$package" /bin/busybox
done
