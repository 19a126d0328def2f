#!/bin/bash
# vm_faults.sh BUILD: the one fault that the machines of CI cannot play, as their memory controller is on cgroup v1.
exec "$(dirname "${BASH_SOURCE[0]}")/../faults/daemon_fault" "$1" Daemon.test_out_of_memory
