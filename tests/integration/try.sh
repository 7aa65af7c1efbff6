#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The first command of README.md works on what was built, without a terminal and without LANG,
# says what it must, leaves nothing behind with --no-keep, and stops what it left running.
set -u

work=$(mktemp -d) || exit 1
trap 'rm -rf -- "$work"' EXIT
die() { echo "FAILED: $*" >&2; tail -n 60 "$work/out" >&2; exit 1; }

# It installs what is missing; that is not for a test to do.
"$OMADM_SOURCE_DIR/data/install-dependencies" --check build try > "$work/out" 2>&1 ||
  { echo "skipped: packages are missing"; exit 77; }
unset LANG LC_ALL TERM
export TMPDIR=$work
chmod 755 "$work"
try() { setsid "$OMADM_SOURCE_DIR/data/try" --build-dir "$OMADM_BUILD_DIR" "$@" < /dev/null > "$work/out" 2>&1; }

try --no-keep || die "data/try failed"
for text in 'The session ended in order' 'SyncHdr' 'MsgRef: ' 'Replace  ./Vendor/Example/Motd +200 done' \
    'Replace  ./DevInfo/Man +405' 'Motd = Managed by your server' '/org/omadm/Agent1/tree/Vendor/Example/Sites/berlin/Url' \
    'property +s +"./Vendor/Example/Motd"' 'message 1 to the server \(wbxml, [0-9]+ octets\)' 'Mark: warning' \
    'The server has the alert' ' 1\.2 +wbxml ' 'GET +urn:oma:mo:ext-example:1\.0//Motd' \
    '"Url" *: *"https://rome\.example\.org/"' ' 2\.0 +json '; do
  grep -qE -- "$text" "$work/out" || die "it does not show $text"
done
! grep -qP '\x1b' "$work/out" || die "there are escape sequences"
[ -z "$(find "$work" -name 'omadm-try.*')" ] || die "its directory is left"

echo "# twice without --no-keep, then --stop"
try || die "data/try failed"
first=$(find "$work" -name 'omadm-try.*')
pids=$(cat "$first/pids")
"$first/omadmctl" get ./Vendor/Example/Motd > "$work/motd" || die "it does not run"
grep -q Managed "$work/motd" || die "it does not serve"
try || die "data/try failed the second time"
[ ! -e "$first" ] || die "the second run left the directory of the first"
pids="$pids $(cat "$work"/omadm-try.*/pids)"
try --stop || die "data/try --stop failed"
[ -z "$(find "$work" -name 'omadm-try.*')" ] || die "its directory is left"
for pid in $pids; do
  ! grep -qa "$work/omadm-try" "/proc/$pid/cmdline" 2> /dev/null || die "process $pid is left"
done
grep -q . "$work/out" && die "--stop says: $(cat "$work/out")"
exit 0
