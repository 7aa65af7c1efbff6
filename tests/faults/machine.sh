# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034  # what tests use
# The machine of README.md: the store and two plugins, with the services behind them.  The environment is meson's.
here=$(dirname "${BASH_SOURCE[0]}")
. "$here/../integration/lib.sh"
need python3 od

files=$work/files service=org.omadm.Test.Service service_pid=''
export OMADM_FAULTS_WORK=$work OMADM_FAULTS_CTL=$OMADMCTL OMADM_FAULTS_BUS OMADM_FAULTS_ADMIN OMADM_FAULTS_DEVICE
machine() { "$here/machine.py" "$@"; }

# ---- The services ----

service_call() {
  gdbus call --address "$bus" --dest $service --object-path / --method "$service.$1" "${@:2}"
}

start_service() {
  : > "$work/service.log"
  "${as_user[@]}" "$work/fault-service" "$bus" "$work/service/settings" >> "$work/service.log" 2>&1 &
  service_pid=$!
  wait_line '^ready' "$work/service.log" "$service_pid" > /dev/null || die "the service: $(cat "$work/service.log")"
}

# The service that died comes again, with all that it had.
revive_service() {
  kill -0 "$service_pid" 2> /dev/null || start_service
}

finish_machine() {
  local status=$?
  [ -z "$service_pid" ] || end "$service_pid" 2> /dev/null
  (exit $status)
  finish
}

make_files() {
  local leaf
  mkdir -p "$files"/Items/{gone,old,named} "$work/service"
  for leaf in A B Items/gone/V Items/gone/W Items/old/V Items/old/W Items/named/V; do
    printf before > "$files/$leaf"
  done
  printf '[settings]\nA=before\nB=before\nItems/gone=before\n' > "$work/service/settings"
  [ "$(id -u)" != 0 ] || chown -R "$user_id" "$files" "$work/service"
}

# ---- The store ----

long_before=$(printf 'before%.0s' {1..11000}) long_after=$(printf 'after%.0s' {1..14000})   # above 64 KiB

fill_store() {
  local node v=./Vendor/Stored
  printf '%s' "$long_before" > "$work/long"
  check "A" ctl set $v/A --file "$work/long"
  check "B" ctl set $v/B before
  check "Word" ctl set ./Vendor/Vault/Word before
  for node in gone old named; do
    check "$node" ctl add $v/Items/$node
    check "$node/V" ctl add $v/Items/$node/V before
  done
  check "old/W" ctl add $v/Items/old/W --file "$work/long"
}

# ---- The change ----

# Two packages: when the second is at work the server has the Status of the first.
commands() {
  local v=./Vendor
  replace() { echo "{ \"command\": \"Replace\", \"uri\": \"$v/$1\", \"data\": \"$2\" }"; }
  add() { echo "{ \"command\": \"Add\", \"uri\": \"$v/$1\", ${2:-\"format\": \"node\"} }"; }
  delete() { echo "{ \"command\": \"Delete\", \"uri\": \"$v/$1\" }"; }
  cat <<COMMANDS
[ { "command": "Atomic", "commands": [
    $(replace Files/A after), $(replace Service/A after), $(replace Stored/A "$long_after"),
    $(replace Vault/Word after),
    $(add Files/Items/new), $(add Files/Items/new/V '"data": "after"'), $(delete Files/Items/gone),
    $(add Service/Items/new '"data": "after"'), $(delete Service/Items/gone),
    $(add Stored/Items/new), $(add Stored/Items/new/V '"data": "after"'), $(delete Stored/Items/gone) ] },
  $(replace Files/B after), { "break": true },
  $(replace Service/B after), $(replace Stored/B after),
  $(delete Files/Items/old), $(delete Stored/Items/old),
  $(replace 'Files/Items/named?prop=Name' renamed), $(replace 'Stored/Items/named?prop=Name' renamed) ]
COMMANDS
}

# ---- Again and again ----

# configure [FILES-LINES [SERVICE-LINES]]: further ones for the plugins
operation_timeout=30
configure() {
  cat > "$work/config/omadm.conf" <<CONFIGURATION
[Daemon]
Resends=0
RetryDelay=3600
OperationTimeout=$operation_timeout
[plugin files]
Directory=$files
${1:-}
[plugin service]
Address=$bus
${2:-}
CONFIGURATION
}

put_aside() {                          # put_aside NAME: the machine as it is, the daemon not running
  cp -a "$work/state" "$work/state.$1"
  cp -a "$files" "$work/files.$1"
  cp -a "$work/service" "$work/service.$1"
}

put_back() {                           # put_back NAME
  rm -rf "$work/state" "$files" "$work/service" "$work"/told{,-then} "$work/live"
  cp -a "$work/state.$1" "$work/state"
  cp -a "$work/files.$1" "$files"
  cp -a "$work/service.$1" "$work/service"
  service_call Load > /dev/null || die "the service does not answer"
}

forget() { curl -sS --max-time 30 -X DELETE "$admin/devices/$device$1" > /dev/null; }

server_waits() {                       # the commands wait at the server, which knows nothing of earlier sessions
  forget '' ; forget /commands ; forget /results
  curl -sS --fail-with-body --max-time 30 --data-binary "@$work/commands" "$admin/devices/$device/commands" \
    > "$work/answer" ||
    die "the server refused commands: $(cat "$work/answer")"
}

session() { timeout 60 "${ctl[@]}" sync test > "$work/sync.log" 2>&1; }

# make_half: puts aside as "half" a machine on which the daemon was killed in the middle of the Atomic: one plugin has
# done its part, the other too, the store has not
make_half() {
  local sync_pid
  put_back before
  server_waits
  start_daemon
  service_call Fail 1 'hang-behind Apply' > /dev/null
  session &
  sync_pid=$!
  for _ in {1..500}; do
    [[ "$(service_call Dump)" != *'uint32 1)' ]] || break
    sleep 0.02
  done
  kill_quietly
  wait "$sync_pid"
  put_aside half
}

# aftermath RULE...: of a fault, the daemon not running: starts it, and prints what is wrong with the machine
aftermath() {
  machine told told || return
  start_daemon
  machine look now || return
  forget ''
  forget /commands
  session || { echo "the session behind it: $(cat "$work/sync.log")"; kill_quietly; return 1; }
  machine told told-then
  kill_quietly
  start_daemon
  machine look again || return
  kill_quietly
  cp "$work/omadmd.log" "$work/log"
  machine judge "$@"
}

# A shell tells of each job that was killed, but not of those that it has given away.
kill_quietly() { kill_daemon 2> /dev/null; }

# keep NAME: what was seen of a failure, in the directory that OMADM_FAULTS_KEEP names
keep() {
  local name
  [ -n "${OMADM_FAULTS_KEEP:-}" ] || return 0
  mkdir -p "$OMADM_FAULTS_KEEP/$1"
  for name in before after live now again told told-then omadmd.log; do
    [ ! -e "$work/$name" ] || cp "$work/$name" "$OMADM_FAULTS_KEEP/$1/"
  done
}

# ---- The first time ----

sed 's/Files/Stored/' "$here/files.ddf.xml" > "$work/config/ddf.d/stored.ddf.xml"
cp "$OMADM_SOURCE_DIR/tests/integration/vault.ddf.xml" "$work/config/ddf.d/"
use_plugin "$OMADM_FAULTS_FILES" "$here/files.ddf.xml"
use_plugin "$OMADM_FAULTS_SERVICE" "$here/service.ddf.xml"
cp "$OMADM_FAULTS_INTERPOSER" "$work/interpose.so"
cp "$OMADM_FAULTS_PROCESS" "$work/fault-service"
start_bus
OMADM_FAULTS_BUS=$bus
trap finish_machine EXIT
configure
make_files
start_service
start_server --port 0
OMADM_FAULTS_ADMIN=$admin
start_daemon
device=$(ctl get ./DevInfo/DevId) OMADM_FAULTS_DEVICE=$device
fill_store
check "the account" ctl account add test --server-id omadm-testserver --url "$http_url" --allow-http --auth none \
  --server-auth none --option report-interrupted=true
exits 0 ctl sync test
stop_daemon
put_aside before
commands > "$work/commands"
