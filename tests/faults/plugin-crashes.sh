#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A plugin crashes the daemon in each of its operations.  Once: the next start undoes what was half done.  Again and
# again: the plugin is left out, all else is there, what it has to undo is kept and shown until the administrator lets
# it in again, and is undone then.
#   usage: plugin-crashes.sh [EVERY]         each EVERY-th operation, 1 if not given
. "$(dirname "$0")/machine.sh"

every=${1:-1}
hit=0 failed=0

# A sanitizer would report the crash, and exit.
as_user+=(ASAN_OPTIONS="$sanitizers:detect_leaks=0:handle_segv=0:handle_abort=0:use_sigaltstack=0")
daemon_command

start_daemon
machine look before
kill_quietly
put_back before
server_waits
start_daemon
session || die "the session failed: $(cat "$work/sync.log")"
machine look after
kill_quietly
machine told results
machine differs || die "the first run"
make_half

# crash PLUGIN OPERATION SIGNAL: configures it
crash() {
  local lines="Crash=$2
Signal=$3"
  if [ "$1" = files ]; then configure "$lines"; else configure '' "$lines"; fi
}

# fall MACHINE OPERATION: the daemon starts, and is taken down in the start or in a session
fall() {
  put_back "$1"
  [ ! -e "$work/record" ] || cp -p "$work/record" "$work/state/plugin-crashes"
  if [ "$1" = half ]; then forget ''; forget /commands; forget /results; else server_waits; fi
  "${daemon[@]}" --bus-address "$bus" --no-polkit --debug >> "$work/omadmd.log" 2>&1 &
  daemon_pid=$!
  disown "$daemon_pid"
  { gdbus wait --address "$bus" --timeout 30 org.omadm.Agent1 &&
    case $2 in roll-back*) service_call Fail 1 'refuse Apply' ;; esac && session; } > /dev/null 2>&1 &
  sync_pid=$!
  timeout 20 tail --pid="$daemon_pid" -s 0.02 -f /dev/null
  kill "$sync_pid" 2> /dev/null
  wait "$sync_pid" 2> /dev/null
  kill -0 "$daemon_pid" 2> /dev/null && { echo "the daemon was not taken down"; kill_quietly; return 1; }
  daemon_pid=''
  cp -p "$work/state/plugin-crashes" "$work/record" || { echo "nobody noted the crash"; return 1; }
}

crashes_once() {                       # crashes_once MACHINE PLUGIN OPERATION SIGNAL
  : > "$work/omadmd.log"
  rm -f "$work/record"
  crash "$2" "$3" "$4"
  fall "$1" "$3" || return
  configure
  hit=$((hit + 1))
  aftermath killed crashed
}

crashes_again_and_again() {
  local status
  : > "$work/omadmd.log"
  rm -f "$work/record"
  crash "$2" "$3" "$4"
  for _ in 1 2 3; do fall "$1" "$3" || return; done
  hit=$((hit + 1))
  start_daemon
  machine settle
  status=$(ctl status)
  grep -qE "^  $2.*: left out: it took the daemon down 3 times, last on .* by signal $4" <<< "$status" ||
    { echo "that it is left out is not shown: $status"; return 1; }
  grep -q "Plugin $2 is left out: .*; to have it back: omadmctl plugin reset $2" "$work/omadmd.log" ||
    { echo "that it is left out is not logged"; return 1; }
  ctl get ./Vendor/Stored/B > /dev/null || { echo "not all else is there"; return 1; }
  machine told told
  forget ''
  forget /commands
  session || { echo "there is no session without the plugin: $(cat "$work/sync.log")"; return 1; }
  machine told told
  # What the other plugin did is undone without it.
  if [[ "$status" == *undo-failed* ]]; then
    n_kept=$((n_kept + 1))
    grep -qE '^  [0-9]+: undo-failed, of omadm-testserver, .* changes left, failed .*: .' <<< "$status" ||
      { echo "what is kept is not shown as it should be: $status"; return 1; }
    grep -qE '"(partly-undone|unknown) [0-9]+ ' "$work/told" ||
      { echo "the server was not told of what is kept"; return 1; }
  fi
  ctl plugin reset "$2" > "$work/reset.log" || { echo "the plugin cannot be let in again"; return 1; }
  configure
  kill_quietly
  aftermath killed crashed
}

n_kept=0

# try WHAT COMMAND...: what is wrong by it
try() {
  if ! "${@:2}" > "$work/wrong"; then
    failed=$((failed + 1))
    echo "FAILED: $1: $(cat "$work/wrong")" >&2
    keep "plugin-$failed"
  fi
  [ -z "$daemon_pid" ] || kill_quietly
}

wanted=0 index=0
while read -r from plugin operation; do
  for signal in 6 11; do
    for how in crashes_once crashes_again_and_again; do
      index=$((index + 1))
      [ $((index % every)) = 0 ] && [[ ${OMADM_FAULTS_POINT:-$plugin $operation} == "$plugin $operation" ]] || continue
      wanted=$((wanted + 1))
      try "plugin $plugin $how in $operation by signal $signal" $how "$from" "$plugin" "$operation" "$signal"
    done
  done
done <<'OPERATIONS'
before files init before
before files list before
before files get before
before files add before
before files add behind
before files replace before
before files replace behind
before files remove before
before files remove behind
before files rename before
before files rename behind
before service init before
before service list before
before service get before
before service note before
before service validate before
before service validate behind
before service commit before
before service commit behind
before service roll-back before
before service roll-back behind
half service undo before
half service undo behind
half files replace before
half files remove behind
OPERATIONS
echo "a plugin crashes the daemon: found $index, to be hit $wanted, hit $hit;" \
  "units of work kept until it was let in: $n_kept; not survived: $failed"
[ "$hit" = "$wanted" ] || die "not all were hit"
[ "$failed" = 0 ] || die "faults that were not survived: $failed"
