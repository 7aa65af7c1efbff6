#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Whatever the network does, below the messages: each session ends in a known state, with a reason in the history and
# within the documented time; the next one works, and what the server asked for is done.  One row a fault.
. "$(dirname "$0")/lib.sh"

need python3 openssl
here=$(dirname "$0") proxy_pids=() survived=0 skipped=() number=0 serial=0 plain='' tls='' expired='' early='' stranger=''

stop_proxies() {
  local status=$? pid
  for pid in "${proxy_pids[@]}"; do kill "$pid" 2> /dev/null; wait "$pid" 2> /dev/null; done
  (exit "$status")
  finish
}
trap stop_proxies EXIT

# One message may take (Resends + 1) * 5 * HttpTimeout seconds, and the server gets one message more.
cp "$OMADM_SOURCE_DIR/data/examples/vendor-example.ddf.xml" "$work/config/ddf.d/"
printf '[Daemon]\nHttpTimeout=1\nResends=1\nResendDelay=0\nRetryDelay=1\n' > "$work/config/omadm.conf"
limit=20

# sign NAME FROM TO NAMES: a certificate of the test's CA for a server
sign() {
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=$1" -keyout "$work/$1.key" \
    -out "$work/$1.csr" 2> "$work/openssl.log" || die "openssl: $(cat "$work/openssl.log")"
  openssl ca -batch -notext -md sha256 -config "$work/ca.conf" -startdate "$2" -enddate "$3" -in "$work/$1.csr" \
    -out "$work/$1.pem" -extfile <(echo "subjectAltName=$4"; echo "extendedKeyUsage=serverAuth") \
    2> "$work/openssl.log" || die "openssl: $(cat "$work/openssl.log")"
}

# proxy VARIABLE UPSTREAM [CERTIFICATE]: VARIABLE is its address
proxy() {
  local scheme=http port log=$work/proxy-$1.log
  local -n variable=$1
  shift
  : > "$log"
  if [ $# -gt 1 ]; then scheme=https; set -- "$1" "$work/fault" "$work/$2.pem" "$work/$2.key"; else set -- "$1" "$work/fault"; fi
  python3 "$here/faulty-network.py" "$@" >> "$log" 2>&1 &
  proxy_pids+=($!)
  port=$(wait_line '^port ' "$log" $!) || die "the proxy: $(cat "$log")"
  # shellcheck disable=SC2034  # a reference
  variable=$scheme://127.0.0.1:${port#port }/${http_url##*/}
}

# fault SKIP COUNT NAME [ARGUMENT]; without anything all goes well
fault() {
  serial=$((serial + 1))
  if [ $# = 0 ]; then set -- 0 0 none; fi
  echo "$serial $*" > "$work/fault.new"
  mv "$work/fault.new" "$work/fault"
}

# use URL [OPTION]...: the account leads there
use() {
  local url=$1
  shift
  ctl account remove test > /dev/null 2>&1
  http_url=$url enrol --manage ./Vendor/Example "$@"
}

# row STATE REASON WHAT COMMAND...: after COMMAND a session ends in STATE (succeeded or failed) for a REASON; then, when
# all goes well again at the account that the row uses, the next one does what the server wants
row() {
  local state=$1 reason=$2 what=$3 begin last
  shift 3
  number=$((number + 1))
  note "$number: $what"
  fault
  queue "{ \"command\": \"Replace\", \"uri\": \"./Vendor/Example/Motd\", \"data\": \"value $number\" }"
  "$@" || die "$what: cannot be set up"
  begin=$SECONDS
  if [ "$state" = succeeded ]; then exits 0 ctl sync test; else exits 1 ctl sync test; fi
  [ $((SECONDS - begin)) -le "$limit" ] || die "$what: the session took $((SECONDS - begin)) s"
  has "$what: the reason" "$reason" "$output"
  last=$(ctl sessions --json --limit 1)
  has "$what: the history" "\"state\" : \"$state\"" "$last"
  fault
  [ -z "$good_url" ] || use "$good_url" "${good_options[@]}"
  exits 0 ctl sync test
  is "$what: the value" "value $number" "$(ctl get ./Vendor/Example/Motd)"
  kill -0 "$daemon_pid" || die "$what: the daemon died"
  survived=$((survived + 1))
}

skip() { note "skipped: $1: $2"; skipped+=("$1"); }

# ---- Set-up ----

fault
start_bus
start_md5_server
upstream=${http_url#http://127.0.0.1:} upstream=${upstream%%/*}
make_certificates
mkdir "$work/ca"
: > "$work/ca/index"
echo 1000 > "$work/ca/serial"
cat > "$work/ca.conf" <<CA
[ca]
default_ca = test
[test]
database = $work/ca/index
new_certs_dir = $work/ca
serial = $work/ca/serial
certificate = $work/ca.pem
private_key = $work/ca.key
policy = any
[any]
commonName = supplied
CA
year=$(date -u +%Y)
sign expired "$((year - 2))0101000000Z" "$((year - 1))0101000000Z" IP:127.0.0.1
sign early "$((year + 1))0101000000Z" "$((year + 2))0101000000Z" IP:127.0.0.1
sign stranger "$((year - 1))0101000000Z" "$((year + 2))0101000000Z" DNS:other.example
proxy plain "$upstream"
proxy tls "$upstream" server
proxy expired "$upstream" expired
proxy early "$upstream" early
proxy stranger "$upstream" stranger

# The clock of the daemon can be moved unless a sanitizer wants to be loaded first.
clock=
if [ -n "${OMADM_CLOCK_JUMP:-}" ] && ! grep -q __asan_init "$OMADMD" 2> /dev/null; then
  clock=$work/clock
  cp "$OMADM_CLOCK_JUMP" "$work/clock-jump.so"
  echo 0 > "$clock"
  as_user+=(LD_PRELOAD="$work/clock-jump.so" CLOCK_JUMP="$clock")
  daemon_command
fi
start_daemon
good_url='' good_options=()
use "$plain"
exits 0 ctl sync test

# ---- The connection ----

lost='did not answer in time'
row succeeded '' "an answer that is late" fault 0 9 delay 0.3
row failed "$lost" "an answer that is later than it may be" fault 1 9 delay 3
row succeeded '' "one lost request" fault 1 1 lose_request
row succeeded '' "one lost answer" fault 1 1 lose_answer
row failed "$lost" "every request lost" fault 0 99 lose_request
row failed "$lost" "every answer lost" fault 1 99 lose_answer
row failed "$lost" "the peer gone in the middle of an answer" fault 1 99 lose_rest
row failed "$lost" "a peer that is gone without a FIN" fault 1 99 lose_request
row failed "$lost" "a peer that never reads" fault 0 99 deaf
row succeeded '' "one connection closed before the answer" fault 1 1 close_request
row failed 'closed the connection|cut off' "connections closed before the server had the message" fault 0 99 close_request
row failed 'closed the connection|cut off' "connections closed before the answer" fault 1 99 close_answer
row failed 'too early' "connections closed in the middle of the answer" fault 1 99 close_rest
row succeeded '' "one reset" fault 1 1 reset_rest
row failed 'failed:' "reset when it connects" fault 0 99 reset_connect
row failed 'failed:' "reset before the server had the message" fault 0 99 reset_request
row failed 'failed:' "reset before the answer" fault 1 99 reset_answer
row failed 'too early' "reset in the middle of the answer" fault 1 99 reset_rest
row failed 'longer than 5 seconds' "an answer that drips in, octet by octet" fault 1 99 drip 0.3
row succeeded '' "an answer that drips in fast enough" fault 0 1 drip 0.001

# ---- HTTP ----

row failed "$lost" "less than Content-Length, and the connection stays" fault 1 99 length 100
row failed 'too early' "less than Content-Length" fault 1 99 length_close 100
row failed 'failed:' "more than Content-Length" fault 1 99 length -20
row failed 'failed:' "a Content-Length that is no number" fault 1 99 length_is banana
row failed 'no length' "a negative Content-Length" fault 1 99 length_is -5
row failed 'no length|not HTTP' "two of them" fault 1 99 length_is '5, 7'
row failed 'larger' "a Content-Length beyond all memory" fault 1 99 length_is 9223372036854775807
row failed 'failed:' "a chunk of no length" fault 1 99 chunks ZZ
row failed 'failed:' "a chunk beyond all memory" fault 1 99 chunks FFFFFFFFFFFFFFFFFF
row failed 'failed:' "a chunk that ends early" fault 1 99 chunks 100
row failed 'not HTTP|failed:' "rubbish in place of HTTP" fault 1 99 rubbish
row failed 'failed:' "a header without end" fault 1 99 endless_head
row failed 'failed:' "a header line without end" fault 1 99 endless_line
row failed 'larger' "a body without end" fault 1 99 endless_body
row failed 'longer than 5 seconds|not HTTP|failed:' "informational answers without end" fault 1 99 endless_informational
row failed '307|again and again' "a redirect to itself" fault 0 99 redirect 307 "$plain"
row failed 'leads to' "a redirect to another host" fault 0 99 redirect 307 http://other.example/dm
row failed 'leads to' "a redirect to another port" fault 0 99 redirect 308 http://127.0.0.1:9/dm
row failed 'no http' "a redirect to no web address" fault 0 99 redirect 307 file:///etc/passwd
for status in 301 302 303; do
  row failed "$status.*POST cannot follow" "a redirect of a POST with $status" fault 0 99 redirect "$status" "$plain"
done
row succeeded '' "a redirect with 307" fault 0 1 redirect 307 "$plain"
row succeeded '' "a redirect with 308" fault 1 1 redirect 308 "$plain"
row succeeded '' "Retry-After in seconds" fault 1 1 busy 2
row succeeded '' "Retry-After as a date" fault 1 1 busy_until 2
row failed '503.*asks to come back' "Retry-After of an hour" fault 1 99 busy 3600
row failed '503' "Retry-After that is neither" fault 1 99 busy soon

# ---- Nobody there ----

good_url=$plain
row failed '[Cc]onnect|refused' "connection refused" use http://127.0.0.1:9/dm
row failed 'name is not found|failed' "a name that cannot be found" use http://nowhere.invalid/dm

# ---- TLS ----

good_url=$tls good_options=(--ca "$work/ca.pem")
use "$tls" "${good_options[@]}"
row succeeded '' "nothing, over TLS" fault
good_url=
row failed 'TLS' "an alert in the handshake" fault 0 99 handshake_alert
row failed 'TLS|connection' "rubbish in the handshake" fault 0 99 handshake_rubbish
row failed "$lost|TLS" "a handshake that stops" fault 0 99 handshake_hold
row failed 'failed' "a reset in the handshake" fault 0 99 handshake_reset
row failed 'failed:' "an alert in the middle of the answer" fault 1 99 tls_alert
row failed 'failed:' "a record that is rubbish" fault 1 99 tls_rubbish
row failed 'too early' "the end of TLS in the middle of the answer" fault 1 99 tls_end
row failed 'too early|failed' "a reset in the middle of the answer, over TLS" fault 1 99 reset_rest
row failed "$lost" "a peer that is gone without a FIN, over TLS" fault 1 99 lose_request
row failed 'from HTTPS to plain HTTP' "a redirect to plain HTTP" fault 0 99 redirect 307 "$plain"
good_url=$tls
row failed 'has expired' "a certificate that has expired" use "$expired" "${good_options[@]}"
row failed 'not valid yet' "a certificate that is not valid yet" use "$early" "${good_options[@]}"
row failed 'another host name' "a certificate for another name" use "$stranger" "${good_options[@]}"
row failed 'trusted CA' "a certificate of an unknown CA" use "$tls"
row failed "$lost|TLS" "TLS where the server has none" use "https${plain#http}" "${good_options[@]}"
good_url=$plain good_options=()
use "$plain"
good_url=

# ---- The clock ----

# jump SECONDS FAULT...: the clock is set while the answer is on its way
jump() {
  local seconds=$1
  shift
  fault "$@"
  (sleep 0.5; echo "$seconds" > "$clock") &
}
if [ -n "$clock" ]; then
  row succeeded '' "a clock set ten years forward in a session" jump 315360000 1 1 delay 0.9
  row succeeded '' "a clock set ten years back in a session" jump -315360000 1 1 delay 0.9
  row failed '503' "a clock that is a year late when the server asks to come back" jump -31536000 1 99 busy 3600
  echo 0 > "$clock"
  row succeeded '' "a clock that is right again" fault
else
  skip "clock" "the daemon cannot be told another time under a sanitizer"
fi

# ---- What is tried again by itself ----

note "an alert finds its server when that comes back, without another request"
fault 0 99 reset_request
exits 0 ctl alert --account test --data gone --sync org.example/Network
waiting() { ctl alerts --json | grep -c '"id"'; }
sleep 1
is "alerts that wait" 1 "$(waiting)"
fault
for _ in $(seq 100); do
  [ "$(waiting)" != 0 ] || break
  sleep 0.2
done
is "alerts that wait" 0 "$(waiting)"
survived=$((survived + 1))

note "faults survived: $survived${skipped[*]:+, skipped: ${skipped[*]}}"
