#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# TLS sessions are resumed by GIO for the whole process.  Even so no account is proved by the client
# certificate of another one, and none trusts a server that only another one's CA vouches for.
. "$(dirname "$0")/lib.sh"

# The trial server gives out no tickets, OpenSSL's does; that it does not speak HTTP does not matter here.
make_certificates
start_bus
start_daemon
"${as_user[@]}" openssl s_server -rev -accept 127.0.0.1:0 -cert "$work/server.pem" -key "$work/server.key" \
  -verify 1 -CAfile "$work/ca.pem" > "$work/peer.log" 2>&1 &
server_pid=$!
address=$(wait_line '^ACCEPT' "$work/peer.log" "$server_pid") || die "openssl: $(cat "$work/peer.log")"

# proved: what the server knew of the client in the latest session
proved() { grep -E '^(No peer|Peer) certificate' "$work/peer.log" | tail -n 1; }

# session WANTED [OPTION]...: of an account with these options, which fails for the WANTED reason
session() {
  local wanted=$1
  shift
  ctl account add test --server-id peer --url "https://${address#ACCEPT }/" "$@" || die "the account cannot be added"
  exits 1 ctl sync test
  has "the reason" "$wanted" "$output"
  ctl account remove test || die "the account cannot be removed"
}

with_ca=(--ca "$work/ca.pem") with_certificate=(--cert "$work/client.pem" --key "$work/client.key")
for round in 1 2; do
  note "round $round: without a client certificate"
  session 'not HTTP' "${with_ca[@]}"
  is "the client" 'No peer certificate' "$(proved)"
  note "round $round: with one"
  session 'not HTTP' "${with_ca[@]}" "${with_certificate[@]}"
  has "the client" '^Peer certificate: .*client' "$(proved)"
  note "round $round: without the CA"
  session 'not signed by a trusted CA'
  session 'not signed by a trusted CA' "${with_certificate[@]}"
done
end "$server_pid"
server_pid=''
