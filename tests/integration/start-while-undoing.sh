#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A plugin that hangs while its change is undone keeps neither the daemon from coming on the bus nor sessions from what
# is elsewhere, even when it serves what the daemon reads when it starts.
. "$(dirname "$0")/lib.sh"

use_plugin "$OMADM_IDENTITY_PLUGIN" "$OMADM_SOURCE_DIR/tests/integration/identity.ddf.xml"
rm "$work/plugins/devinfo.so"
service=$work/service
mkdir "$service"
[ "$(id -u)" != 0 ] || chown "$user_id" "$service"
echo -n "urn:test:edge-7" > "$service/DevId"
echo -n old > "$service/Label"
[ "$(id -u)" != 0 ] || chown -R "$user_id" "$service"
printf '[Daemon]\nRetryDelay=600\nOperationTimeout=20\n[plugin identity]\nDirectory=%s\n' "$service" > "$work/config/omadm.conf"

start_bus
start_md5_server
start_daemon
enrol
has "the device" 'device urn:test:edge-7$' "$(ctl status)"
queue '{ "command": "Replace", "uri": "./DevInfo/Label", "data": "new" }'
: > "$service/hangs-writing"
"${ctl[@]}" sync test > "$work/sync.log" 2>&1 &
session=$!
wait_line 'identity: hangs-writing' "$work/omadmd.log" "$daemon_pid" > /dev/null || die "the plugin did not hang"
kill_daemon
wait "$session"
is "what the service has" new "$(cat "$service/Label")"

note "it comes up, and shows what it does"
mv "$service/hangs-writing" "$service/hangs-reading"
: > "$work/omadmd.log"
start_daemon
has "the status" '^  [0-9]+: undoing, of omadm-testserver' "$(ctl status)"
hasnt "the log" 'Unit of work' "$(cat "$work/omadmd.log")"
exits 0 ctl get ./DMAcc
"${ctl[@]}" sync test > "$work/sync.log" 2>&1 &
session=$!

note "a session waits until it is known who the device is"
wait_line 'DevId cannot be read' "$work/omadmd.log" "$daemon_pid" > /dev/null || die "the daemon knows what it cannot"
check "the session waits" kill -0 "$session"
rm "$service/hangs-reading"
wait_line 'Unit of work [0-9]+ of omadm-testserver, .* is not wholly undone' "$work/omadmd.log" "$daemon_pid" > /dev/null ||
  die "the undoing did not end"
wait "$session" || die "the session failed: $(cat "$work/sync.log")"
has "the device" 'device urn:test:edge-7$' "$(ctl status)"
id=$(ctl status --json | sed -n '/"units"/,/\]/s/^ *"id" : \([0-9]*\),/\1/p')
exits 0 ctl unit retry "$id"
is "what the service has" old "$(cat "$service/Label")"
