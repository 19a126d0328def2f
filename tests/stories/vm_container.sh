#!/bin/bash
# vm_container.sh BUILD: the hook in the LSM tier, where the runtime's own steps meet the guard. One test of five: each takes a minute there.
# kernels: 6.12
exec "$(dirname "${BASH_SOURCE[0]}")/container_story" "$1" Container.test_programs_and_connections_are_judged_as_the_container_sees_them
