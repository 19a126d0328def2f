#!/bin/bash
# vm_coding.sh BUILD: the story in a guest of the VM matrix: other kernels, the LSM tier.
exec "$(dirname "${BASH_SOURCE[0]}")/coding_story" "$1"
