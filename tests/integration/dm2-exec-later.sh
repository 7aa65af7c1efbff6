#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# EXEC with an address is accepted at once, and its end told there, with an alert in a session of its own (DM Protocol
# 2.0, asynchronous reporting): once, also when the daemon does not live to see it or the address cannot be reached.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib-dm2.sh"

slow=urn:oma:mo:ext-slow:1.0
use_plugin "$OMADM_SLOW_PLUGIN" "$OMADM_SOURCE_DIR/tests/integration/slow.ddf.xml"
printf '[Daemon]\nExecTimeout=1\nHttpTimeout=2\nResends=0\nRetryDelay=1\n' > "$work/config/omadm.conf"
start_bus
start_server --port 0
start_daemon
dm2_enrol --manage ./Vendor
reports=${http_url%/}/reports

# said: all that the device answered and raised since the step began, but for what starts sessions
said() { answers >> "$work/said"; cat "$work/said"; }
run() {                                # run NODE: it is accepted, and told
  : > "$work/said"
  queue '[["EXEC", "'$slow'//'"$1"'", "'"$reports"'"]]'
  exits 0 ctl sync two
  until_has '^alert ' said
  has "the status" "^EXEC $slow//$1 202\$" "$output"
  has "the alert" "^alert [^{]*$slow/Slow/$1 .*\{\"DM1x\":" "$output"
}
waiting() { ctl alerts --json | grep -c '"id"'; }

note "it is accepted, and told in a session to the address"
requests > /dev/null
run Run
has "where it was told" '^POST /reports 200' "$(requests)"
until_has '^0$' waiting
exits 0 ctl sync two
is "alerts" 1 "$(said | grep -c '^alert')"

note "by the plugin itself"
run Own
until_has '^0$' waiting

note "an address that cannot be reached holds nobody up, and is tried again"
misbehave '{ "next": "503", "path": "/reports", "count": 2 }'
run Run
behave
until_has '^0$' waiting
is "alerts" 1 "$(said | grep -c '^alert')"

note "a kill in between loses nothing"
: > "$work/said"
misbehave '{ "next": "503", "path": "/reports", "count": 1000 }'
queue '[["EXEC", "'$slow'//Own", "'"$reports"'"]]'
exits 0 ctl sync two
until_has '^1$' waiting
hasnt "what the server got" '^alert' "$(said)"
kill_daemon
behave
start_daemon
until_has '^alert ' said
until_has '^0$' waiting
is "alerts" 1 "$(said | grep -c '^alert')"
hasnt "breaches" '^error' "$(said)"
