#!/bin/sh
# Installs or removes the Remit that lies beside this script: install.sh [ROOT], install.sh --remove [ROOT]. ROOT: another folder than /, to
# look at what would come; no unit is touched there. Configuration that is there stays; so do the trail and, on removal, /etc/remit.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
remove=
if [ "${1:-}" = --remove ]; then
    remove=1
    shift
fi
root=${1:-/}
live=
if [ "$root" = / ]; then live=1; fi

# What cannot run is not installed.
check() {
    missing=$(ldd "$here/files/usr/bin/remit" "$here/files/usr/sbin/remitd" | sed -n 's/^[[:space:]]*\(.*\) => not found/\1/p' | sort -u)
    [ -z "$missing" ] || { echo "install.sh: this host lacks the libraries:" && echo "$missing" && exit 71; } >&2
}

each_file() {
    (cd "$here/files" && find . -type f)
}

put() {
    each_file | while read -r file; do
        if [ "$file" = ./etc/remit/remitd.toml ] && [ -e "$root/$file" ]; then continue; fi
        mkdir -p "$root/$(dirname "$file")"
        cp -p "$here/files/$file" "$root/$file.new"
        mv "$root/$file.new" "$root/$file"
    done
}

if [ -n "$remove" ]; then
    if [ -n "$live" ]; then
        systemctl disable --now remitd.service || true
        remit off || true
    fi
    each_file | while read -r file; do
        [ "$file" = ./etc/remit/remitd.toml ] || rm -f "$root/$file"
    done
    if [ -n "$live" ]; then systemctl daemon-reload; fi
    exit 0
fi
check
put
if [ -n "$live" ]; then
    systemd-sysusers remit.conf
    systemd-tmpfiles --create remit.conf
    systemctl daemon-reload
    # Anew: the unit of an earlier archive may have been wanted by another target.
    systemctl reenable remitd.service
    # A running one is replaced: the new one adopts what the old one has pinned.
    systemctl restart remitd.service
fi
