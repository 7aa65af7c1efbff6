#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Commands that take long: an Exec is accepted and told later, all else fails and its late result is
# nobody's; a server that wants it hears that it has to wait.  The times are configuration.
. "$(dirname "$0")/lib.sh"

use_plugin "$OMADM_SLOW_PLUGIN" "$OMADM_SOURCE_DIR/tests/integration/slow.ddf.xml"
configure() { printf '[Daemon]\n%s\n' "$1" > "$work/config/omadm.conf"; }

note "times that are none stop the daemon"
start_bus
for line in ExecTimeout=0 ExecTimeout=3601 ExecTimeout=soon ExecTimeout=-1 ExecTimeout= OperationTimeout=0 \
            OperationTimeout=3601 KeepAlive=-1 KeepAlive=3601 KeepAlive=1s; do
  configure "$line"
  exits '[!0]' "${daemon[@]}" --bus-address "$bus" --no-polkit
  has "the reason" "${line%%=*}" "$output"
done
for line in $'ExecTimeout=3600\nOperationTimeout=3600\nKeepAlive=3600' $'ExecTimeout=1\nOperationTimeout=1\nKeepAlive=0'; do
  configure "$line"
  start_daemon
  stop_daemon
done

start_server --port 0 --server-id srv --user edge-7:secret-1
start_daemon
echo secret-1 > "$work/plain"
ctl account add test --server-id srv --url "$http_url" --allow-http --auth md5 --user edge-7 \
  --secret-file "$work/plain" || die "the account cannot be added"

alerts() { curl -sS --max-time 30 "$admin/devices/$(device_id)/results" | grep -oE 'requestpending|org\.omadm\.exec'; }

note "a Get that takes too long fails, and its late value is nobody's"
queue '[{ "command": "Get", "uri": "./Vendor/Slow/Late" }, { "command": "Get", "uri": "./Vendor/Slow/Quick" }]'
exits 0 ctl sync test
found=$(results)
has "its status" 'status Get ./Vendor/Slow/Late 500' "$found"
has "the other" 'results ./Vendor/Slow/Quick quick' "$found"
wait_line 'slow: Late is done' "$work/omadmd.log" "$daemon_pid" > /dev/null || die "the plugin has no result"
exits 0 ctl sync test
hasnt "the late value" 'too late' "$found$(results)"

note "an Exec that takes too long is accepted"
# Long enough that its status is read before the alert comes.
queue '{ "command": "Exec", "uri": "./Vendor/Slow/Run", "data": "4000", "correlator": "run-1" }'
start_monitor
exits 0 ctl sync test
has "how far it is" '^  Under way: \./Vendor/Slow/Run 10 %, half asleep$' "$(ctl plugin show slow)"
has "JSON" '"percent" : 10' "$(ctl plugin show --json slow)"
has "its status" 'status Exec ./Vendor/Slow/Run 202' "$(results)"
wait_line 'the Exec that went on ended' "$work/omadmd.log" "$daemon_pid" > /dev/null || die "the Exec did not end"
stop_monitor
has "how far it was" '^\.\.\. \./Vendor/Slow/Run 10 %: half asleep$' "$(cat "$work/monitor.log")"
hasnt "what is over" 'Under way' "$(ctl plugin show slow)"
exits 0 ctl sync test
is "the alert" org.omadm.exec "$(alerts)"
results > /dev/null

note "and waited for when there is more time"
stop_daemon
configure ExecTimeout=30
start_daemon
queue '{ "command": "Exec", "uri": "./Vendor/Slow/Run", "data": "1800", "correlator": "run-2" }'
exits 0 ctl sync test
is "alerts" "" "$(alerts)"
has "its status" 'status Exec ./Vendor/Slow/Run 200' "$(results)"

note "a server that wants it hears that it has to wait, once a second"
stop_daemon
configure $'ExecTimeout=30\nKeepAlive=1'
start_daemon
queue '{ "command": "Exec", "uri": "./Vendor/Slow/Run", "data": "2600", "correlator": "run-3" }'
exits 0 ctl sync test
has "alerts" 'requestpending' "$(alerts)"
is "how many" 2 "$(alerts | grep -c requestpending)"
has "its status" 'status Exec ./Vendor/Slow/Run 200' "$(results)"

note "also when that is the account's own wish"
stop_daemon
configure ExecTimeout=30
start_daemon
exits 0 ctl account remove test
ctl account add test --server-id srv --url "$http_url" --allow-http --auth md5 --user edge-7 \
  --secret-file "$work/plain" --option keep-alive=1 || die "the account cannot be added"
queue '{ "command": "Exec", "uri": "./Vendor/Slow/Run", "data": "1500", "correlator": "run-4" }'
exits 0 ctl sync test
is "alerts" requestpending "$(alerts)"
has "its status" 'status Exec ./Vendor/Slow/Run 200' "$(results)"
