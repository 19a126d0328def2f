#!/bin/bash
# vm_globs.sh BUILD: the story in a guest of the VM matrix: the LSM tier.
# kernels: 6.12
exec "$(dirname "${BASH_SOURCE[0]}")/globs_story" "$1"
