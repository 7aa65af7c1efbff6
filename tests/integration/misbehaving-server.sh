#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Whatever a server does wrong, the session comes to an end with a state and a reason, the daemon
# lives on, and the next session works.
. "$(dirname "$0")/lib.sh"

cp "$OMADM_SOURCE_DIR/data/examples/vendor-example.ddf.xml" "$work/config/ddf.d/"
echo '[Daemon]
HttpTimeout=2
Resends=1
ResendDelay=0' > "$work/config/omadm.conf"
start_bus
start_md5_server
start_daemon
enrol
exits 0 ctl sync
number=0

# endures STATUS PATTERN JSON: a session during which the server misbehaves exits with STATUS, and
# what omadmctl says matches
endures() {
  local before=$daemon_pid
  note "$3"
  behave
  curl -sS -X DELETE "$admin/devices/$(device_id)/commands" > "$work/answer"
  number=$((number + 1))
  queue "{ \"command\": \"Replace\", \"uri\": \"./Vendor/Example/Motd\", \"data\": \"value $number\" }"
  misbehave "$3"
  exits "$1" ctl sync
  note "  $output"
  has "the reason" "$2" "$output"
  behave
  exits 0 ctl sync
  kill -0 "$before" || die "the daemon died"
  queue "{ \"command\": \"Replace\", \"uri\": \"./Vendor/Example/Motd\", \"data\": \"good $number\" }"
  exits 0 ctl sync
  is "the value" "good $number" "$(ctl get ./Vendor/Example/Motd)"
}

endures 1 'failed: .+' '{ "next": "drop", "count": 100 }'
endures 1 'failed: .+' '{ "next": "drop", "after": true, "skip": 1, "count": 100 }'
endures 1 'time|Time|answer' '{ "next": "delay", "ms": 10000, "count": 100 }'
endures 0 'ended in order' '{ "next": "delay", "ms": 200, "count": 3 }'
endures 1 'failed: .+' '{ "next": "truncate", "keep": 200, "count": 100 }'
endures 1 'large|long|limit|octets|MiB' '{ "next": "endless", "count": 100 }'
endures 1 'redirect|host|origin' '{ "next": "redirect", "location": "http://localhost:9/", "count": 100 }'
endures 1 'redirect' '{ "next": "redirect", "location": "/", "count": 100 }'
endures 1 '500' '{ "next": "500", "count": 100 }'
endures 1 '503' '{ "next": "503", "retry-after": "3600", "count": 100 }'
endures 1 '404' '{ "next": "status", "status": 404, "count": 100 }'
endures 1 'failed: .+' '{ "next": "garbage", "count": 100 }'
endures 1 'failed: .+' '{ "next": "garbage", "body": "<!DOCTYPE x [<!ENTITY a \"b\">]><SyncML>&a;</SyncML>", "skip": 1, "count": 100 }'
endures 1 'failed: .+' '{ "next": "garbage", "body": "<SyncML xmlns=\"SYNCML:SYNCML1.2\"><SyncHdr>", "skip": 1, "count": 100 }'
endures 1 'failed: .+' '{ "next": "empty", "count": 100 }'
endures 1 'prove|credentials' '{ "next": "wrong-server-nonce", "count": 100 }'
endures 1 'credentials|authent' '{ "next": "wrong-nonce", "count": 100 }'
endures 0 "ended in order" '{ "next": "wrong-nonce", "count": 1 }'
endures 0 "ended in order" '{ "next": "no-final", "count": 1 }'
endures 0 "ended in order" '{ "next": "echo-msgid", "count": 1, "skip": 1 }'
endures 0 "ended in order" '{ "next": "repeat", "skip": 1, "count": 1 }'
endures 0 "ended in order" '{ "next": "challenge-mid-session", "skip": 1, "count": 1 }'

note "nobody there at all"
stop_server
exits 1 ctl sync
has "the reason" '[Cc]onnect' "$output"
ctl status > /dev/null || die "the daemon died"
