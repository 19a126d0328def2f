#!/bin/bash
# nightly/mcp.sh [BUILD]: `remit mcp` inside a session, with the public client of the Model Context Protocol from npm.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=$(cd "${1:-$here/../build}" && pwd)
for need in node npm; do
    command -v "$need" >/dev/null || { echo "SKIP mcp: needs $need" && exit 77; }
done
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm install --prefix "$folder" --no-audit --no-fund --ignore-scripts --silent '@modelcontextprotocol/sdk@1' ||
    { echo "SKIP mcp: npm's registry does not give the client" && exit 77; }
cp "$here/nightly/mcp/client.mjs" "$folder"
"$here/nightly/mcp/play" "$build" "$folder/client.mjs"
