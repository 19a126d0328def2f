#!/bin/bash
# vm_evasion.sh BUILD: every technique of tests/evasion in a guest of the VM matrix, in the LSM tier; what touches the whole host runs here only.
exec "$(dirname "${BASH_SOURCE[0]}")/../evasion/run" "$1" --tier lsm
