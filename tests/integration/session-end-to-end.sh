#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A session over HTTPS with an own CA, a client certificate and MD5 both ways does what the server
# asks; what it set is there after a restart, and after the daemon was killed.
. "$(dirname "$0")/lib.sh"

make_certificates
cp "$OMADM_SOURCE_DIR/data/examples/vendor-example.ddf.xml" "$work/config/ddf.d/"
start_bus
start_server --https-port 0 --cert "$work/server.pem" --key "$work/server.key" --client-ca "$work/ca.pem" \
  --users "$work/users"
start_daemon

note "without the client certificate there is no session"
ctl account add bare --server-id omadm-testserver --url "$https_url" --ca "$work/ca.pem" --auth md5 --user edge-7 \
  --secret-file "$work/secret" || die "the account cannot be added"
exits 1 ctl sync bare
has "the reason" '[Cc]ertificate' "$output"
ctl account remove bare || die "the account cannot be removed"

note "without the CA there is none either"
ctl account add bare --server-id omadm-testserver --url "$https_url" --cert "$work/client.pem" \
  --key "$work/client.key" --auth md5 --user edge-7 --secret-file "$work/secret" || die "the account cannot be added"
exits 1 ctl sync bare
has "the reason" 'certificate|TLS' "$output"
ctl account remove bare || die "the account cannot be removed"

http_url=$https_url
enrol --ca "$work/ca.pem" --cert "$work/client.pem" --key "$work/client.key"
queue '[
  { "command": "Get", "uri": "./DevInfo/DevId" },
  { "command": "Replace", "uri": "./Vendor/Example/Motd", "data": "From the server" },
  { "command": "Add", "uri": "./Vendor/Example/Sites/a%20b", "format": "node" },
  { "command": "Add", "uri": "./Vendor/Example/Sites/a%20b/Url", "data": "https://a.example/" },
  { "command": "Get", "uri": "./Vendor/Example/Sites" },
  { "command": "Replace", "uri": "./DevInfo/Man", "data": "x" },
  { "command": "Exec", "uri": "./Vendor/Example/Motd" },
  { "command": "Get", "uri": "./Nothing" }
]'
exits 0 ctl sync
said=$output
has "what sync says" '3 messages sent, 3 received, 8 commands, 3 of them refused' "$output"
is "the results" "status Get ./DevInfo/DevId 200
results ./DevInfo/DevId $(device_id)
status Replace ./Vendor/Example/Motd 200
status Add ./Vendor/Example/Sites/a%20b 200
status Add ./Vendor/Example/Sites/a%20b/Url 200
status Get ./Vendor/Example/Sites 200
results ./Vendor/Example/Sites a%20b
status Replace ./DevInfo/Man 405
status Exec ./Vendor/Example/Motd 405
status Get ./Nothing 404" "$(results)"
has "what sync says" '3 messages sent, 3 received, 8 commands, 3 of them refused' "$said"

note "what was set stays: after a restart"
restart_daemon
is "the value" "From the server" "$(ctl get ./Vendor/Example/Motd)"
note "after a kill, also what was set last"
queue '{ "command": "Replace", "uri": "./Vendor/Example/Motd", "data": "Just before the end" }'
exits 0 ctl sync test
kill_daemon
start_daemon
is "the value" "Just before the end" "$(ctl get ./Vendor/Example/Motd)"
is "the node with an escaped name" "https://a.example/" "$(ctl get ./Vendor/Example/Sites/a%20b/Url)"

note "the history knows the sessions, and nonces go on where they were"
exits 0 ctl sync test
is "sessions that ended in order" 3 "$(ctl sessions | grep -c succeeded)"
is "sessions that failed" 2 "$(ctl sessions | grep -c failed)"
