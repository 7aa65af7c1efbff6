#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# An account whose messages are WBXML has the same sessions, and the monitor shows them the same.
. "$(dirname "$0")/lib.sh"

cp "$OMADM_SOURCE_DIR/data/examples/vendor-example.ddf.xml" "$work/config/ddf.d/"
start_bus
start_md5_server
start_daemon
enrol --encoding wbxml
start_monitor
queue '[
  { "command": "Get", "uri": "./DevInfo/DevId" },
  { "command": "Replace", "uri": "./Vendor/Example/Motd", "data": "In <WBXML> & ä" },
  { "command": "Add", "uri": "./Vendor/Example/Sites/a%20b", "format": "node" },
  { "command": "Get", "uri": "./Vendor/Example/Motd" },
  { "command": "Get", "uri": "./Nothing" }
]'
exits 0 ctl sync
is "the results" "status Get ./DevInfo/DevId 200
results ./DevInfo/DevId $(device_id)
status Replace ./Vendor/Example/Motd 200
status Add ./Vendor/Example/Sites/a%20b 200
status Get ./Vendor/Example/Motd 200
results ./Vendor/Example/Motd In <WBXML> & ä
status Get ./Nothing 404" "$(results)"
is "the value" "In <WBXML> & ä" "$(ctl get ./Vendor/Example/Motd)"
stop_monitor
has "the monitor shows what the server sent" 'Data: In <WBXML> & ä' "$(cat "$work/monitor.log")"
has "the monitor shows names" 'LocURI: ./Vendor/Example/Motd' "$(cat "$work/monitor.log")"
hasnt "the monitor reads every message" 'not a readable message' "$(cat "$work/monitor.log")"
