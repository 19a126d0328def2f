#!/bin/bash
# vm_doctor.sh BUILD: the self-test of doctor in the LSM tier, and on a host whose ftrace was switched off.
# kernels: 6.12
exec "$(dirname "${BASH_SOURCE[0]}")/doctor_story" "$1"
