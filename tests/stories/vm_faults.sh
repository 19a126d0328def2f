#!/bin/bash
# vm_faults.sh BUILD: faults that the machines of CI cannot play: their memory controller is on cgroup v1, their clock is not ours to set, and
# they have no LSM tier to upgrade, which one kernel does for all.
set -euo pipefail
faults=$(cd "$(dirname "${BASH_SOURCE[0]}")/../faults" && pwd)
"$faults/daemon_fault" "$1" Daemon.test_out_of_memory
"$faults/clock_fault" "$1"
case $(uname -r) in
6.12.*) "$faults/upgrade_fault" "$1" Upgrade.test_no_crossing_comes_out_wrong_or_is_lost_or_counted_twice ;;
esac
