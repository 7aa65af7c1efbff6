#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A bootstrap document of DM 2.0 makes an account: from a file, over D-Bus, over HTTPS, at the start.  The server hears of
# it (BootstrapComplete), the same document once more changes nothing, and one that is wrong makes no account.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib-dm2.sh"

make_certificates
cp "$OMADM_SOURCE_DIR/data/examples/vendor-example.ddf.xml" "$work/config/ddf.d/"
start_bus
start_server --server-id boot --https-port 0 --cert "$work/server.pem" --key "$work/server.key" \
  --http-auth basic --http-user "edge-7:$secret"
start_daemon

# make_document [SERVER-ID]: in $work/document, and at the server's path of it
make_document() {
  python3 -c '
import json, sys
ca, url, secret, example, server = sys.argv[1:]
print(json.dumps({"server-id": server, "name": "A boot server", "server-uri": url, "moids": [example], "ca": open(ca).read(),
  "http-user": "edge-7", "http-secret": secret, "notification-secret": "key-of-notifications", "notification-data": "x"}))
' "$work/ca.pem" "${https_url%/}/dm2" "$secret" "$example" "${1:-boot}" > "$work/request"
  curl -sS --fail-with-body --max-time 30 -d "@$work/request" "$admin/bootstrap" > "$work/document" ||
    die "the server makes no document: $(cat "$work/document")"
}
accounts() { ctl account list --json | python3 -c 'import json, sys; print(*sorted(a["name"] for a in json.load(sys.stdin)))'; }
name() { accounts | awk '{ print $1 }'; }
forget() { ctl account remove "$(name)" || die "the account cannot be removed"; }

# complete: the server heard of it, and of no more than it may see
complete() {
  until_has 'BootstrapComplete' dm2_results
  has "the start" '^alert urn:oma:at:dm:2\.0:BootstrapComplete' "$output"
  is "starts" 1 "$(grep -c '^alert urn:oma:at:dm:2\.0:' <<< "$output")"
  hasnt "breaches" '^error' "$output"
  hasnt "what it was not provisioned for" 'devinfo' "$output"
}

note "a file"
make_document
exits 0 ctl bootstrap "$work/document"
is "accounts" 1 "$(accounts | wc -w)"
complete
shown=$(ctl account show "$(name)")
has "the server" 'boot' "$shown"
has "the release" '2\.0' "$shown"
hasnt "secrets" "$secret|key-of-notifications" "$shown"

note "the same once more changes nothing, another one with that server is refused"
exits 0 ctl bootstrap "$work/document"
is "accounts" 1 "$(accounts | wc -w)"
sed 's/A boot server/Another one/' "$work/document" > "$work/another"
exits 1 ctl bootstrap "$work/another"
is "accounts" 1 "$(accounts | wc -w)"
restart_daemon
is "accounts after a restart" 1 "$(accounts | wc -w)"
exits 0 ctl sync "$(name)"
has "the next session" 'ClientInitiatedMgmt' "$(dm2_results)"
forget

note "HTTPS"
exits 1 ctl bootstrap "${https_url%/}/bootstrap"
has "the reason" '[Cc]ertificate|TLS|trusted' "$output"
exits 1 ctl bootstrap "${https_url%/}/bootstrap" --ca "$work/ca.pem"
has "the reason" '401' "$output"
exits 1 ctl bootstrap "http://127.0.0.1:9/bootstrap"
is "accounts" "" "$(accounts)"
exits 0 ctl bootstrap "${https_url%/}/bootstrap" --ca "$work/ca.pem" --http-auth basic --http-user edge-7 \
  --http-secret-file "$work/secret" --manage ./Vendor/Example
is "accounts" 1 "$(accounts | wc -w)"
complete
queue '[["GET", "'$example'//Motd"]]'
exits 0 ctl sync "$(name)"
has "what the server may" '^GET .* 200 ' "$(dm2_results)"
forget

note "documents that are wrong"
# wrong WHAT SED-SCRIPT [OPTION]...
wrong() {
  sed -E "$2" "$work/document" > "$work/wrong"
  exits 1 ctl bootstrap "$work/wrong" "${@:3}"
  is "accounts after $1" "" "$(accounts)"
}
wrong "no server" '/SrvID/d'
wrong "no address" '/SrvURI/d'
wrong "an address in the clear" 's|"SrvURI" : "https:|"SrvURI" : "http:|'
wrong "another object" 's|oma-dm-dmacc:1.2|oma-dm-devinfo:1.2|'
wrong "rubbish" 's/"Perm"/Perm/'
wrong "half of it" '8q'
wrong "another type" 's/^//' --type application/vnd.syncml.dmtnds+xml
wrong "no type of MO data" 's/^//' --type text/html
for kind in 404 garbage truncate media-type; do
  if [ $kind = 404 ]; then fault='"next": "status", "status": 404'; else fault="\"next\": \"$kind\""; fi
  misbehave "{ $fault, \"path\": \"/bootstrap\" }"
  exits 1 ctl bootstrap "${https_url%/}/bootstrap" --ca "$work/ca.pem" --http-auth basic --http-user edge-7 \
    --http-secret-file "$work/secret"
  behave
  is "accounts after $kind" "" "$(accounts)"
done

note "files that are there at the start, each once"
mkdir -p "$work/config/bootstrap.d"
cp "$work/document" "$work/config/bootstrap.d/boot.json"
chmod 600 "$work/config/bootstrap.d/boot.json"
[ "$(id -u)" != 0 ] || chown "$user_id" "$work/config/bootstrap.d/boot.json"
restart_daemon
until_has . accounts
complete
forget
restart_daemon
is "accounts, as that document was used" "" "$(accounts)"
hasnt "secrets in the log" "$secret|key-of-notifications" "$(cat "$work/omadmd.log")"
