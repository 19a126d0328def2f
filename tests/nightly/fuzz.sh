#!/bin/bash
# fuzz.sh BUILD: a minute of every fuzzer, on the corpus that earlier runs left.
exec "$(dirname "${BASH_SOURCE[0]}")/../fuzz/run" "${1:?usage: fuzz.sh BUILD}" 60
