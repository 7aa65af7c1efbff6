#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Every kind of authentication: with the right secrets a session does its work, with a wrong one it
# fails in order and changes nothing; neither secrets nor what is made of them are shown.
. "$(dirname "$0")/lib.sh"

motd=./Vendor/Example/Motd
make_certificates
cp "$OMADM_SOURCE_DIR/data/examples/vendor-example.ddf.xml" "$work/config/ddf.d/"
echo wrong > "$work/wrong"
start_bus
start_daemon
start_monitor
count=0

# works [ACCOUNT-OPTION]...: an account with these does what the server asks
works() {
  count=$((count + 1))
  ctl account add "a$count" --server-id "server-$count" "$@" --manage ./Vendor || die "the account cannot be added"
  queue "[{ \"command\": \"Replace\", \"uri\": \"$motd\", \"data\": \"Set $count\" },
    { \"command\": \"Get\", \"uri\": \"$motd\" }]"
  exits 0 ctl sync "a$count"
  is "the value" "Set $count" "$(ctl get $motd)"
  is "the results" "status Replace $motd 200
status Get $motd 200
results $motd Set $count" "$(results | grep -v Alert)"
  exits 0 ctl sync "a$count"            # with the nonces that the first one left
  ctl account remove "a$count" || die "the account cannot be removed"
}

# fails REASON [ACCOUNT-OPTION]...: an account with these does not
fails() {
  local reason=$1 before
  shift
  count=$((count + 1))
  before=$(ctl get $motd)
  ctl account add "a$count" --server-id "server-$count" "$@" --manage ./Vendor || die "the account cannot be added"
  queue "[{ \"command\": \"Replace\", \"uri\": \"$motd\", \"data\": \"never\" }]"
  exits 1 ctl sync "a$count"
  has "the reason" "$reason" "$output"
  is "the value" "$before" "$(ctl get $motd)"
  ctl account remove "a$count" || die "the account cannot be removed"
}

# as USER-OPTION...: options of an account for user edge-7
user=(--user edge-7 --secret-file "$work/secret")
wrong_user=(--user edge-7 --secret-file "$work/wrong")
server=(--server-user server --server-secret-file "$work/server-secret")
wrong_server=(--server-user server --server-secret-file "$work/wrong")

serve_https() {
  start_server --https-port 0 --cert "$work/server.pem" --key "$work/server.key" "$@"
  tls=(--url "$https_url" --ca "$work/ca.pem")
}

serve_http() {
  start_server --port 0 "$@"
  plain=(--url "$http_url" --allow-http)
}

note "basic over TLS"
serve_https --user "edge-7:$secret" --auth basic
works "${tls[@]}" --auth basic "${user[@]}"
fails 'refused our credentials' "${tls[@]}" --auth basic "${wrong_user[@]}"
stop_server

for type in md5 hmac; do
  note "$type both ways"
  serve_http --user "edge-7:$secret" --auth $type --server-auth $type --server-user server \
    --server-secret "$server_secret"
  works "${plain[@]}" --auth $type "${user[@]}" --server-auth $type "${server[@]}"
  fails 'refused our credentials' "${plain[@]}" --auth $type "${wrong_user[@]}" --server-auth $type "${server[@]}"
  fails 'did not prove' "${plain[@]}" --auth $type "${user[@]}" --server-auth $type "${wrong_server[@]}"
  note "$type, challenged in the middle"
  count=$((count + 1))
  ctl account add "a$count" --server-id "server-$count" "${plain[@]}" --auth $type "${user[@]}" --server-auth $type \
    "${server[@]}" --manage ./Vendor || die "the account cannot be added"
  curl -sS -X DELETE "$admin/devices/$(device_id)" > /dev/null
  queue "[{ \"command\": \"Get\", \"uri\": \"$motd\" }, { \"break\": true },
    { \"command\": \"Replace\", \"uri\": \"$motd\", \"data\": \"Set $count\" }]"
  misbehave '{ "next": "challenge-mid-session", "skip": 2 }'
  exits 0 ctl sync "a$count"
  is "the value" "Set $count" "$(ctl get $motd)"
  ctl account remove "a$count" || die "the account cannot be removed"
  behave
  stop_server
done

note "sha256"
serve_http --user "edge-7:$secret" --auth sha256 --server-auth sha256 --server-user server \
  --server-secret "$server_secret"
works "${plain[@]}" --auth md5 "${user[@]}" --server-auth md5 "${server[@]}" --option digest=sha256
fails 'refused our credentials' "${plain[@]}" --auth md5 "${wrong_user[@]}" --option digest=sha256
note "and not unless the account says so"
fails 'type' "${plain[@]}" --auth md5 "${user[@]}"
stop_server

for type in basic digest; do
  note "HTTP $type"
  serve_https --http-auth $type --http-user "edge-7:$secret"
  works "${tls[@]}" --http-auth $type --http-user edge-7 --http-secret-file "$work/secret"
  fails '401' "${tls[@]}" --http-auth $type --http-user edge-7 --http-secret-file "$work/wrong"
  fails '401' "${tls[@]}"
  stop_server
done
note "HTTP basic is no answer to who asks for digest"
serve_https --http-auth digest --http-user "edge-7:$secret"
fails '401' "${tls[@]}" --http-auth basic --http-user edge-7 --http-secret-file "$work/secret"
stop_server
note "and never goes over plain HTTP"
serve_http --http-auth basic --http-user "edge-7:$secret"
exits 1 ctl account add plain --server-id plain "${plain[@]}" --http-auth basic --http-user edge-7 \
  --http-secret-file "$work/secret"
has "the reason" 'basic' "$output"
stop_server

note "client certificate"
serve_https --client-ca "$work/ca.pem"
works "${tls[@]}" --cert "$work/client.pem" --key "$work/client.key"
fails '[Cc]ertificate' "${tls[@]}"
stop_server

note "nothing secret was shown"
stop_monitor
has "the monitor works" 'SyncHdr' "$(cat "$work/monitor.log")"
shown=$(cat "$work/monitor.log" "$work/omadmd.log")
hasnt "secrets" "$secret|$server_secret" "$shown"
hasnt "credentials" "$(printf 'edge-7:%s' "$secret" | base64)|mac=|NextNonce[^.]*[A-Za-z0-9+/]{22}==" "$shown"
