#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What may cut the machine off from its server counts once the server was reached again; otherwise it is undone with all
# that came with it, also after the daemon was killed, and the server is told.
. "$(dirname "$0")/lib.sh"

use_plugin "$OMADM_KEPT_PLUGIN" "$OMADM_SOURCE_DIR/tests/integration/kept.ddf.xml"
cp "$OMADM_SOURCE_DIR/data/examples/vendor-example.ddf.xml" "$work/config/ddf.d/"
service=$work/service motd=./Vendor/Example/Motd
mkdir "$service"
[ "$(id -u)" != 0 ] || chown "$user_id" "$service"
configure() {                          # configure RESENDS DELAY: of a message that finds no answer
  printf '[Daemon]\nResends=%s\nResendDelay=%s\nHttpTimeout=5\nRetries=0\n[plugin kept]\nDirectory=%s\n' "$1" "$2" "$service" \
    > "$work/config/omadm.conf"
}

# values: of the link, of a leaf of the plugin beside it and of a stored one
values() { echo "$(ctl get ./Vendor/Kept/Link), $(ctl get ./Vendor/Kept/First), $(ctl get $motd)"; }

# change TEXT: what the next session is to change
change() {
  queue "[ { \"command\": \"Replace\", \"uri\": \"./Vendor/Kept/Link\", \"data\": \"$1\" },
    { \"command\": \"Replace\", \"uri\": \"./Vendor/Kept/First\", \"data\": \"$1\" },
    { \"command\": \"Replace\", \"uri\": \"$motd\", \"data\": \"$1\" } ]"
}

# fates: of units of work and their sessions, as the server was told since the last call
fates() {
  curl -sS --max-time 30 "$admin/devices/$(device_id)/results" |
    sed -nE 's/^ *"data" : "((undone|partly-undone|may-have-run|unknown) [0-9]+) [^ ]*Z( [0-9]+)".*/\1\3/p'
  curl -sS --max-time 30 -X DELETE "$admin/devices/$(device_id)/results" > /dev/null
}

# told: what the server has heard, each once.  If it has missed a nonce it is not believed until it was asked for
# credentials, so that an alert goes out again in the session after that.
told() {
  curl -sS -X DELETE "$admin/devices/$(device_id)/commands" > "$work/answer"
  queue '{ "command": "Get", "uri": "./DevInfo/DevId" }'
  exits 0 ctl sync test
  exits 0 ctl sync test
  fates | sort -u
}

logged() { wait_line "$1" "$work/omadmd.log" "$daemon_pid" > "$work/line" || die "the log has no /$1/"; }

start_bus
start_md5_server
configure 0 1
start_daemon
enrol
exits 0 ctl sync test

note "the server is reached: it holds"
change first
exits 0 ctl sync test
is "what is there" "first, first, first" "$(values)"
logged 'Unit of work [0-9]+ is provisional until its server is reached again'
logged 'Unit of work [0-9]+ is confirmed: its server was reached'
is "what the server was told" "" "$(told)"
restart_daemon
is "what is there after a restart" "first, first, first" "$(values)"

note "the server does not answer any more: all of it is undone, and the next session tells"
: > "$work/omadmd.log"
change lost
misbehave '{ "next": "drop", "skip": 1, "count": 100 }'
exits 1 ctl sync test
logged 'Unit of work [0-9]+ of omadm-testserver, .* is undone: 3 undone, 0 left'
is "what is there" "first, first, first" "$(values)"
hasnt "the status" 'Units of work' "$(ctl status)"
behave
has "what the server was told" '^undone [0-9]+ [0-9]+$' "$(told)"
is "what the server was told then" "" "$(told)"

note "one lost answer is no lost server"
configure 3 0
restart_daemon
change again
misbehave '{ "next": "drop", "skip": 1, "count": 1 }'
exits 0 ctl sync test
is "what is there" "again, again, again" "$(values)"
is "what the server was told" "" "$(told)"

note "somebody else has changed some of it since"
configure 1 3
restart_daemon
: > "$work/omadmd.log"
change lost
misbehave '{ "next": "drop", "skip": 1, "count": 100 }'
"${ctl[@]}" sync test > "$work/sync.log" 2>&1 &
session=$!
logged 'is provisional until its server is reached again'
ctl set $motd his || die "a stored node cannot be set"
ctl set ./Vendor/Kept/First his || die "a node of a plugin cannot be set"
wait "$session" && die "the session ended well"
logged 'Unit of work [0-9]+ of omadm-testserver, .* is not wholly undone: 1 undone, 2 left'
is "what is there" "again, his, his" "$(values)"
behave
has "what the server was told" '^partly-undone [0-9]+ [0-9]+$' "$(told)"

note "the daemon is killed before the server was reached"
configure 5 30
restart_daemon
: > "$work/omadmd.log"
change killed
misbehave '{ "next": "drop", "skip": 1, "count": 100 }'
"${ctl[@]}" sync test > "$work/sync.log" 2>&1 &
session=$!
logged 'is provisional until its server is reached again'
is "what is there" "killed, killed, killed" "$(values)"
kill_daemon
wait "$session"
start_daemon
logged 'Unit of work [0-9]+ of omadm-testserver, .* is undone: 3 undone, 0 left'
is "what is there" "again, his, his" "$(values)"
behave
has "what the server was told" '^undone [0-9]+ [0-9]+$' "$(told)"

note "the daemon is stopped before the server was reached"
: > "$work/omadmd.log"
change stopped
misbehave '{ "next": "drop", "skip": 1, "count": 100 }'
"${ctl[@]}" sync test > "$work/sync.log" 2>&1 &
session=$!
logged 'is provisional until its server is reached again'
stop_daemon
wait "$session"
start_daemon
is "what is there" "again, his, his" "$(values)"
behave
has "what the server was told" '^undone [0-9]+ [0-9]+$' "$(told)"

note "an administrator waits for no server"
: > "$work/omadmd.log"
ctl set ./Vendor/Kept/Link his || die "a node cannot be set"
hasnt "the log" 'is provisional' "$(cat "$work/omadmd.log")"
kill_daemon
start_daemon
is "what is there" "his, his, his" "$(values)"
