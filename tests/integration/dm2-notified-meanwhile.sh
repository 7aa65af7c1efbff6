#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A notification (DM Protocol 2.0, package 0) that comes while a session is under way has a session of its own behind it,
# and two that wait for that have one, which tells the later.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib-dm2.sh"

start_bus
start_server --port 0
start_daemon
dm2_enrol_notified

# hand_in OCTETS: prints the session
hand_in() { ctl notify --hex - --json <<< "$1" | sed -n 's/.*"session" : "\(.*\)".*/\1/p'; }

note "a session that waits for its server"
earlier=$(notification '"id":21') later=$(notification '"id":22')
# A process that is stopped does not end.
trap 'status=$?; kill -CONT "$server_pid" 2> /dev/null; (exit "$status"); finish_dm2' EXIT
kill -STOP "$server_pid"
"${ctl[@]}" sync two > "$work/sync.log" 2>&1 &
sync_pid=$!
until_has ' two .*running' ctl sessions

note "two notifications"
first=$(hand_in "$earlier")
second=$(hand_in "$later")
has "a session of its own" '/session/[0-9]+$' "$first"
is "the same one for both" "$first" "$second"
kill -CONT "$server_pid"
wait "$sync_pid" || die "the session failed: $(cat "$work/sync.log")"
until_has 'ServerInitiatedMgmt' dm2_results
has "the later one" 'ServerInitiatedMgmt .*22' "$output"
hasnt "the earlier one" 'ServerInitiatedMgmt .*21' "$output"
is "sessions" 3 "$(ctl sessions | grep -c ' two ')"
