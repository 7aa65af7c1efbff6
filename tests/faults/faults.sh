#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A fault strikes at each point at which the daemon changes anything outside of itself; behind it each unit of work is
# as before or as told, never between, and what the server was told is true.
#   usage: faults.sh [--scenario change|refused|recovery] [FAULT [EVERY]]     see README.md; meson sets the environment
. "$(dirname "$0")/machine.sh"

scenario=change
[ "${1:-}" != --scenario ] || { scenario=$2; shift 2; }
fault=${1:-kill-before}
every=${2:-1}
case $fault in                         # the numbers of interpose.h
  kill-before) number_of_fault=1 ;;
  kill-after) number_of_fault=2 ;;
  kill-torn) number_of_fault=3 ;;
  full-once) number_of_fault=4 ;;
  full) number_of_fault=5 ;;
  broken-once) number_of_fault=6 ;;
  *) die "there is no fault $fault" ;;
esac

# ---- The interposer ----

u32() {
  local n
  for n; do printf '%b' "$(printf '\\x%02x\\x%02x\\x00\\x00' $((n & 255)) $((n >> 8 & 255)))"; done
}

# tell FAULT NUMBER NAME: what the interposer does from now on; it is not armed.  The file is mapped: never made shorter
tell() {
  { u32 0 "$1" "$2" 0 0; printf '%s' "$3"; head -c 236 /dev/zero; } | head -c 256 |
    dd of="$work/faults" conv=notrunc status=none
}

arm() { printf '\1' | dd of="$work/faults" conv=notrunc status=none; }
hits() { od -An -tu4 -j12 -N4 "$work/faults" | tr -d ' '; }

: > "$work/trace"
tell 0 0 ''
[ "$(id -u)" != 0 ] || chown "$user_id" "$work/trace" "$work/faults"
plain=("${daemon[@]}")
# A sanitizer must come first in the process; what it does in the end comes to the interposer then.
preload=$(ldd "$daemon_program" | sed -n 's/.*libasan.* => \([^ ]*\) .*/\1:/p')$work/interpose.so
interposed=("${as_user[@]}" LD_PRELOAD="$preload" OMADM_FAULTS="$work/faults" OMADM_FAULTS_TRACE="$work/trace"
  OMADM_FAULTS_PLACES="state=$work/state:files=$files" "${plain[@]:${#as_user[@]}}")

# ---- A run ----

end_of_daemon() {
  kill -KILL "$daemon_pid" 2> /dev/null
  while kill -0 "$daemon_pid" 2> /dev/null; do sleep 0.01; done
  daemon_pid=''
}

# start_interposed: the points count from the start of the daemon on, or from that of the session
start_interposed() {
  daemon=("${interposed[@]}")
  if [ "$scenario" = recovery ]; then
    put_back half
    forget '' ; forget /commands ; forget /results
    arm
    "${daemon[@]}" --bus-address "$bus" --no-polkit --debug >> "$work/omadmd.log" 2>&1 &
    daemon_pid=$!
  else
    put_back before
    server_waits
    start_daemon
    [ "$scenario" != refused ] || service_call Fail 1 'refuse Apply' > /dev/null
    arm
  fi
  disown "$daemon_pid"                 # the shell tells of every other job that is killed
  daemon=("${plain[@]}")
}

# run: a session, until the daemon was killed or has done all; what else it does has half a second
run() {
  local sync_pid
  : > "$work/omadmd.log"
  start_interposed
  { gdbus wait --address "$bus" --timeout 30 org.omadm.Agent1 && session; } > /dev/null 2>&1 &
  sync_pid=$!
  while kill -0 "$daemon_pid" 2> /dev/null && kill -0 "$sync_pid" 2> /dev/null; do sleep 0.02; done
  timeout 0.5 tail --pid="$daemon_pid" -s 0.02 -f /dev/null
  # Who waits for the daemon to come on the bus does not know that it will not.
  kill -0 "$daemon_pid" 2> /dev/null || kill "$sync_pid" 2> /dev/null
  wait "$sync_pid" 2> /dev/null
}

# strike NUMBER NAME: hits the point once, as far as it is there; prints what is wrong then
strike() {
  tell "$number_of_fault" "$1" "$2"
  run
  if [ "$number_of_fault" -le 3 ]; then
    end_of_daemon
    aftermath "${rules[@]}"
  elif kill -0 "$daemon_pid" 2> /dev/null; then
    machine look live
    end_of_daemon
    aftermath "${rules[@]}"
  else
    daemon_pid=''
    echo "the daemon did not live"
    return 1
  fi
}

# ---- The first run ----

# record FILE: the points, in the order in which they come
record() {
  : > "$work/trace"
  tell 0 0 ''
  run
  tell 0 0 ''
  machine look after
  end_of_daemon
  cp "$work/trace" "$1"
}

start_daemon
machine look before
kill_quietly
[ "$scenario" != recovery ] || make_half
record "$work/points"
machine told results
[ "$scenario" != change ] || { machine differs || die "the first run"; }
# What does not come each time, as what wakes up a thread that may be awake, is not found.
record "$work/points-again"
machine told results
grep -vxFf "$work/points-again" "$work/points" > "$work/points-once"
grep -xFf "$work/points-again" "$work/points" > "$work/points-found"

# ---- Each point ----

# applies NAME: whether the fault can strike there
applies() {
  case $fault in
    kill-torn) [[ $1 == *write* || $1 == send* ]] ;;
    full-once) [[ $1 != send* && $1 != *sync* && $1 != unlink* && $1 != rmdir* ]] ;;
    broken-once) [[ $1 == *sync* || $1 == *write* ]] ;;
  esac
}

# chosen NAME INDEX: whether this run is to hit it; those at which something becomes true are never left out of killing
chosen() {
  [ -z "${OMADM_FAULTS_POINT:-}" ] || { [ "$number of $name" = "$OMADM_FAULTS_POINT" ]; return; }
  [[ $fault != kill-* ]] || case $1 in
    'fsync '* | 'fdatasync '* | 'rename '* | 'send network') return 0 ;;
  esac
  [ $(($2 % every)) = 0 ]
}

rules=("$scenario")
if [ "$number_of_fault" -le 3 ]; then rules+=(killed); else rules+=(alive); fi
declare -A found chose hit
failed=0 index=0
while read -r number name; do
  applies "$name" || continue
  index=$((index + 1)) function=${name%% *}
  found[$function]=$((${found[$function]:-0} + 1))
  chosen "$name" "$index" || continue
  chose[$function]=$((${chose[$function]:-0} + 1))
  for _ in 1 2 3; do
    wrong='' survived=1
    wrong=$(strike "$number" "$name") || survived=''
    daemon_pid=''
    if [ -z "$survived" ]; then
      failed=$((failed + 1))
      echo "FAILED: $fault at number $number of $name: $wrong" >&2
      keep "$scenario-$fault-$failed"
    fi
    if [ "$(hits)" -gt 0 ]; then
      hit[$function]=$((${hit[$function]:-0} + 1))
      break
    fi
  done
done < "$work/points-found"

sum() { local n=0 i; for i; do n=$((n + i)); done; echo "$n"; }
echo "$scenario, $fault:"
for function in "${!found[@]}"; do
  printf '%-10s found %4d, to be hit %4d, hit %4d\n' \
    "$function" "${found[$function]}" "${chose[$function]:-0}" "${hit[$function]:-0}"
done | sort
echo "points: found $(sum "${found[@]}"), to be hit $(sum "${chose[@]}"), hit $(sum "${hit[@]}");" \
  "not each time there: $(wc -l < "$work/points-once"); not survived: $failed"
[ "$(sum "${chose[@]}")" = "$(sum "${hit[@]}")" ] || die "not all points were hit"
[ "$failed" = 0 ] || die "faults that were not survived: $failed"
