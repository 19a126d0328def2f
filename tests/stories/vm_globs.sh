#!/bin/bash
# vm_globs.sh BUILD: on one processor the daemon hears of a cgroup before its mkdir has ended, far more often than on several. A unit's
# program waits in the LSM tier.
# kernels: 6.1
exec "$(dirname "${BASH_SOURCE[0]}")/globs_story" "$1" Globs.test_the_deepest_glob_and_the_end_of_one Globs.test_one_of_the_same_name \
    Globs.test_a_units_program_waits_with_its_cgroup
