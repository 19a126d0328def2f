#!/bin/bash
# hosts.sh BUILD [SECONDS]: hosts stay whole. Ordinary work in no session, beside hostile sessions, an hour long: nothing of it may change.
exec "$(dirname "${BASH_SOURCE[0]}")/hosts" "$@"
