#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What a unit of work did when the daemon was killed is undone at the next start, and its server is told; what cannot be
# undone is kept, shown and tried again until the administrator forgets it.
. "$(dirname "$0")/lib.sh"

use_plugin "$OMADM_KEPT_PLUGIN" "$OMADM_SOURCE_DIR/tests/integration/kept.ddf.xml"
service=$work/service
mkdir "$service"
[ "$(id -u)" != 0 ] || chown "$user_id" "$service"
configure() {                          # configure SECONDS: the first wait before something is tried again
  printf '[Daemon]\nRetryDelay=%s\nExecTimeout=1\n[plugin kept]\nDirectory=%s\n' "$1" "$service" > "$work/config/omadm.conf"
}

# values: of both leaves
values() { echo "$(ctl get ./Vendor/Kept/First), $(ctl get ./Vendor/Kept/Second)"; }

# fates: of units of work and sessions, as the server was told since the last call; of a unit without the time
fates() {
  curl -sS --max-time 30 "$admin/devices/$(device_id)/results" |
    sed -nE 's/^ *"data" : "((undone|partly-undone|may-have-run|unknown) [0-9]+) [^ ]*Z( [0-9]+)?".*/\1\3/p
      s/^ *"data" : "([0-9]+ [0-9]+)".*/session \1/p'
  curl -sS --max-time 30 -X DELETE "$admin/devices/$(device_id)/results" > /dev/null
}

# Keeps the clients of the bus from waiting for a daemon that was killed: what is queued is sent when it is back.
killed_half_way() {                    # killed_half_way TEXT [COMMAND]: in what writes TEXT, after the command
  local session
  : > "$service/hangs"
  : > "$work/omadmd.log"
  [ -z "${2-}" ] || queue "$2"
  queue "{ \"command\": \"Atomic\", \"commands\": [
    { \"command\": \"Replace\", \"uri\": \"./Vendor/Kept/First\", \"data\": \"$1\" },
    { \"command\": \"Replace\", \"uri\": \"./Vendor/Kept/Second\", \"data\": \"$1\" }] }"
  "${ctl[@]}" sync test > "$work/sync.log" 2>&1 &
  session=$!
  wait_line 'kept: Second hangs' "$work/omadmd.log" "$daemon_pid" > /dev/null || die "the plugin did not hang"
  kill_daemon
  wait "$session"
  session_id=$(sed -nE 's/^omadmd: Session ([0-9]+) with test begins/\1/p' "$work/omadmd.log")
  rm "$service/hangs"
  is "what the service has" "$1, $1" "$(cat "$service/First"), $(cat "$service/Second")"
}

# unit: the number of the only one that is kept
unit() { ctl status --json | sed -n '/"units"/,/\]/s/^ *"id" : \([0-9]*\),/\1/p'; }

start_bus
start_md5_server
configure 600
start_daemon
enrol --option report-interrupted=true
ctl set ./Vendor/Kept/First old || die "a node cannot be set"
ctl set ./Vendor/Kept/Second old || die "a node cannot be set"
hasnt "the status" 'Units of work' "$(ctl status)"

note "a kill half way is undone"
killed_half_way new
start_daemon
is "what is there" "old, old" "$(values)"
has "the log" 'Unit of work [0-9]+ of omadm-testserver, begun 20.*Z, is undone: 2 undone, 0 left' "$(cat "$work/omadmd.log")"
hasnt "the status" 'Units of work' "$(ctl status)"
fates > /dev/null
exits 0 ctl sync test
has "what the server was told" "^undone [0-9]+ $session_id\$" "$(fates)"
restart_daemon
exits 0 ctl sync test
is "what the server was told then" "" "$(fates)"

note "the server hears of each command once, by one alert or the other"
killed_half_way new '{ "command": "Replace", "uri": "./Vendor/Kept/First", "data": "done" }'
start_daemon
is "what is there" "done, old" "$(values)"
fates > /dev/null
exits 0 ctl sync test
told=$(fates)
has "what the server was told of the Atomic" "^undone [0-9]+ $session_id\$" "$told"
has "what the server was told of the other command" "^session $session_id 1\$" "$told"
is "how often the server was told" 2 "$(wc -l <<< "$told")"
ctl set ./Vendor/Kept/First old || die "a node cannot be set"

note "what cannot be undone is kept and shown"
ctl set ./Vendor/Kept/First old || die "a node cannot be set"
killed_half_way newer
: > "$service/refuses"
start_daemon
is "what is there" "newer, newer" "$(values)"
id=$(unit)
has "the number" '^[0-9]+$' "$id"
has "the status" "^  $id: undo-failed, of omadm-testserver, begun 20.*, 2 changes left, failed 1 times: .*The service refuses" "$(ctl status)"
has "JSON" '"changes" : 2' "$(ctl status --json)"
has "the log" "Unit of work $id of .* is not wholly undone: 0 undone, 0 left .*, 2 failed, .*kept and tried again" "$(cat "$work/omadmd.log")"
exits 0 ctl sync test
is "what the server was told" "partly-undone $id $session_id" "$(fates)"
# shellcheck source=../../data/completions/omadmctl
. "$OMADM_SOURCE_DIR/data/completions/omadmctl"
tool=("${ctl[@]}")
is "what can be completed" "$id" "$(_omadmctl_units)"

note "and tried again"
exits 2 ctl unit
exits 2 ctl unit retry
exits 2 ctl unit retry first
exits 1 ctl unit retry 4711
has "the reason" 'There is no unit of work 4711' "$output"
exits 1 ctl unit retry "$id"
has "the status" "^  $id: undo-failed, .* failed 2 times" "$(ctl status)"
rm "$service/refuses"
exits 0 ctl unit retry "$id"
is "what is there" "old, old" "$(values)"
hasnt "the status" 'Units of work' "$(ctl status)"
exits 0 ctl sync test
is "what the server was told" "undone $id $session_id" "$(fates)"
restart_daemon
hasnt "the status after a restart" 'Units of work' "$(ctl status)"

note "an older one waits for a newer one"
killed_half_way first
: > "$service/refuses"
start_daemon
older=$(unit)
rm "$service/refuses"
killed_half_way second
: > "$service/refuses"
start_daemon
newer=$(unit | tail -n 1)
check "there are two" test "$older" != "$newer"
has "the status" "^  $older: .*Unit of work $newer changed the same subtree later" "$(ctl status)"
exits 1 ctl unit retry "$older"
has "the reason" "Unit of work $newer changed the same subtree later" "$output"
rm "$service/refuses"
exits 0 ctl unit retry "$newer"
wait_line "Unit of work $older of omadm-testserver, .* is undone" "$work/omadmd.log" "$daemon_pid" > /dev/null ||
  die "the older one does not go on"
is "what is there" "old, old" "$(values)"

note "also by itself, and after another start"
configure 1
killed_half_way newest
: > "$service/refuses"
start_daemon
restart_daemon
check "it is kept" test -n "$(unit)"
: > "$work/omadmd.log"
rm "$service/refuses"
wait_line 'Unit of work [0-9]+ of omadm-testserver, .* is undone' "$work/omadmd.log" "$daemon_pid" > /dev/null ||
  die "it was not tried again"
is "what is there" "old, old" "$(values)"

note "until the administrator forgets it"
configure 600
restart_daemon
killed_half_way stays
: > "$service/refuses"
start_daemon
id=$(unit)
exits 0 ctl unit forget "$id"
has "the log" "Unit of work $id was forgotten by the administrator" "$(cat "$work/omadmd.log")"
hasnt "the status" 'Units of work' "$(ctl status)"
exits 1 ctl unit forget "$id"
rm "$service/refuses"
restart_daemon
is "what is there" "stays, stays" "$(values)"
