#!/bin/bash
# vm_faults.sh BUILD: faults that the machines of CI cannot play: their memory controller is on cgroup v1, and their clock is not ours to set.
# kernels: 6.18
set -euo pipefail
faults=$(cd "$(dirname "${BASH_SOURCE[0]}")/../faults" && pwd)
"$faults/daemon_fault" "$1" Daemon.test_out_of_memory
"$faults/clock_fault" "$1"
