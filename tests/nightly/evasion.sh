#!/bin/bash
# nightly/evasion.sh [BUILD [KERNEL...]]: every technique in both tiers, here and on every kernel; writes docs/evasion.md from what came of it.
# Two VMs at a time. Rows and logs are in BUILD/evasion.
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=$(cd "${1:-$here/../build}" && pwd)
shift
kernels=("$@")
[ ${#kernels[@]} -gt 0 ] || kernels=(6.1 6.12 6.18 7.x)
export REMIT_VM_CACHE=${REMIT_VM_CACHE:-$build/vm} REMIT_VM_TIMEOUT=${REMIT_VM_TIMEOUT:-1500}
out=$build/evasion
mkdir -p "$out"

# The guest cannot write here: its rows come by its console, between two lines.
in_vm() {
    local kernel=$1 tier=$2 log=$out/$1-$2.log status=0
    # shellcheck disable=SC2016 # expanded in the guest
    "$here/vm/vm" run "$kernel" env REMIT_VM=1 REMIT_DEADLINE_SLACK=30 REMIT_COUNT_SCALE=20 TMPDIR=/run bash -c \
        '"$1/evasion/run" "$2" --tier "$3" --json /run/rows; status=$?; echo ROWS; cat /run/rows; echo END; exit $status' \
        in_vm "$here" "$build" "$tier" >"$log" 2>&1 || status=$?
    sed -n '/^ROWS$/,/^END$/{/^ROWS$/d;/^END$/d;p}' "$log" >"$out/$kernel-$tier.json"
    grep '^BAD ' "$log"
    echo "$kernel $tier: status $status, $(grep '^evasion: ' "$log")"
    return "$status"
}

"$here/vm/vm" setup "${kernels[@]}" || exit 1
failed=0
"$here/evasion/run" "$build" --tier base --json "$out/here-base.json" >"$out/here-base.log" 2>&1 || failed=1
tail -n 1 "$out/here-base.log"
for kernel in "${kernels[@]}"; do
    in_vm "$kernel" base &
    in_vm "$kernel" lsm &
    for _ in 1 2; do wait -n || failed=1; done
done
"$here/evasion/table" "$out"/*-base.json "$out"/*-lsm.json
exit "$failed"
