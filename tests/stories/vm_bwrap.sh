#!/bin/bash
# vm_bwrap.sh BUILD: the story in a guest of the VM matrix: other kernels, the LSM tier.
exec "$(dirname "${BASH_SOURCE[0]}")/bwrap_story" "$1"
