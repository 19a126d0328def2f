#!/bin/bash
# vm_container.sh BUILD: the story in a guest of the VM matrix: the LSM tier, where the runtime's own steps are judged too.
# kernels: 6.12
exec "$(dirname "${BASH_SOURCE[0]}")/container_story" "$1"
