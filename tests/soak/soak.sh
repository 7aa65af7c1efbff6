#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# One daemon for many sessions, good ones and bad ones, with accounts and D-Bus clients that come and go: after twice as
# many of them memory, descriptors, threads, stored rows and files are what they were.
#   usage: soak.sh [ROUNDS [WARM-UP-ROUNDS]]     see README.md; meson sets the environment, or run beside it
. "$(dirname "$0")/../integration/lib.sh"

rounds=${1:-3}                         # in each half
warm_up=${2:-2}
# Octets that the heap may grow by in the second half: in the short form the store's cache still fills with the history.
heap_bound=$((${OMADM_SOAK_HEAP_BOUND:-24} * 1024))
settle=65                              # seconds: ended sessions are kept for 60

vault=./Vendor/Example
sessions=0 commands=0 in_round=0
cp "$OMADM_SOURCE_DIR/data/examples/vendor-example.ddf.xml" "$work/config/ddf.d/"
printf '[Daemon]\nCoreDumps=true\nResends=1\nResendDelay=0\nHttpTimeout=2\nLogLevel=warning\n' > "$work/config/omadm.conf"
make_certificates
printf '[edge-hmac]\nsecret=%s\nauth=hmac\nserver-auth=hmac\nserver-user=server\nserver-secret=%s\n' \
  "$secret" "$server_secret" >> "$work/users"

# The heap of a daemon under a sanitizer or valgrind says nothing: there leaks are found at the end.
instrumented='' watched=()
if grep -q __asan_init "$daemon_program"; then
  instrumented=asan
elif [ -n "${OMADM_SOAK_VALGRIND:-}" ]; then
  need valgrind
  instrumented=valgrind
  watched=(valgrind --quiet --leak-check=full --errors-for-leak-kinds=definite --error-exitcode=99
    --suppressions=/usr/share/glib-2.0/valgrind/glib.supp "--log-file=$work/valgrind.log")
else
  mkfifo "$work/heap"
  cp "$OMADM_HEAP_REPORT" "$work/heap-report.so"
  : > "$work/heap.octets"
  [ "$(id -u)" != 0 ] || chown "$user_id" "$work/heap" "$work/heap.octets"
  # What a thread keeps for its next allocations counts as in use.
  watched=(GLIBC_TUNABLES=glibc.malloc.tcache_count=0 OMADM_SOAK_HEAP="$work/heap" LD_PRELOAD="$work/heap-report.so")
fi
daemon=("${as_user[@]}" "${watched[@]}" "${daemon[@]:${#as_user[@]}}")
start_bus
# Basic credentials have no name by which a server of several users could find theirs: that one has a server of its own.
start_server --https-port 0 --cert "$work/server.pem" --key "$work/server.key" --user "edge-basic:$secret" --auth basic \
  --server-auth basic --server-user server --server-secret "$server_secret" --max-msg-size 6000
basic_pid=$server_pid basic_admin=$admin basic_url=$https_url server_pid=''
finish_both() {
  local status=$?
  end "$basic_pid"
  (exit $status)
  finish
}
trap finish_both EXIT
start_md5_server --max-msg-size 6000
main_admin=$admin
start_daemon
device=$(device_id)

# ---- Rounds ----

replace() { echo "{ \"command\": \"Replace\", \"uri\": \"$vault/Motd\", \"data\": \"$1\" }"; }

# work_of ROUND: everything that a session does in order
work_of() {
  local site=$vault/Sites/s$1
  echo "[ $(replace "round $1"), { \"command\": \"Get\", \"uri\": \"$vault?list=StructData\" },
    { \"command\": \"Get\", \"uri\": \"$vault?list=TNDS\" },
    { \"command\": \"Add\", \"uri\": \"$site\", \"format\": \"node\" },
    { \"command\": \"Add\", \"uri\": \"$site/Url\", \"data\": \"http://example.org/$1\" },
    { \"command\": \"Atomic\", \"commands\": [ $(replace "atomic $1"), { \"command\": \"Replace\", \"uri\": \"$vault/LogLevel\", \"data\": \"5\", \"format\": \"int\" }] },
    { \"command\": \"Atomic\", \"commands\": [ $(replace never), { \"command\": \"Delete\", \"uri\": \"./Nowhere\" }] },
    { \"command\": \"Sequence\", \"commands\": [ $(replace "sequence $1"), { \"command\": \"Get\", \"uri\": \"$vault/Motd\" }] },
    { \"command\": \"Replace\", \"uri\": \"$vault/LogLevel\", \"data\": \"loud\" },
    { \"command\": \"Exec\", \"uri\": \"$vault/Motd\" }, { \"command\": \"Get\", \"uri\": \"./DevDetail?list=TNDS\" },
    { \"command\": \"Alert\", \"code\": 1101, \"items\": [{ \"data\": \"MAXDT=1\" }, { \"data\": \"Really?\" }] },
    { \"command\": \"Delete\", \"uri\": \"$site\" } ]"
}

# order JSON: commands for the device
order() {
  commands=$((commands + $(grep -o '"command"' <<< "$1" | wc -l)))
  curl -sS --fail-with-body --max-time 30 --data-binary @- "$admin/devices/$device/commands" <<< "$1" > "$work/answer" ||
    die "the server refused commands: $(cat "$work/answer")"
}

# serve ACCOUNT: whose server what follows is for
serve() {
  admin=$main_admin
  [[ $1 != basic-* ]] || admin=$basic_admin
}

# session STATUS ACCOUNT: one that exits so
session() {
  sessions=$((sessions + 1)) in_round=$((in_round + 1))
  exits "$1" ctl sync "$2"
}

forget() { curl -sS --max-time 30 -X DELETE "$admin/devices/$device/results" > /dev/null; }
drop_orders() { curl -sS --max-time 30 -X DELETE "$admin/devices/$device/commands" > /dev/null; }

account() {                            # account NAME TYPE ENCODING
  local url=$http_url ca=(--allow-http)
  if [ "$2" = basic ]; then url=$basic_url ca=(--ca "$work/ca.pem" --cert "$work/client.pem" --key "$work/client.key"); fi
  ctl account add "$1" --server-id "server-$1" --url "$url" "${ca[@]}" --auth "$2" --user "edge-${2/md5/7}" \
    --secret-file "$work/secret" --server-auth "$2" --server-user server --server-secret-file "$work/server-secret" \
    --encoding "$3" --manage . --option max-message-size=6000 || die "account $1 cannot be added"
}

large=$(head -c 30000 /dev/urandom | base64 -w 0)

# bad STATUS MISBEHAVIOUR: a session during which the server does that
bad() {
  order "[ $(replace "bad") ]"
  misbehave "$2"
  session "$1" md5-xml
  behave
  drop_orders
}

# clients: some that come, ask, listen, and go without a word
clients() {
  local pids=() pid
  for command in "monitor" "agent" "sync md5-xml" "tree" "--json sessions"; do
    # shellcheck disable=SC2086  # words on purpose
    "${ctl[@]}" $command < /dev/zero > /dev/null 2>&1 &
    pids+=($!)
  done
  sessions=$((sessions + 1)) in_round=$((in_round + 1))
  gdbus monitor --address "$bus" --dest org.omadm.Agent1 > /dev/null 2>&1 &
  pids+=($!)
  sleep "0.$((RANDOM % 5))"
  for pid in "${pids[@]}"; do kill -KILL "$pid" 2> /dev/null; done
  wait "${pids[@]}" 2> /dev/null
  # The session that one of them began goes on without it.
  while ctl --json sessions --limit 1 | grep -q '"state" *: *"\(running\|queued\)"'; do sleep 0.1; done
}

round() {                              # round NUMBER
  local name
  for name in md5-xml md5-wbxml hmac-xml hmac-wbxml basic-xml basic-wbxml; do
    serve "$name"
    order "$(work_of "$1")"
    session 0 "$name"
    forget
    exits 0 ctl alert --account "$name" --data "round $1" --mark warning org.example/Soak
  done
  serve md5-xml
  order "[ { \"command\": \"Replace\", \"uri\": \"$vault/Motd\", \"data\": \"$large\" }, { \"command\": \"Get\", \"uri\": \"$vault/Motd\" } ]"
  session 0 md5-xml
  order "[ { \"command\": \"Replace\", \"uri\": \"$vault/Motd\", \"data\": \"$large$1\" }, { \"command\": \"Get\", \"uri\": \"$vault/Motd\" } ]"
  session 0 md5-wbxml
  forget
  order "[ $(replace small) ]"
  account extra md5 xml
  session 0 extra
  exits 0 ctl alert --account extra --data lost org.example/Soak
  exits 0 ctl account remove extra
  bad 0 '{ "next": "drop", "skip": 1, "count": 1 }'
  bad 1 '{ "next": "drop", "after": true, "skip": 1, "count": 100 }'
  bad 1 '{ "next": "truncate", "keep": 200, "count": 100 }'
  bad 1 '{ "next": "garbage", "count": 100 }'
  bad 1 '{ "next": "garbage", "body": "<SyncML xmlns=\"SYNCML:SYNCML1.2\"><SyncHdr>", "skip": 1, "count": 100 }'
  bad 1 '{ "next": "empty", "count": 100 }'
  bad 1 '{ "next": "500", "count": 100 }'
  bad 1 '{ "next": "wrong-nonce", "count": 100 }'
  bad 1 '{ "next": "wrong-server-nonce", "count": 100 }'
  bad 0 '{ "next": "repeat", "skip": 1, "count": 1 }'
  [ $(($1 % 4)) != 0 ] || bad 1 '{ "next": "endless", "count": 100 }'
  order "[ { \"command\": \"Replace\", \"uri\": \"$vault/Motd\", \"data\": \"$large\" } ]"
  misbehave '{ "next": "drop", "skip": 4, "count": 100 }'
  session 1 md5-xml
  behave
  drop_orders
  clients
  session 0 md5-xml
  for name in md5-wbxml hmac-xml hmac-wbxml basic-xml basic-wbxml; do
    session 0 "$name"
    serve "$name"
    forget
  done
}

# ---- What is compared ----

status() { sed -nE "s/^$1:\s*([0-9]+).*/\1/p" "/proc/$daemon_pid/status"; }

rows() {                               # of all tables but the history, which has a bound of its own
  # The daemon locks what it uses.
  rm -rf "$work/copy"
  mkdir "$work/copy"
  cp "$work"/state/omadm.db* "$work/copy/"
  python3 - "$work/copy/omadm.db" <<'PYTHON'
import sqlite3, sys
database = sqlite3.connect(sys.argv[1])
tables = [name for name, in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
counts = {name: database.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in tables}
if counts["sessions"] > 1000:
    sys.exit("the history is longer than it may be")
print(sum(count for name, count in counts.items() if name != "sessions"))
PYTHON
}

files() { find "$work/state" -type f ! -name 'omadm.db-*' | wc -l; }
descriptors() { find "/proc/$daemon_pid/fd" -mindepth 1 | wc -l; }

heap() {
  [ -z "$instrumented" ] || { echo 0; return; }
  : > "$work/heap.octets"
  echo > "$work/heap"
  while [ ! -s "$work/heap.octets" ]; do sleep 0.1; done
  cat "$work/heap.octets"
}

header() { printf '%-8s %9s %9s %11s %9s %5s %8s %6s %6s\n' when sessions commands heap-octets RSS-KiB fds threads rows files; }

# measure WHEN: what there is once nothing goes on any more; in heap_WHEN and so on
measure() {
  local what
  sleep "$settle"
  printf -v "heap_$1" %s "$(heap)"
  printf -v "rss_$1" %s "$(status VmRSS)"
  printf -v "descriptors_$1" %s "$(descriptors)"
  printf -v "threads_$1" %s "$(status Threads)"
  printf -v "rows_$1" %s "$(rows)"
  printf -v "files_$1" %s "$(files)"
  local line=("$1" "$sessions" "$commands")
  for what in heap rss descriptors threads rows files; do
    what=${what}_$1
    [[ ${!what} =~ ^[0-9]+$ ]] || die "$what cannot be measured"
    line+=("${!what}")
  done
  printf -v "line_$1" '%-8s %9s %9s %11s %9s %5s %8s %6s %6s' "${line[@]}"
  what=line_$1
  echo "${!what}"
}

run_rounds() {                         # run_rounds HOW-MANY
  local i
  for ((i = 0; i < $1; i++)); do
    number=$((number + 1)) in_round=0
    round "$number"
    kill -0 "$daemon_pid" || die "the daemon died"
  done
}

number=0
for type in md5 hmac basic; do
  for encoding in xml wbxml; do account "$type-$encoding" $type $encoding; done
done
run_rounds "$warm_up"
header
# The short form compares nothing with the start.
settled=$settle
[ "$rounds" -gt 10 ] || settle=0
measure start
settle=$settled
run_rounds "$rounds"
measure half
run_rounds "$rounds"
measure end

# Everything that has no noise is the same; what was warming up still may come to rest in the first half.
for what in descriptors threads rows files; do
  half=${what}_half end=${what}_end
  is "$what at the end, as at half" "${!half}" "${!end}"
done
if [ -z "$instrumented" ]; then
  # shellcheck disable=SC2154  # set by name
  grown=$((heap_end - heap_half))
  note "the heap grew by $grown octets in $((rounds * in_round)) sessions"
  [ "$grown" -le "$heap_bound" ] || die "the heap grew by $grown octets, more than $heap_bound"
fi
exits 0 ctl alerts
is "alerts that wait" "" "$(grep org.example/Soak <<< "$output")"
hasnt "the log" 'error: ' "$(cat "$work/omadmd.log")"
