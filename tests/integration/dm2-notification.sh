#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A notification (DM Protocol 2.0, package 0) that is handed in starts a session that says so; one that is forged, old or
# was there before does not, also when the daemon was killed since.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib-dm2.sh"

start_bus
start_server --port 0
start_daemon
dm2_enrol_notified

sessions() { ctl sessions | grep -c ' two '; }

# hand_in OCTETS: to the daemon
hand_in() { echo "$1" | ctl notify --hex -; }

note "one that is right"
first=$(notification '"id":7' '"objects":true')
exits 0 hand_in "$first"
until_has 'ServerInitiatedMgmt' dm2_results
has "its identifier" '^alert urn:oma:at:dm:2\.0:ServerInitiatedMgmt .*7' "$output"
has "what there is to manage" '^objects urn:oma:mo:oma-dm-devinfo' "$output"
until_has ' two ' ctl sessions

before=$(sessions)
# refused WHAT OCTETS PATTERN
refused() {
  note "$1"
  exits '[!0]' hand_in "$2"
  has "the reason" "$3" "$output"
}
refused "once more" "$first" '.'
refused "with a wrong digest" "$(notification '"id":8' '"wrong-digest":true')" '[Dd]igest'
refused "with another secret" "$(notification '"id":9' '"secret":"guess"')" '[Dd]igest'
refused "without a digest" "$(notification '"id":10' '"secret":null')" '[Dd]igest'
refused "of yesterday" "$(notification '"id":11' '"time":1700000000')" '.'
refused "of tomorrow" "$(notification '"id":12' "\"time\":$(($(date +%s) + 86400))")" '.'
refused "of nobody" "$(notification '"id":13' '"server-id":"nobody"')" '.'
refused "that is rubbish" "13001f" '.'
refused "that is too long" "$(head -c 5000 /dev/zero | od -An -v -tx1 | tr -d ' \n')" '.'
note "a kill does not make it forget"
kill_daemon
start_daemon
refused "once more" "$first" '.'
is "sessions" "$before" "$(sessions)"

note "another one"
exits 0 hand_in "$(notification '"id":14')"
until_has 'ServerInitiatedMgmt' dm2_results
hasnt "the key in the log" 'key-of-notifications' "$(cat "$work/omadmd.log")"
