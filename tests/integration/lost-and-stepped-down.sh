#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Servers that do not understand the first message, answers that do not arrive, and a daemon that is
# killed in the middle of a session.
. "$(dirname "$0")/lib.sh"

cp "$OMADM_SOURCE_DIR/data/examples/vendor-example.ddf.xml" "$work/config/ddf.d/"
echo '[Daemon]
ResendDelay=1' > "$work/config/omadm.conf"
start_bus
start_md5_server
start_daemon
enrol --encoding wbxml --option report-interrupted=true
own=./DMAcc/test/Ext/Omadm
motd=./Vendor/Example/Motd
exits 0 ctl sync

# forget LEAF: what a session kept
forget() { check "deleting $1" ctl delete "$own/$1"; }

replace() { queue "{ \"command\": \"Replace\", \"uri\": \"$motd\", \"data\": \"$1\" }"; }

note "415 to WBXML: XML, from now on"
misbehave '{ "next": "status", "status": 415, "count": 1 }'
replace "in xml"
exits 0 ctl sync
is "the value" "in xml" "$(ctl get $motd)"
is "the encoding" xml "$(ctl get $own/WorkingEncoding)"
exits 0 ctl sync
forget WorkingEncoding

note "WBXML answered with 200 and nothing: the same"
misbehave '{ "next": "empty", "count": 1 }'
exits 0 ctl sync
is "the encoding" xml "$(ctl get $own/WorkingEncoding)"

note "400 to XML: the next lower release, and the account in its layout"
exits '[!0]' ctl get ./SyncML/DMAcc/test/UserName
misbehave '{ "next": "status", "status": 400, "count": 1 }'
replace "in 1.1"
exits 0 ctl sync
is "the value" "in 1.1" "$(ctl get $motd)"
is "the release" 1.1 "$(ctl get $own/WorkingProtocol)"
is "the user" edge-7 "$(ctl get ./SyncML/DMAcc/test/UserName)"
restart_daemon
exits 0 ctl sync
is "the release after a restart" 1.1 "$(ctl get $own/WorkingProtocol)"
forget WorkingProtocol
forget WorkingEncoding

number=0
note "a connection that is lost: the same message again, each command run once"
for fault in '"next": "drop"' '"next": "drop", "after": true' '"next": "truncate", "keep": 1' \
             '"next": "truncate", "keep": 300' '"next": "503", "retry-after": "1"'; do
  for skip in 0 1; do
    note "  $fault, skip $skip"
    misbehave "{ $fault, \"skip\": $skip, \"count\": 1 }"
    number=$((number + 1))
    replace "value $number"
    exits 0 ctl sync
    has "the end" 'ended in order' "$output"
    is "the value" "value $number" "$(ctl get $motd)"
    behave
  done
done

note "killed in the middle"
exits 0 ctl sync
results > /dev/null
misbehave '{ "next": "delay", "ms": 20000, "skip": 1, "count": 100 }'
replace "before the end"
"${ctl[@]}" sync > "$work/sync.log" 2>&1 &
sync_pid=$!
for _ in $(seq 240); do
  [ "$(ctl get $motd)" != "before the end" ] || break
  sleep 0.25
done
is "the value" "before the end" "$(ctl get $motd)"
kill_daemon
wait "$sync_pid"
behave
start_daemon
is "the value after the kill" "before the end" "$(ctl get $motd)"
exits 0 ctl sessions
has "the interrupted session" ' wbxml +- +- +- +- +interrupted; 1 command was executed' "$output"
exits 0 ctl --json sessions
has "the count" '"unanswered" ?: ?1' "$output"

note "and told in the next session, once"
exits 0 ctl sync
told=$(curl -sS --max-time 30 "$admin/devices/$(device_id)/results")
has "the alert" 'org.omadm.session-interrupted' "$told"
results > /dev/null
exits 0 ctl sync
told=$(curl -sS --max-time 30 "$admin/devices/$(device_id)/results")
hasnt "a second alert" 'org.omadm.session-interrupted' "$told"
