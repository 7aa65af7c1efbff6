#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# An object of 8 MiB in parts of 16 KiB goes to the daemon and back: each octet is right, the daemon
# stays small, and a daemon that is killed in the middle leaves nothing behind.
. "$(dirname "$0")/lib.sh"

uri=./Vendor/Example/Motd
size=8388608
part=17408                             # octets of a message: 16 KiB and what is around them

make_object() { head -c $((size / 4 * 3)) /dev/urandom | base64 -w 0 | tr '+/' '-_' > "$1"; }

queue_object() {                       # queue_object FILE: the server sends it
  { printf '{ "command": "Replace", "uri": "%s", "format": "chr", "data": "' "$uri"; cat "$1"; printf '" }'; } |
    curl -sS --fail-with-body --max-time 60 --data-binary @- "$admin/devices/$(device_id)/commands" > "$work/answer" ||
    die "the server refused the object: $(cat "$work/answer")"
}

digest() { sha256sum | cut -d ' ' -f 1; }
digest_of() { digest < "$1"; }

# received: digest of the data of the last Results
received() {
  curl -sS --max-time 60 "$admin/devices/$(device_id)/results" | sed -nE 's/^ *"data" : "(.*)",?$/\1/p' | tr -d '\n' | digest
}

files() { find "$work/state/values" -type f | wc -l; }

daemon_status() { sed -nE "s/^$1:\s*([0-9]+) kB/\1/p" "/proc/$daemon_pid/status"; }

# A sanitizer keeps what was freed: then the numbers are only shown.
small() {                              # small WHAT BEFORE
  local peak
  peak=$(($(daemon_status VmHWM) - $2))
  note "$1: peak $peak KiB above idle"
  grep -q __asan_init "$daemon_program" || [ "$peak" -le 4096 ] || die "$1 took $peak KiB"
}

make_object "$work/first"
make_object "$work/second"
cp "$OMADM_SOURCE_DIR/data/examples/vendor-example.ddf.xml" "$work/config/ddf.d/"
start_bus
start_md5_server --max-msg-size $part
start_daemon
fresh=$(daemon_status VmRSS)
enrol --option max-message-size=$part
queue '{ "command": "Get", "uri": "./DevDetail/LrgObj" }'
exits 0 ctl sync test
has "what the device says" 'results ./DevDetail/LrgObj true' "$(results)"

note "to the daemon"
echo 5 > "/proc/$daemon_pid/clear_refs" 2> /dev/null || note "the peak holds the start as well"
idle=$(daemon_status VmRSS)
queue_object "$work/first"
exits 0 ctl sync test
has "what sync says" '51[0-9] received|5[2-9][0-9] received' "$output"
has "parts and the whole" "status Replace $uri 213" "$(results | sort -u)"
small "to the daemon" "$idle"
is "the value" "$(digest_of "$work/first")" "$(ctl get $uri | tr -d '\n' | digest)"
is "files of values" 1 "$(files)"

note "to the server"
echo 5 > "/proc/$daemon_pid/clear_refs" 2> /dev/null || true
idle=$(daemon_status VmRSS)
queue "{ \"command\": \"Get\", \"uri\": \"$uri\" }"
exits 0 ctl sync test
small "to the server" "$idle"
is "what the server got" "$(digest_of "$work/first")" "$(received)"
results > /dev/null
note "what is kept above a daemon without any session yet: $(($(daemon_status VmRSS) - fresh)) KiB"

note "a daemon that is killed in the middle keeps the old value, and no part of the new one"
queue_object "$work/second"
: > "$work/server.log"
"${ctl[@]}" sync test > "$work/sync.log" 2>&1 &
sync_pid=$!
timeout 60 tail -n +1 -f "$work/server.log" 2> /dev/null | sed -n '60q'
kill_daemon
wait "$sync_pid"
: > "$work/state/values/spool-left"    # as where a file system has no files without a name
start_daemon "${daemon_options[@]}"
is "files of values" 1 "$(files)"
is "the value" "$(digest_of "$work/first")" "$(ctl get $uri | tr -d '\n' | digest)"

note "the next session sends the object anew"
stop_server
start_md5_server --max-msg-size $part
ctl account set test url "$http_url" 2> "$work/set.log" ||
  { ctl account remove test > /dev/null; enrol --option max-message-size=$part; }
queue_object "$work/second"
exits 0 ctl sync test
is "the value" "$(digest_of "$work/second")" "$(ctl get $uri | tr -d '\n' | digest)"
is "files of values" 1 "$(files)"
restart_daemon
is "the value after a restart" "$(digest_of "$work/second")" "$(ctl get $uri | tr -d '\n' | digest)"
