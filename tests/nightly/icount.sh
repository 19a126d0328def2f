#!/bin/bash
# nightly/icount.sh BUILD: what crossings cost, in instructions, is not above tests/bench/expected. Needs no quiet machine.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
"$here/vm/vm" setup 6.12
exec "$here/bench/icount" "$1" 6.12 --check
