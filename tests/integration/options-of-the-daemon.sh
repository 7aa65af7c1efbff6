#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The daemon's options and exit statuses are those of omadmd(8); it never serves without polkit
# where that would be dangerous, and never overwrites a store that it does not understand.
. "$(dirname "$0")/lib.sh"

start_bus

note "options"
exits 0 "${daemon[@]}" --version
has "--version" '^omadmd [0-9]+\.[0-9]+' "$output"
exits 0 "${daemon[@]}" --help
has "--help" '--no-polkit' "$output"
exits 2 "${daemon[@]}" --no-such-option
exits 2 "${daemon[@]}" surplus
exits 2 "${daemon[@]}" --bus-address "$bus" --session-bus

note "--no-polkit"
# By another name the system's socket is known only where there is one.
other_name=--bus-address=unix:path=/run/dbus/../dbus/system_bus_socket
[ -S /run/dbus/system_bus_socket ] || other_name=
for address in "" --bus-address=unix:path=/run/dbus/system_bus_socket \
    --bus-address=unix:path=/var/run/dbus/system_bus_socket \
    --bus-address=unix:path=/run/dbus%2fsystem_bus_socket \
    "--bus-address=unix:path=/nonexistent;unix:path=/run/dbus/system_bus_socket" $other_name; do
  # shellcheck disable=SC2086  # none, or one word
  exits 2 "${daemon[@]}" --no-polkit $address
  has "the reason" 'polkit' "$output"
done
if [ "$(id -u)" = 0 ]; then
  exits 2 env LD_LIBRARY_PATH="$library_dir" "$daemon_program" --config-dir "$work/config" --state-dir "$work/state" \
    --plugin-dir "$plugin_dir" --no-polkit --bus-address "$bus"
  has "the reason" 'root' "$output"
else
  note "that root is refused is tried as root only"
fi

note "no bus"
exits 1 "${daemon[@]}" --no-polkit --bus-address "unix:path=$work/nonexistent"

note "configuration"
for text in 'no key file' '[Daemon]
MaxSessions=many' '[Daemon]
MaxMessages=0'; do
  echo "$text" > "$work/config/omadm.conf"
  exits 3 "${daemon[@]}" --no-polkit --bus-address "$bus"
  has "the reason" 'omadm\.conf' "$output"
done
printf '[Daemon]\nNoSuchKey=1\nHttpTimeout=30\n' > "$work/config/omadm.conf"

note "a second daemon"
start_daemon
has "the warning" 'NoSuchKey' "$(cat "$work/omadmd.log")"
exits 4 "${daemon[@]}" --no-polkit --bus-address "$bus"
has "the reason" 'use|lock' "$output"
mkdir -m 700 "$work/other-state"
[ "$(id -u)" != 0 ] || chown "$user_id" "$work/other-state"
exits 5 "${daemon[@]}" --no-polkit --bus-address "$bus" --state-dir "$work/other-state"
has "the reason" 'org\.omadm\.Agent1' "$output"
ctl status > /dev/null || die "the first one is disturbed"

note "session bus"
stop_daemon
exits 2 "${as_user[@]}" env DBUS_SESSION_BUS_ADDRESS=unix:path=/run/dbus/system_bus_socket "${daemon[@]:${#as_user[@]}}" \
  --no-polkit --session-bus
"${as_user[@]}" env DBUS_SESSION_BUS_ADDRESS="$bus" "${daemon[@]:${#as_user[@]}}" --no-polkit --session-bus \
  >> "$work/omadmd.log" 2>&1 &
daemon_pid=$!
gdbus wait --address "$bus" --timeout 60 org.omadm.Agent1 || die "it does not serve on the session bus"
exits 0 env DBUS_SESSION_BUS_ADDRESS="$bus" "$OMADMCTL" --session-bus status
stop_daemon

note "the store"
digest() { (cd "$work/state" && find . -type f -exec sha256sum {} + | sort); }
cp -a "$work/state" "$work/kept"
refused() {                            # refused WHAT PATTERN: exit 4, and nothing is touched
  local before
  before=$(digest)
  exits 4 "${daemon[@]}" --no-polkit --bus-address "$bus"
  has "$1: the reason" "$2" "$output"
  is "$1: the files" "$before" "$(digest)"
  rm -rf "$work/state"
  cp -a "$work/kept" "$work/state"
}
head -c 5000 /dev/urandom > "$work/noise"
cat "$work/noise" > "$work/state/omadm.db"
refused "noise in place of the store" 'omadm\.db'
truncate -s 3000 "$work/state/omadm.db"
refused "a store that was cut" 'omadm\.db'
printf '\x00\x00\x03\xe7' | dd of="$work/state/omadm.db" bs=1 seek=60 conv=notrunc 2> "$work/dd.log"
refused "a store of version 999" 'newer'
if [ "$(id -u)" = 0 ]; then chown root "$work/state/omadm.db"; fi
chmod 444 "$work/state/omadm.db"
refused "a store that cannot be written" 'read-only|[Pp]ermission|readonly'
start_daemon
