#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The service of a plugin refuses, dies or hangs at each call in the middle of a unit of work, of its undoing, and of
# its recovery: the daemon tells what came of it, keeps and shows what it could not undo, and undoes it later.
#   usage: service-fails.sh [EVERY [HOW...]]     each EVERY-th call, 1 if not given; all ways of README.md
. "$(dirname "$0")/machine.sh"

every=${1:-1}
shift
hows=("${@:-refuse}")
[ $# -gt 0 ] || hows=(refuse refuse-behind die die-behind hang hang-behind)
operation_timeout=1
configure
hit=0 failed=0

calls() { service_call Dump | sed -E 's/.*uint32 ([0-9]+), (uint32 )?([0-9]+)\)$/\1/'; }

# has_failed TIMES: or the service has died; nobody waits for the last call
has_failed() {
  for _ in {1..100}; do
    kill -0 "$service_pid" 2> /dev/null || return 0
    [ "$(service_call Dump 2> /dev/null | sed -E 's/.* ([0-9]+)\)$/\1/')" != "$1" ] || return 0
    sleep 0.02
  done
  return 1
}

# try WHAT COMMAND...: what is wrong by it
try() {
  revive_service
  if ! "${@:2}" > "$work/wrong"; then
    failed=$((failed + 1))
    echo "FAILED: $1: $(cat "$work/wrong")" >&2
    keep "service-$failed"
  fi
  [ -z "$daemon_pid" ] || kill_quietly
}

# fails_in_session TIMES RULE...: a session in which the service fails as it was told, so often; then all is well again
fails_in_session() {
  session
  [ "$?" -lt 124 ] || { echo "the session hangs"; return 1; }
  has_failed "$1" || { echo "the service did not fail"; return 1; }
  hit=$((hit + 1))
  revive_service
  kill -0 "$daemon_pid" 2> /dev/null || { echo "the daemon did not live"; return 1; }
  machine look live
  kill_quietly
  aftermath alive "${@:2}"
}

begin() {
  : > "$work/omadmd.log"
  put_back before
  server_waits
  start_daemon
  service_call Load > /dev/null
}

# A stopped machine, for the state before.
start_daemon
machine look before
kill_quietly
begin
session || die "the session failed: $(cat "$work/sync.log")"
n_calls=$(calls)
machine look after
kill_quietly
machine told results
machine differs || die "the first run"
make_half
note "calls of the service: $n_calls"

fail_call() {                          # fail_call NUMBER HOW
  begin
  service_call Fail "$1" "$2" > /dev/null
  fails_in_session 1
}

fail_roll_back() {                     # fail_roll_back HOW: when the service did not do what it was to commit
  begin
  service_call Fail 1 'refuse Apply' > /dev/null
  service_call Fail 1 "$1 RollBack" > /dev/null
  fails_in_session 2
}

fail_undo() {                          # fail_undo HOW: when the daemon starts after it was killed
  local id units
  : > "$work/omadmd.log"
  put_back half
  forget '' ; forget /commands ; forget /results
  service_call Fail 1 "$1 RollBack" > /dev/null
  start_daemon
  machine settle
  has_failed 1 || { echo "the service did not fail"; return 1; }
  hit=$((hit + 1))
  revive_service
  units=$(ctl status)
  id=$(sed -nE 's/^  ([0-9]+): undo-failed, .*, failed 1 times: .*/\1/p' <<< "$units")
  [ -n "$id" ] || { echo "what could not be undone is not shown: $units"; return 1; }
  ctl unit retry "$id" || { echo "it cannot be undone later"; return 1; }
  [[ "$(ctl status)" != *undo-failed* ]] || { echo "it is not undone later"; return 1; }
  kill_quietly
  aftermath undone killed recovery
}

for how in "${hows[@]}"; do
  for ((number = every; number <= n_calls; number += every)); do
    try "$how at call $number" fail_call "$number" "$how"
  done
  try "$how at roll back" fail_roll_back "$how"
  try "$how at undo" fail_undo "$how"
done
wanted=$(((n_calls / every + 2) * ${#hows[@]}))
echo "the service fails: ${hows[*]}; calls found $n_calls, and those of rolling back and undoing"
echo "points: to be hit $wanted, hit $hit; not survived: $failed"
[ "$hit" = "$wanted" ] || die "not all points were hit"
[ "$failed" = 0 ] || die "faults that were not survived: $failed"
