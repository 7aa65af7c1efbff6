#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The daemon is killed at each point of a session at which it changes anything outside of itself; started again,
# each unit of work is as before or as told, never between, and what the server was told is true.
#   usage: faults.sh [FAULT [EVERY]]     see README.md; meson sets the environment
. "$(dirname "$0")/../integration/lib.sh"

here=$(dirname "$0")
fault=${1:-${OMADM_FAULTS_KIND:-kill-before}}
every=${2:-${OMADM_FAULTS_EVERY:-4}}   # of the points that are neither fsync, fdatasync, rename nor on the network
patience=${OMADM_FAULTS_PATIENCE:-10}  # seconds for a recovery
case $fault in                         # the numbers of interpose.h
  kill-before) number_of_fault=1 ;;
  kill-after) number_of_fault=2 ;;
  kill-torn) number_of_fault=3 ;;
  full-once) number_of_fault=4 ;;
  full) number_of_fault=5 ;;
  broken-once) number_of_fault=6 ;;
  *) die "there is no fault $fault" ;;
esac

# ---- The machine ----

files=$work/files service=org.omadm.Test.Service
long_before=$(printf 'before%.0s' {1..1000}) long_after=$(printf 'after%.0s' {1..1000})

service_call() {
  gdbus call --address "$bus" --dest $service --object-path / --method "$service.$1" "${@:2}"
}

reset_service() {
  service_call Reset "{'A': 'before', 'B': 'before', 'Items/gone': 'before'}" > /dev/null ||
    die "the service cannot be reset"
}

make_files() {
  mkdir -p "$files"/Items/{gone,old,named}
  for leaf in A B Items/gone/V Items/gone/W Items/old/V Items/old/W Items/named/V; do
    printf before > "$files/$leaf"
  done
  [ "$(id -u)" != 0 ] || chown -R "$user_id" "$files"
}

fill_store() {
  local node v=./Vendor/Stored
  printf '%s' "$long_before" > "$work/long"
  check "A" ctl set $v/A --file "$work/long"
  check "B" ctl set $v/B before
  for node in gone old named; do
    check "$node" ctl add $v/Items/$node
    check "$node/V" ctl add $v/Items/$node/V before
  done
  check "old/W" ctl add $v/Items/old/W --file "$work/long"
}

commands() {
  local v=./Vendor
  replace() { echo "{ \"command\": \"Replace\", \"uri\": \"$v/$1\", \"data\": \"$2\" }"; }
  add() { echo "{ \"command\": \"Add\", \"uri\": \"$v/$1\", ${2:-\"format\": \"node\"} }"; }
  delete() { echo "{ \"command\": \"Delete\", \"uri\": \"$v/$1\" }"; }
  cat <<COMMANDS
[ { "command": "Atomic", "commands": [
    $(replace Files/A after), $(replace Service/A after), $(replace Stored/A "$long_after"),
    $(add Files/Items/new), $(add Files/Items/new/V '"data": "after"'), $(delete Files/Items/gone),
    $(add Service/Items/new '"data": "after"'), $(delete Service/Items/gone),
    $(add Stored/Items/new), $(add Stored/Items/new/V '"data": "after"'), $(delete Stored/Items/gone) ] },
  $(replace Files/B after), $(replace Service/B after), $(replace Stored/B after),
  $(delete Files/Items/old), $(delete Stored/Items/old),
  $(replace 'Files/Items/named?prop=Name' renamed), $(replace 'Stored/Items/named?prop=Name' renamed) ]
COMMANDS
}

# What is as before or as told as a whole: a regular expression for the URIs of each unit of work.
units=(
  '\./Vendor/(Files|Service|Stored)/(A|Items/(new|gone)(/[VW])?)'
  '\./Vendor/Files/B' '\./Vendor/Service/B' '\./Vendor/Stored/B'
  '\./Vendor/Files/Items/old(/[VW])?' '\./Vendor/Stored/Items/old(/[VW])?'
  '\./Vendor/Files/Items/(re)?named(/V|\?prop=Name)?' '\./Vendor/Stored/Items/(re)?named(/V|\?prop=Name)?'
)

# show: the whole state, "URI VALUE"; values that do not belong to any node
show() {
  "${ctl[@]}" --json tree ./Vendor > "$work/tree.json" || return 1
  awk -F '" : "' '
    { text = $2; sub(/",?$/, "", text) }
    /^ *"uri" : / { uri = text } /^ *"format" : / { format = text; value = "" } /^ *"value" : / { value = text }
    /^ *},?$/ && uri != "" { print uri, format, value; uri = "" }' "$work/tree.json" | LC_ALL=C sort
}

stray_values() {
  local wanted
  wanted=$(awk 'length($3) > 4096' "$1" | grep -c Stored)
  echo $(($(find "$work/state/values" -type f | wc -l) - wanted))
}

# ---- A run ----

# tell FAULT NUMBER NAME: what the interposer does from now on; it is not armed
tell() {
  u32() { local n=$1; printf '%b' "$(printf '\\x%02x\\x%02x\\x%02x\\x%02x' $((n & 255)) $((n >> 8 & 255)) $((n >> 16 & 255)) 0)"; }
  { u32 0; u32 "$1"; u32 "$2"; u32 0; u32 0; printf '%s' "$3"; head -c 256 /dev/zero; } | head -c 256 > "$work/faults"
}

arm() { printf '\1' | dd of="$work/faults" conv=notrunc status=none; }
hits() { od -An -tu4 -j12 -N4 "$work/faults" | tr -d ' '; }

device_id() { echo "$device"; }

forget() { curl -sS --max-time 30 -X DELETE "$admin/devices/$device$1" > /dev/null; }

interposed=()
plain_start() { daemon=("${plain[@]}"); start_daemon; }
faulty_start() {
  daemon=("${as_user[@]}" "${interposed[@]}" "${plain[@]:${#as_user[@]}}")
  start_daemon
}

# begin: the machine as before, the commands wait at the server, the daemon runs with the interposer
begin() {
  rm -rf "$work/state" "$files"
  cp -a "$work/state.before" "$work/state"
  cp -a "$work/files.before" "$files"
  reset_service
  forget '' ; forget /commands ; forget /results
  curl -sS --fail-with-body --max-time 30 --data-binary "@$work/commands" "$admin/devices/$device/commands" > "$work/answer" ||
    die "the server refused commands: $(cat "$work/answer")"
  faulty_start
}

session() { timeout 60 "${ctl[@]}" sync test > "$work/sync.log" 2>&1; }

# part UNIT FILE: what belongs to it
part() { grep -E "^$1 " "$2"; }

# judge_state FILE: prints what is wrong with it
judge_state() {
  local unit now told
  for unit in "${units[@]}"; do
    now=$(part "$unit" "$1") told=$(grep -cE "^status [A-Za-z]+ $unit 20[0-9]" "$work/told")
    if [ "$now" = "$(part "$unit" "$work/before")" ]; then
      [ "$told" = 0 ] || [ "$now" = "$(part "$unit" "$work/after")" ] ||
        echo "the server was told that $unit is done, and it is not"
    elif [ "$now" != "$(part "$unit" "$work/after")" ]; then
      echo "neither before nor after: $unit:"
      cut -c 1-120 <<< "$now"
    fi
  done
  grep -vE "^($(IFS='|'; echo "${units[*]}")) " "$1" | cmp -s - "$work/rest" || echo "something else has changed"
  [ "$(stray_values "$1")" = 0 ] || echo "$(stray_values "$1") stray files of values"
}

# judge: waits until all is well again, or says what is not
judge() {
  local end=$((SECONDS + patience)) wrong
  results > "$work/told"
  while :; do
    show > "$work/now" || { echo "the tree cannot be read"; return 1; }
    wrong=$(judge_state "$work/now")
    [ -n "$wrong" ] || return 0
    [ $SECONDS -lt $end ] || break
    sleep 0.1
  done
  echo "$wrong"
  return 1
}

# ---- The first run ----

sed 's/Files/Stored/' "$here/files.ddf.xml" > "$work/config/ddf.d/stored.ddf.xml"
use_plugin "$OMADM_FAULTS_FILES" "$here/files.ddf.xml"
use_plugin "$OMADM_FAULTS_SERVICE" "$here/service.ddf.xml"
cp "$OMADM_FAULTS_INTERPOSER" "$OMADM_FAULTS_PROCESS" "$work/"
start_bus
printf '[Daemon]\nResends=0\nRetryDelay=3600\n[plugin files]\nDirectory=%s\n[plugin service]\nAddress=%s\n' \
  "$files" "$bus" > "$work/config/omadm.conf"
plain=("${daemon[@]}")
: > "$work/trace"
tell 0 0 ''
[ "$(id -u)" != 0 ] || chown "$user_id" "$work/trace" "$work/faults"
interposed=(LD_PRELOAD="$work/$(basename "$OMADM_FAULTS_INTERPOSER")" OMADM_FAULTS="$work/faults"
  OMADM_FAULTS_TRACE="$work/trace" OMADM_FAULTS_PLACES="state=$work/state:files=$files")
"${as_user[@]}" "$work/$(basename "$OMADM_FAULTS_PROCESS")" "$bus" > "$work/service.log" 2>&1 &
service_pid=$!
finish_service() {
  local status=$?
  end "$service_pid" 2> /dev/null
  (exit $status)
  finish
}
trap finish_service EXIT
wait_line '^ready' "$work/service.log" "$service_pid" > /dev/null || die "the service: $(cat "$work/service.log")"
start_server --port 0
reset_service
make_files
plain_start
device=$(ctl get ./DevInfo/DevId)
fill_store
check "the account" ctl account add test --server-id omadm-testserver --url "$http_url" --allow-http --auth none \
  --server-auth none
exits 0 ctl sync test
stop_daemon
cp -a "$work/state" "$work/state.before"
cp -a "$files" "$work/files.before"
commands > "$work/commands"

begin
show > "$work/before"
arm
session || die "the session failed: $(cat "$work/sync.log")"
sleep 0.5
tell 0 0 ''
show > "$work/after"
results > "$work/results"
note "what the server was told:"
sed 's/^/# /' "$work/results"
hasnt "the results" 'status [A-Za-z]+ [^ ]+ [45]' "$(cat "$work/results")"
is "stray values" 0 "$(stray_values "$work/after")"
stop_daemon
for unit in "${units[@]}"; do
  [ "$(part "$unit" "$work/before")" != "$(part "$unit" "$work/after")" ] || die "$unit is not changed"
done
grep -vE "^($(IFS='|'; echo "${units[*]}")) " "$work/before" > "$work/rest"
cp "$work/trace" "$work/points"
note "points: $(wc -l < "$work/points")"
sed 's/^[0-9]* //' "$work/points" | sort | uniq -c | sed 's/^/# /'

# ---- Each point ----

# chosen NAME INDEX: whether this run is to hit it
chosen() {
  case $1 in
    'fsync '* | 'fdatasync '* | 'rename '* | 'send network') return 0 ;;
  esac
  [ $(($2 % every)) = 0 ]
}

# strike NUMBER NAME: hits the point once; false if it was not there
strike() {
  local status=0 sync_pid
  begin
  tell "$number_of_fault" "$1" "$2"
  arm
  session &
  sync_pid=$!
  # Killed in mid-session or a moment behind it; other faults let the daemon live.
  if [ "$number_of_fault" -le 3 ]; then
    timeout 20 tail --pid="$daemon_pid" -s 0.02 -f /dev/null || { kill -KILL "$daemon_pid"; }
    wait "$daemon_pid" 2> /dev/null || status=$?
    daemon_pid=''
    wait "$sync_pid"
  else
    wait "$sync_pid"
    sleep 0.3
    kill_daemon
  fi
  [ "$(hits)" -gt 0 ]
}

failed=0 found=0 hit=0 index=0
declare -A hit_of found_of
while read -r number name; do
  index=$((index + 1))
  chosen "$name" "$index" || continue
  function=${name%% *}
  found=$((found + 1)) found_of[$function]=$((${found_of[$function]:-0} + 1))
  for _ in 1 2 3; do
    if strike "$number" "$name"; then
      hit=$((hit + 1)) hit_of[$function]=$((${hit_of[$function]:-0} + 1))
      break
    fi
  done
  : > "$work/omadmd.log"
  plain_start
  if ! wrong=$(judge); then
    failed=$((failed + 1))
    echo "FAILED: $fault at number $number of $name: $wrong" >&2
    cp "$work/omadmd.log" "${OMADM_FAULTS_KEEP:-$work}/failed-$failed.log"
  fi
  kill_daemon
done < "$work/points"

echo "fault: $fault"
for function in "${!found_of[@]}"; do
  printf '%-10s found %4d hit %4d\n' "$function" "${found_of[$function]}" "${hit_of[$function]:-0}"
done | sort
echo "points: $(wc -l < "$work/points"), to be hit: $found, hit: $hit, not survived: $failed"
[ "$found" = "$hit" ] || die "points that were not hit: $((found - hit))"
[ "$failed" = 0 ] || die "points that were not survived: $failed"
