#!/bin/bash
# vm_container.sh BUILD: what of the story is otherwise in the LSM tier, where the runtime's own steps are judged too.
# kernels: 6.12
exec "$(dirname "${BASH_SOURCE[0]}")/container_story" "$1" \
    Container.test_one_that_was_created_is_bound_before_it_starts Container.test_in_the_lsm_tier_the_hook_says_what_to_do
