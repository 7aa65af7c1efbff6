#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Alerts reach their server once, whatever happens between; an Exec that takes long is accepted and
# its end is told, also when the daemon does not live to see it.
. "$(dirname "$0")/lib.sh"

use_plugin "$OMADM_SLOW_PLUGIN" "$OMADM_SOURCE_DIR/tests/integration/slow.ddf.xml"
printf '[Daemon]\nExecTimeout=1\n' > "$work/config/omadm.conf"
start_bus
start_server --port 0 --server-id srv --user edge-7:secret-1
start_daemon
echo secret-1 > "$work/plain"
ctl account add test --server-id srv --url "$http_url" --allow-http --auth md5 --user edge-7 \
  --secret-file "$work/plain" || die "the account cannot be added"

# alerts: what alerts the server got since the last call, a line each: CODE CORRELATOR SOURCE TYPE MARK DATA
alerts() {
  local url
  url=$admin/devices/$(device_id)/results
  curl -sS --max-time 30 "$url" |
    sed -nE 's/^ *"(code|correlator|source|media-type|mark|data|type)" : "?(.*[^",]|)"?,?$/\1=\2/p; s/^ *\},?$//p' |
    awk -F= '
      function shown(value) { return value == "" ? "-" : value }
      { value = substr($0, length($1) + 2) }
      NF > 0 { member[$1] = value; next }
      # the item ends, then the alert, which has its own members before the item
      member["type"] == "alert" && (member["code"] == 1224 || member["code"] == 1226) {
        print member["code"], shown(member["correlator"]), shown(member["source"]), shown(member["media-type"]),
          shown(member["mark"]), shown(member["data"])
      }
      { delete member }'
  curl -sS --max-time 30 -X DELETE "$url" > /dev/null
}

waiting() { ctl alerts --json | grep -c '"id"'; }

# other_server [OPTION]...: another one at the same place
other_server() {
  local port=${http_url##*:}
  stop_server
  start_server --port "${port%%/*}" --server-id srv --user edge-7:secret-1 "$@"
}
note "what was raised reaches the server after a kill"
exits 0 ctl alert --account test --data 'All is lost' --mark fatal --source ./DevInfo/DevId org.example/Alarm
exits 0 ctl alert --code 1224 --data none com.example/Login
kill_daemon
start_daemon
is "alerts that wait" 2 "$(waiting)"
exits 0 ctl sync test
is "what the server got" "1226 - ./DevInfo/DevId org.example/Alarm fatal All is lost
1224 - - com.example/Login - none" "$(alerts)"
is "alerts that wait" 0 "$(waiting)"
exits 0 ctl sync test
is "what the server got then" "" "$(alerts)"

note "it is kept when the server cannot take it, and dropped when it will not"
other_server --alert-status 500
exits 0 ctl alert --account test --data 1 --format int org.example/Count
for _ in 1 2; do
  exits 0 ctl sync test
  is "what the server got" "1226 - - org.example/Count - 1" "$(alerts)"
done
is "alerts that wait" 1 "$(waiting)"
other_server --alert-status 415
exits 0 ctl sync test
is "alerts that wait" 0 "$(waiting)"

note "one that fits no message goes in parts"
other_server --max-msg-size 4096
large=$(head -c 7500 /dev/urandom | base64 -w 0)
exits 0 ctl alert --account test --data small org.example/First
exits 0 ctl alert --account test --data "$large" --mark minor org.example/Large
exits 0 ctl alert --account test --data small org.example/Last
queue '{ "command": "Get", "uri": "./DevInfo/Man" }'
exits 0 ctl sync test
found=$(alerts)
is "alerts that wait" 0 "$(waiting)"
is "the others" "1226 - - org.example/First - small
1226 - - org.example/Last - small" "$(grep -v Large <<< "$found")"
check "it was sent whole or in no parts" test "$(grep -c Large <<< "$found")" -gt 2
is "its parts" "$large" "$(sed -n 's/^1226 - - org.example\/Large minor //p' <<< "$found" | tr -d '\n')"

note "wrong ones are refused, and the administrator can drop one"
other_server
exits 1 ctl alert --account nobody x
exits 1 ctl alert --mark loud x
exits 1 ctl alert --code 1201 x
exits 1 ctl alert --format int --data many x
exits 2 ctl alert
exits 0 ctl alert --account test --data x org.example/Dropped
exits 0 ctl alerts --drop "$output"
exits 1 ctl alerts --drop 4711
is "alerts that wait" 0 "$(waiting)"

note "a server that is not to get unsolicited alerts gets none"
ctl account add held --server-id srv2 --url "$http_url" --allow-http --auth md5 --user edge-7 \
  --secret-file "$work/plain" --option hold-alerts=true || die "the account cannot be added"
exits 0 ctl alert --account held --data x org.example/Held
exits '*' ctl sync held
is "what the server got" "" "$(alerts)"
is "alerts that wait" 1 "$(waiting)"
exits 0 ctl account remove held
is "alerts of an account that is gone" 0 "$(waiting)"

note "an Exec that takes long"
queue '{ "command": "Exec", "uri": "./Vendor/Slow/Run", "data": "5000", "correlator": "run-1" }'
exits 0 ctl sync test
has "its status" 'status Exec ./Vendor/Slow/Run 202' "$(results)"
has "what waits" '"state" : "pending"' "$(ctl alerts --json)"
wait_line 'the Exec that went on ended' "$work/omadmd.log" "$daemon_pid" > /dev/null || die "the Exec did not end"
exits 0 ctl sync test
is "what the server got" "1226 run-1 ./Vendor/Slow/Run Reversed-Domain-Name: org.omadm.exec informational 200" "$(alerts)"

note "one whose plugin tells the end itself"
queue '{ "command": "Exec", "uri": "./Vendor/Slow/Own", "data": "", "correlator": "own-1" }'
start_monitor
exits 0 ctl sync test
wait_line 'slow:1.0:complete' "$work/monitor.log" "$monitor_pid" > /dev/null || die "the plugin's alert was not sent"
stop_monitor
exits 0 ctl sync test
is "what the server got" "1226 own-1 ./Vendor/Slow/Own urn:example:at:slow:1.0:complete minor 1200" "$(alerts)"

note "one that the daemon does not survive"
queue '{ "command": "Exec", "uri": "./Vendor/Slow/Run", "data": "60000", "correlator": "run-2" }'
exits 0 ctl sync test
kill_daemon
start_daemon
exits 0 ctl sync test
is "what the server got" "1226 run-2 ./Vendor/Slow/Run Reversed-Domain-Name: org.omadm.exec warning 500" "$(alerts)"
