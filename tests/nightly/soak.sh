#!/bin/bash
# soak.sh BUILD [SECONDS]: half an hour of mixed load on one daemon; nothing grows, nothing is lost, no verdict is wrong.
exec "$(dirname "${BASH_SOURCE[0]}")/soak" "$@"
