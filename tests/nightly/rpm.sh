#!/bin/bash
# nightly/rpm.sh [BUILD]: builds the RPM with Debian's rpmbuild, compares its files with the archive's and the Debian package's, installs it
# into a scratch root, again over a changed configuration, and removes it. Its scripts are read, not run: there is no Fedora here to boot.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=$(cd "${1:-$here/../build}" && pwd)
for need in rpmbuild rpmlint help2man go-md2man zstd; do
    command -v "$need" >/dev/null || { echo "SKIP rpm: needs $need (apt-get install rpm rpmlint; ./bootstrap package)" && exit 77; }
done
# shellcheck source=tests/nightly/scratch
. "$here/nightly/scratch"

# same WHAT: the list on stdin is that of the RPM. Man pages may be compressed, and folders may be the names that led there before.
same() {
    sed 's,^\./,/,; s,^/lib/,/usr/lib/,; s,\.gz$,,; s,/zsh/vendor-completions/,/zsh/site-functions/,' | sort >"$work/others"
    diff "$work/files" "$work/others" || fail "the RPM has other files than $1 (<: only the RPM)"
}

in_root() {
    rpm --root "$root" --dbpath /var/lib/rpm "$@"
}

# Files of the root, but for rpm's own.
files() {
    (cd "$root" && find . -path ./var/lib/rpm -prune -o -type f -print | sort)
}

package=$("$here/../packaging/build-rpm" "$build" "$work/rpm") || fail "no RPM, or rpmlint is not content"
rpm -qp --queryformat '[%{FILEMODES:perms} %{FILENAMES}\n]' "$package" | sed -n 's/^-[^ ]* //p' | sed 's,\.gz$,,' | sort >"$work/files"
[ -s "$work/files" ] || fail "the RPM is empty"
archive=$("$here/../packaging/build-tar" "$build" "$work/tar")
tar --zstd -tf "$archive" | sed -n 's,^[^/]*/files\(/.*[^/]\)$,\1,p' | same "the archive"
for deb in "$build"/deb/remit_*.deb; do
    [ -e "$deb" ] || { echo "no Debian package in $build/deb to compare with; nightly/package.sh builds one" && continue; }
    dpkg-deb --fsys-tarfile "$deb" | tar -tf - | grep -v '/$' | grep -v '^\./usr/share/\(doc\|lintian\)/' | same "the Debian package"
done
rpm -qp --scripts "$package" | sed '/scriptlet (using/d' | sh -n || fail "a script is not a shell's"
[ "$(rpm -qpc "$package")" = /etc/remit/remitd.toml ] || fail "the configuration is not marked as one"

mkdir -p "$root/var/log/remit/trail"
echo '{}' >"$root/var/log/remit/trail/kept.jsonl"
in_root --install --nodeps --noscripts "$package"
in_root --verify --nodeps --noscripts remit || fail "what is installed is not what was packed"
[ "$("$root/usr/bin/remit" --version)" = "$("$build/bin/remit" --version)" ] || fail "another version"
"$root/usr/bin/remit" policy check "$root"/usr/share/remit/policy/*.textproto >/dev/null || fail "a shipped policy has errors"
echo 'tier = "base"' >"$root/etc/remit/remitd.toml"
in_root --upgrade --force --nodeps --noscripts "$package"
[ "$(cat "$root/etc/remit/remitd.toml")" = 'tier = "base"' ] || fail "the configuration was replaced"
in_root --erase --nodeps --noscripts remit
[ "$(files)" = $'./etc/remit/remitd.toml.rpmsave\n./var/log/remit/trail/kept.jsonl' ] || fail "left behind: $(files)"
echo "built, the same files as the others', installed, kept its configuration, removed: $(basename "$package"), $(wc -l <"$work/files") files"
