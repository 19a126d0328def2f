#!/bin/bash
# vm_main_job.sh BUILD: the story in a guest of the VM matrix: other kernels, the LSM tier.
# kernels: 6.12
exec "$(dirname "${BASH_SOURCE[0]}")/main_job_story" "$1"
