#!/bin/bash
# nightly/agents.sh [BUILD]: agents from npm, a turn each under the profile that is shipped for them, with a model and hosts of the test's own.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=$(cd "${1:-$here/../build}" && pwd)
for need in node npm git openssl dnsmasq:dnsmasq-base setpriv:util-linux ssh-add:openssh-client curl; do
    PATH=$PATH:/usr/sbin command -v "${need%:*}" >/dev/null || { echo "SKIP agents: needs ${need#*:}" && exit 77; }
done
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir "$folder/home" "$folder/local"
chmod 755 "$folder" "$folder/local"

# install PACKAGE: as its user would, with the scripts that put its program in place; nothing outside of the folder is touched.
install() {
    local config=${HOME:-/root}/.npmrc
    env HOME="$folder/home" npm install --userconfig "$config" --global --prefix "$folder/local" --no-audit --no-fund --silent \
        --allow-scripts="$1" "$1"
}

installed=0
for package in @anthropic-ai/claude-code @openai/codex @google/gemini-cli opencode-ai; do
    if install "$package"; then
        installed=$((installed + 1))
    else
        echo "npm's registry does not give $package"
    fi
done
[ "$installed" -gt 0 ] || { echo "SKIP agents: npm's registry gives none of them" && exit 77; }
for program in "$folder"/local/bin/*; do
    echo "$(basename "$program"): $(env HOME="$folder/home" timeout 60 "$program" --version </dev/null 2>/dev/null | tail -n 1)"
done
"$here/nightly/agents/play" "$build" "$folder/local"
