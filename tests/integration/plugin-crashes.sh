#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A plugin that takes the daemon down three times is left out; all else is there, and the administrator
# hears of it and can have the plugin back.
. "$(dirname "$0")/lib.sh"

# A sanitizer would report the crash, and exit.
as_user+=(ASAN_OPTIONS="$sanitizers:detect_leaks=1:handle_segv=0:handle_abort=0:use_sigaltstack=0")
daemon_command
use_plugin "$OMADM_CRASH_PLUGIN" "$OMADM_SOURCE_DIR/tests/unit/plugin/modules/good.ddf.xml"
cp "$OMADM_SOURCE_DIR/data/examples/vendor-example.ddf.xml" "$work/config/ddf.d/"
configure() { printf '[Daemon]\nWatchdogTimeout=1\n[plugin crash]\nHow=%s\n' "$1" > "$work/config/omadm.conf"; }

# falls STATUS: the daemon, which the plugin takes down when it is asked
falls() {
  local status=0
  exits '[!0]' ctl get ./Vendor/Trial/Fixed
  wait "$daemon_pid" || status=$?
  daemon_pid=''
  is "how the daemon ended" "$1" "$status"
}

start_bus
configure operation
start_daemon
ctl set ./Vendor/Example/Motd hello || die "a node cannot be set"
falls 139
has "the log" 'omadmd: error: plugin crash takes the daemon down: signal 11' "$(cat "$work/omadmd.log")"
configure callback
start_daemon
has "the log" 'Plugin crash: it took the daemon down once, last on 20.*; after 3 it is left out' "$(cat "$work/omadmd.log")"
has "the plugin" '^  crash 1.0: loaded ./Vendor/Trial$' "$(ctl status)"
# What it does later, when nobody waits for it.
ctl get ./Vendor/Trial/Fixed > /dev/null
wait "$daemon_pid"
is "how the daemon ended" 139 "$?"
daemon_pid=''

note "one that hangs counts as well"
configure hang
start_daemon
falls 134

note "it is left out, and all else is there"
start_daemon
status=$(ctl status)
reason='it took the daemon down 3 times, last on 20[-0-9]* [:0-9]* by signal 6'
has "the plugin" "^  crash: left out: $reason" "$status"
has "another plugin" '^  devinfo .*: loaded ./DevInfo$' "$status"
has "JSON" '"state" : "left-out"' "$(ctl status --json)"
has "the log" "Plugin crash is left out: $reason.*; to have it back: omadmctl plugin reset crash" "$(cat "$work/omadmd.log")"
is "what was stored" hello "$(ctl get ./Vendor/Example/Motd)"
check "the device id" test -n "$(device_id)"
exits 1 ctl get ./Vendor/Trial/Fixed
restart_daemon
has "the plugin after one more start" '^  crash: left out: ' "$(ctl status)"

note "until the administrator wants it back"
# shellcheck source=../../data/completions/omadmctl
. "$OMADM_SOURCE_DIR/data/completions/omadmctl"
tool=("${ctl[@]}")
is "what can be reset" crash "$(_omadmctl_plugins_left_out)"
exits 2 ctl plugin
exits 2 ctl plugin reset
exits 1 ctl plugin reset nobody
has "the reason" 'There is no plugin nobody' "$output"
exits 0 ctl plugin reset crash
has "the plugin until the next start" '^  crash: left out: ' "$(ctl status)"
configure never
restart_daemon
has "the plugin" '^  crash 1.0: loaded' "$(ctl status)"
is "its node" never "$(ctl get ./Vendor/Trial/Fixed)"

note "or its file changes"
configure init
stop_daemon
for _ in 1 2 3; do exits 139 "${daemon[@]}" --bus-address "$bus" --no-polkit; done
start_daemon
has "the plugin" '^  crash: left out: it took the daemon down 3 times' "$(ctl status)"
stop_daemon
configure never
touch "$work/plugins/crash.so"
start_daemon
has "the plugin" '^  crash 1.0: loaded' "$(ctl status)"

note "a record that is none costs a warning"
stop_daemon
echo rubbish > "$work/state/plugin-crashes"
start_daemon
has "the log" 'warning: .*/plugin-crashes: this is no record of crashes' "$(cat "$work/omadmd.log")"
has "the plugin" '^  crash 1.0: loaded' "$(ctl status)"
