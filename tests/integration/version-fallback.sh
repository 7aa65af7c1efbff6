#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Servers that say to the first message that they do not speak its release (505, 513): the next lower
# one, which is remembered, unless the account forbids it; never in mid-session.
. "$(dirname "$0")/lib.sh"

cp "$OMADM_SOURCE_DIR/data/examples/vendor-example.ddf.xml" "$work/config/ddf.d/"
start_bus
start_md5_server
start_daemon
enrol --protocol 1.3
own=./DMAcc/test/Ext/Omadm
motd=./Vendor/Example/Motd

replace() { queue "{ \"command\": \"Replace\", \"uri\": \"$motd\", \"data\": \"$1\" }"; }

# enrol_again [OPTION]...: the account anew, with nothing remembered
enrol_again() {
  exits 0 ctl account remove test
  enrol "$@"
}

note "as it is"
replace "in 1.3"
start_monitor
exits 0 ctl sync
stop_monitor
has "the release" 'DM/1\.3' "$(cat "$work/monitor.log")"
is "the value" "in 1.3" "$(ctl get $motd)"
exits '[!0]' ctl get $own/WorkingProtocol

for code in 505 513; do
  note "$code to 1.3: 1.2, also the next time"
  enrol_again --protocol 1.3
  misbehave "{ \"next\": \"$code\", \"count\": 1 }"
  replace "in 1.2 after $code"
  exits 0 ctl sync
  is "the value" "in 1.2 after $code" "$(ctl get $motd)"
  is "the release" 1.2 "$(ctl get $own/WorkingProtocol)"
  restart_daemon
  start_monitor
  exits 0 ctl sync
  stop_monitor
  has "the release" 'DM/1\.2' "$(cat "$work/monitor.log")"
  hasnt "a higher release" 'DM/1\.3' "$(cat "$work/monitor.log")"
done

note "513 to 1.3 and 505 to 1.2: 1.1"
enrol_again --protocol 1.3
misbehave '{ "next": "513", "count": 1 }'
misbehave '{ "next": "505", "count": 1 }'
replace "in 1.1"
exits 0 ctl sync
is "the value" "in 1.1" "$(ctl get $motd)"
is "the release" 1.1 "$(ctl get $own/WorkingProtocol)"

note "to 1.1, too: that is all there is"
enrol_again --protocol 1.3
misbehave '{ "next": "513", "count": 3 }'
exits 1 ctl sync
has "why" 'does not speak DM 1\.1' "$output"
exits '[!0]' ctl get $own/WorkingProtocol

note "not with no-fallback"
enrol_again --protocol 1.3 --option no-fallback=true
misbehave '{ "next": "513", "count": 1 }'
exits 1 ctl sync
has "why" 'does not speak DM 1\.3' "$output"
exits '[!0]' ctl get $own/WorkingProtocol

note "not in mid-session"
enrol_again --protocol 1.3
exits 0 ctl sync
misbehave '{ "next": "513", "skip": 1, "count": 1 }'
replace "before 513"
exits 1 ctl sync
is "the value" "before 513" "$(ctl get $motd)"
exits '[!0]' ctl get $own/WorkingProtocol
