#!/bin/bash
# nightly/package_trixie.sh [BUILD]: the Debian package on Debian 13, built there, under a kernel of its series.
exec "$(dirname "${BASH_SOURCE[0]}")/package.sh" "${1:-build}" 6.12 trixie
