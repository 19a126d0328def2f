#!/bin/bash
# vm_container.sh BUILD: the story in the LSM tier, where the runtime's own steps meet the guard. What of it says most: all takes 5 minutes.
# kernels: 6.12
exec "$(dirname "${BASH_SOURCE[0]}")/container_story" "$1" \
    Container.test_one_that_was_created_is_bound_before_it_starts Container.test_programs_and_connections_are_judged_as_the_container_sees_them
