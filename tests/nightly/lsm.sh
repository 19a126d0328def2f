#!/bin/bash
# nightly/lsm.sh [BUILD [KERNEL...]]: the stories and faults that CI plays natively, which is the base tier, once more in the LSM tier, in VMs.
# Logs are in BUILD/lsm. REMIT_PLAYED: some of them only, by name.
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=$(cd "${1:-$here/../build}" && pwd)
shift
kernels=("$@")
[ ${#kernels[@]} -gt 0 ] || kernels=(6.1 6.12 6.18 7.x)
export REMIT_VM_CACHE=${REMIT_VM_CACHE:-$build/vm} REMIT_VM_TIMEOUT=${REMIT_VM_TIMEOUT:-900}
played=${REMIT_PLAYED:-delegation_story globs_story names_story requests_story mcp_story procurement_story support_story upgrade_fault conditions_fault modes_fault}
out=$build/lsm
mkdir -p "$out"

"$here/vm/vm" setup "${kernels[@]}" || exit 1
failed=0
for kernel in "${kernels[@]}"; do
    for name in $played; do
        test=$(echo "$here"/*/"$name")
        status=0
        "$here/vm/vm" run "$kernel" env REMIT_VM=1 REMIT_DEADLINE_SLACK=30 REMIT_COUNT_SCALE=20 TMPDIR=/run "$test" "$build" >"$out/$kernel-$name.log" 2>&1 || status=$?
        echo "$kernel $name: status $status, $(grep -E '^(Ran [0-9]+ tests|OK|FAILED)' "$out/$kernel-$name.log" | tr '\n' ' ')"
        [ "$status" -eq 0 ] || failed=1
    done
done
exit "$failed"
