#!/bin/bash
# vm_evasion.sh BUILD: what touches the whole host, and who a process is, in a guest of the VM matrix in the LSM tier. The rest of the
# techniques takes longer than the matrix has: nightly/evasion.sh.
exec "$(dirname "${BASH_SOURCE[0]}")/../evasion/run" "$1" --tier lsm --only remit,identity
