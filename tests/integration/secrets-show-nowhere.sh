#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Secrets are planted wherever one can come from: accounts, credentials in every direction, nonces, keys, cookies, proxies,
# what servers write to nodes that nobody may read, what a user types, what is handed over on D-Bus.  With every log
# switched on, none is found in anything that comes out, in any form; and the memory, which holds them, is not dumped.
# shellcheck disable=SC2154  # what plant sets
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib-secrets.sh"

# ---- What is planted ----

make_certificates
known client-key "$(sed -n 3p "$work/client.key" | base64 -d | hex)"
known device-secret "$(printf %s "$secret" | hex)" edge-7
known server-secret "$(printf %s "$server_secret" | hex)" server
plant web web
plant proxy somebody
plant first_nonce
plant first_server_nonce
for name in boot boot_server boot_credential; do plant "$name" edge-8; done
for name in url_https url_scheme url_port url_host url_plain url_dbus wrong_line wrong_value; do plant "$name"; done
for name in cookie location location_query resp_uri resp_uri_relative cut_message entity element; do plant "$name"; done
for name in offered typed by_file by_file_refused document_by_file; do plant "$name"; done

cp "$here/vault.ddf.xml" "$work/config/ddf.d/"
cp "$OMADM_SOURCE_DIR/data/examples/vendor-example.ddf.xml" "$work/config/ddf.d/"
printf '[Daemon]\nLogLevel=debug\nResends=0\nHttpTimeout=5\n' > "$work/config/omadm.conf"
cat >> "$work/users" <<USERS
nonce=$(printf %s "$first_nonce" | base64)
server-nonce=$(printf %s "$first_server_nonce" | base64)
USERS

# account NAME URL [LINE]...: one of provisioning
account() {
  printf '%s\n' "[Account]" "ServerId=$1" "Url=$2" "${@:3}" > "$work/config/accounts.d/$1.conf"
}
mkdir -m 700 "$work/credentials"
echo "$boot_credential" > "$work/credentials/http"
[ "$(id -u)" != 0 ] || chown -R "$user_id" "$work/credentials"
account boot https://127.0.0.1:9/ Auth=md5 User=edge-8 "SecretFile=$(file boot)" ServerAuth=md5 ServerUser=edge-8 \
  "ServerSecretFile=$(file boot_server)" HttpAuth=digest HttpUser=edge-8 HttpSecretCredential=http \
  "CertificateFile=$work/client.pem" "KeyFile=$work/client-own.key"
cp "$work/client.key" "$work/client-own.key"
chmod 600 "$work/client-own.key"
[ "$(id -u)" != 0 ] || chown "$user_id" "$work/client-own.key"
account bad-https "https://u:$url_https@dm.example.org/"
account bad-scheme "ftp://u:$url_scheme@dm.example.org/"
account bad-port "https://u:$url_port/x@dm.example.org/"
account bad-host "https://u:$url_host@"
account bad-plain "http://u:$url_plain@dm.example.org/"
account bad-line https://dm.example.org/ "$wrong_line"
account bad-value https://dm.example.org/ "User=\\q$wrong_value"

# ---- With every log switched on ----

as_user+=(G_MESSAGES_DEBUG=all CREDENTIALS_DIRECTORY="$work/credentials" http_proxy="http://somebody:$proxy@127.0.0.1:9"
  no_proxy=127.0.0.1,localhost)
daemon_command
start_bus
start_server --port 0 --users "$work/users" --http-auth digest --http-user "web:$web" --max-msg-size 6000
start_daemon
listen
for name in https scheme port host plain line value; do
  has "the log" "bad-$name" "$(grep 'not provisioned' "$work/omadmd.log")"
done
has "the accounts" boot "$(ctl account list)"

note "addresses and settings that are refused"
shows url-dbus ctl account add odd --server-id odd --url "https://u:$url_dbus@dm.example.org/"
shows url-scheme ctl account add odd --server-id odd --url "ftp://u:$url_dbus@dm.example.org/"
shows url-port ctl account add odd --server-id odd --url "https://u:$url_dbus/x@dm.example.org/"
printf %s "$by_file" > "$work/by-file"
printf %s "$by_file_refused" > "$work/by-file-refused"
exits 0 ctl set ./Vendor/Vault/Word --file "$work/by-file"
shows set-level ctl set ./Vendor/Vault/Level --file "$work/by-file-refused"
shows set-number ctl set ./Vendor/Vault/Number --file "$work/by-file-refused"

# nodes TEXT NAME...: a TNDS document of doors with TEXT as code
nodes() {
  local name
  printf '<MgmtTree><VerDTD>1.2</VerDTD>'
  for name in "${@:2}"; do
    printf '<Node><NodeName>%s</NodeName><RTProperties><Format><node/></Format></RTProperties><Node><NodeName>Code</NodeName><RTProperties><Format><chr/></Format></RTProperties><Value>%s</Value></Node></Node>' "$name" "$1"
  done
  printf '</MgmtTree>'
}
nodes "$document_by_file" from-file > "$work/document"
exits 0 ctl add ./Vendor/Vault/Doors --type application/vnd.syncml.dmtnds+xml --format xml --file "$work/document"

# ---- What a server writes ----

# leaf URI NAME [MEMBER]...: a Replace of a planted value
leaf() {
  plant "$2"
  printf '{ "command": "Replace", "uri": "%s", "data": "%s" %s },' "$1" "${!2}" "${3:-}"
}

# write_all: a list of commands with secrets of every kind in $work/commands; their names begin with $encoding
write_all() {
  local p=$encoding v=./Vendor/Vault name
  local tnds='"format": "xml", "type": "application/vnd.syncml.dmtnds+xml"'
  for name in octets add document document_replace atomic large large_document cdata copied option; do plant "${p}_$name"; done
  local octets=${p}_octets add=${p}_add document=${p}_document replaced=${p}_document_replace atomic=${p}_atomic
  local large=${p}_large large_document=${p}_large_document cdata=${p}_cdata copied=${p}_copied
  {
    echo '['
    leaf $v/Word "${p}_word"
    leaf Vendor/Vault/Word "${p}_word_without_dot"
    leaf $v/%57ord "${p}_word_escaped"
    leaf $v/Level "${p}_value_not_permitted"
    leaf $v/Number "${p}_no_number" ', "format": "int"'
    leaf $v "${p}_interior"
    leaf $v/Word/Deeper "${p}_below_a_leaf"
    leaf $v/Doors/none/Code "${p}_without_parent"
    leaf ./DMAcc/test/AppAuth/SRVCRED/AAuthSecret "${p}_server_password"
    echo "{ \"command\": \"Replace\", \"uri\": \"$v/Octets\", \"format\": \"b64\", \"data\": \"$(printf %s "${!octets}" | base64)\" },
      { \"command\": \"Add\", \"uri\": \"$v/Doors/$p\", \"format\": \"node\" },
      { \"command\": \"Add\", \"uri\": \"$v/Doors/$p/Code\", \"data\": \"${!add}\" },
      { \"command\": \"Add\", \"uri\": \"$v/Doors\", $tnds, \"data\": \"$(nodes "${!document}" "$p-1" "$p-2")\" },
      { \"command\": \"Replace\", \"uri\": \"$v/Doors/$p-1\", $tnds, \"data\": \"$(nodes "${!replaced}" "$p-1")\" },
      { \"command\": \"Atomic\", \"commands\": [
        { \"command\": \"Replace\", \"uri\": \"$v/Word\", \"data\": \"${!atomic}\" }, { \"command\": \"Delete\", \"uri\": \"./Nowhere\" }] },
      { \"command\": \"Exec\", \"uri\": \"$v/Word\", \"data\": \"${!atomic}\" },
      { \"command\": \"Get\", \"uri\": \"$v/Word\" },
      { \"command\": \"Get\", \"uri\": \"$v?list=TNDS\" },
      { \"command\": \"Replace\", \"uri\": \"$v/Word\", \"data\": \"${!copied}\" },
      { \"command\": \"Copy\", \"uri\": \"./Vendor/Example/Motd\", \"source\": \"$v/Word\" },
      { \"command\": \"Replace\", \"uri\": \"$v/Word\", \"data\": \"$(for _ in $(seq 300); do printf %s "${!large}"; done)\" },
      { \"command\": \"Add\", \"uri\": \"$v/Doors\", $tnds, \"data\": \"$(nodes "${!large_document}" $(seq -f "$p-many-%g" 60))\" },
      { \"raw\": \"<Replace><Item><Target><LocURI>$v/Word</LocURI></Target><Data><![CDATA[${!cdata}]]></Data></Item></Replace>\" }
    ]"
  } | sed 's/"\(<MgmtTree.*<\/MgmtTree>\)"/"\1"/' > "$work/commands"
}

enrol_test() {
  enrol --encoding "$1" --http-auth digest --http-user web --http-secret-file "$(file web)" --cert "$work/client.pem" \
    --key "$work/client.key" --option max-message-size=6000 --manage . || die "no account"
}

for encoding in xml wbxml; do
  note "what a server writes, $encoding"
  enrol_test "$encoding"
  write_all
  queue "$(cat "$work/commands")"
  exits 0 ctl sync test
  printf '%s\n' "$output" > "$out/sync-$encoding"
  results > "$out/results-$encoding"
  has "values are taken" 'Replace ./Vendor/Vault/Word 200' "$(cat "$out/results-$encoding")"
  has "parts are taken" ' 213' "$(cat "$out/results-$encoding")"
  has "documents are taken" 'Add ./Vendor/Vault/Doors 200' "$(cat "$out/results-$encoding")"
  ctl get ./Vendor/Example/Motd > "$out/motd-$encoding"
  curl -sS --max-time 30 "$admin/devices/$(device_id)/messages" > "$work/wire-$encoding"
  shows "account-$encoding" ctl --json account show test
  # Its own password of the server was replaced.
  [ "$encoding" = wbxml ] || exits 0 ctl account remove test
done

note "questions with a hidden answer"
exits 0 ctl account remove test
enrol_test xml
mkfifo "$work/answers"
"${ctl[@]}" agent < "$work/answers" > "$out/agent" 2>&1 &
agent_pid=$!
exec 9> "$work/answers"
wait_line '^Waiting' "$out/agent" "$agent_pid" > /dev/null || die "the agent: $(cat "$out/agent")"
queue "[{ \"command\": \"Alert\", \"code\": 1102,
  \"items\": [{ \"data\": \"MAXDT=30&ET=P&DR=$offered\" }, { \"data\": \"Password?\" }] }]"
echo "$typed" >&9
exits 0 ctl sync test
has "it was answered" 'Alert +200' "$(results)"
exec 9>&-
wait "$agent_pid"

note "messages that are none, addresses that lead astray"
# wrong NAME BODY: the server answers with that, in the middle of a session
wrong() {
  queue '{ "command": "Get", "uri": "./DevInfo/DevId" }'
  misbehave "$(python3 -c 'import json, sys; print(json.dumps({"next": "garbage", "skip": 1, "body": sys.argv[1], "count": 1}))' "$2")"
  ! shows "wrong-$1" ctl sync test || die "the session went well: $(cat "$out/wrong-$1")"
  note "  $(cat "$out/wrong-$1")"
  behave
  curl -sS --max-time 30 -X DELETE "$admin/devices/$(device_id)/commands" > /dev/null
}
head='<SyncML xmlns="SYNCML:SYNCML1.2"><SyncHdr><VerDTD>1.2</VerDTD><VerProto>DM/1.2</VerProto><SessionID>1</SessionID><MsgID>1</MsgID><Target><LocURI>x</LocURI></Target><Source><LocURI>omadm-testserver</LocURI></Source>'
wrong cut "$head<Cred><Data>$cut_message</Data>"
wrong entity "$head<Cred><Data>pass&$entity;word</Data></Cred></SyncHdr></SyncML>"
wrong element "$head<Cred><Data>pass<$element</Data></Cred></SyncHdr></SyncML>"
wrong resp-uri "$head<RespURI>http://u:$resp_uri@127.0.0.1/</RespURI></SyncHdr><SyncBody><Final/></SyncBody></SyncML>"
wrong resp-uri-relative "$head<RespURI>//u:$resp_uri_relative/x@127.0.0.1/</RespURI></SyncHdr><SyncBody><Final/></SyncBody></SyncML>"
misbehave "{ \"next\": \"redirect\", \"location\": \"http://u:$location@127.0.0.1:9/\", \"count\": 1 }"
shows redirect ctl sync test
misbehave "{ \"next\": \"redirect\", \"location\": \"http://other.example/?token=$location_query\", \"count\": 1 }"
shows redirect-query ctl sync test
behave
exits 0 ctl sync test
results > "$out/results-wrong"
curl -sS --max-time 30 "$admin/devices/$(device_id)/messages" > "$work/wire"

note "cookies, and a proxy with a password"
python3 - "$work/cookie-port" "$cookie" <<'PYTHON' &
import http.server, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(500)
        self.send_header("Set-Cookie", "session=" + sys.argv[2])
        self.send_header("Content-Length", "0")
        self.end_headers()
    def log_message(self, *_):
        pass
server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
with open(sys.argv[1], "w") as file:
    print(server.server_port, file=file)
server.serve_forever()
PYTHON
cookie_pid=$!
for _ in $(seq 100); do [ -s "$work/cookie-port" ] && break; sleep 0.1; done
ctl account add cookies --server-id cookies --url "http://127.0.0.1:$(cat "$work/cookie-port")/" --allow-http || die "no account"
shows cookies ctl sync cookies
has "the answer" 500 "$(cat "$out/cookies")"
kill "$cookie_pid"
wait "$cookie_pid" 2> /dev/null
ctl account add far --server-id far --url "http://dm.example.invalid/" --allow-http || die "no account"
shows far ctl sync far
exits 0 ctl account remove far
exits 0 ctl account remove cookies

note "basic credentials in both directions, and those of HTTP, over TLS"
stop_server
cp "$work/server.log" "$work/first-server.log"
start_server --https-port 0 --cert "$work/server.pem" --key "$work/server.key" --user "edge-7:$secret" --auth basic \
  --server-auth basic --server-user server --server-secret "$server_secret" --http-auth basic --http-user "web:$web"
ctl account add basic --server-id omadm-testserver-2 --url "$https_url" --ca "$work/ca.pem" --auth basic --user edge-7 \
  --secret-file "$work/secret" --server-auth basic --server-user server --server-secret-file "$work/server-secret" \
  --http-auth basic --http-user web --http-secret-file "$(file web)" --manage . || die "no account"
queue '{ "command": "Get", "uri": "./DevInfo/DevId" }'
shows basic ctl sync basic
has "the session" 'ended in order|did not prove' "$(cat "$out/basic")"

# ---- Everything that can be asked ----

for verb in status sessions alerts tree "account list"; do
  # shellcheck disable=SC2086  # words on purpose
  shows "ctl-$verb" ctl $verb
  # shellcheck disable=SC2086
  shows "ctl-json-$verb" ctl --json $verb
done
for name in boot test basic; do
  shows "show-$name" ctl account show "$name"
  shows "document-$name" ctl get --tnds "./DMAcc/$name"
done
shows introspect gdbus introspect --address "$bus" --dest org.omadm.Agent1 --object-path /org/omadm/Agent1 --recurse
tr '\0' '\n' < "/proc/$daemon_pid/cmdline" > "$out/cmdline"

note "no other process of the same user looks into this one"
for name in environ mem maps fd; do
  ! "${as_user[@]}" ls "/proc/$daemon_pid/$name/" > /dev/null 2>&1 || die "/proc/PID/$name can be listed"
  ! "${as_user[@]}" head -c 1 "/proc/$daemon_pid/$name" > /dev/null 2>&1 || die "/proc/PID/$name can be read"
done

gather
is "files of secrets that others can read" "" "$(find "$work/state" -type f -perm /077)"

# ---- The search ----

note "nonces and credentials that were on the wire"
python3 - "$work/wire" "$work/wire-xml" >> "$work/planted" <<'PYTHON'
import base64, json, re, sys
found = set()
for path in sys.argv[1:]:
    text = open(path, encoding="utf-8").read().replace("\\/", "/").replace('\\"', '"')
    found.update(("nonce", nonce) for nonce in re.findall(r"NextNonce[^>]*>([A-Za-z0-9+/=]{16,})<", text))
    found.update(("cred", cred) for cred in re.findall(r"<Cred>.*?<Data>([A-Za-z0-9+/=]{20,})<", text, re.S))
for number, (kind, text) in enumerate(sorted(found)):
    print(f"wire-{kind}-{number}", base64.b64decode(text).hex(), "-")
PYTHON
note "$(grep -c '^wire-nonce' "$work/planted") nonces, $(grep -c '^wire-cred' "$work/planted") credentials"
[ "$(grep -c '^wire-nonce' "$work/planted")" -ge 2 ] || die "no nonces were seen on the wire"
[ "$(grep -c '^wire-cred' "$work/planted")" -ge 2 ] || die "no credentials were seen on the wire"

search device-secret boot boot_server boot_credential client-key web document_by_file xml_document

# ---- The memory ----

# crash SIGNAL: of a daemon with these secrets; what became of it is in $output
crash() {
  rm -rf "$work/cores"
  mkdir -m 777 "$work/cores"
  coproc CRASH { "$here/core-dump.py" "$work/cores" "${daemon[@]}" --bus-address "$bus" --no-polkit 2>> "$work/omadmd.log"; }
  # shellcheck disable=SC2153  # coproc sets it
  local from=${CRASH[0]} to=${CRASH[1]} pid=$CRASH_PID
  read -r _ <&"$from"
  gdbus wait --address "$bus" --timeout 60 org.omadm.Agent1 || die "the daemon did not come on the bus"
  echo "$1" >&"$to"
  output=$(cat <&"$from")
  wait "$pid" 2> /dev/null
}

note "a crash leaves no core file"
crash 6
is "SIGABRT" "signal 6, not dumped" "$output"
is "core files" "" "$(ls "$work/cores")"
if grep -q __asan_init "$daemon_program"; then
  note "a sanitizer keeps core files away by itself: whether the setting brings them back is not tried"
  exit 0
fi
crash 11
is "SIGSEGV" "signal 11, not dumped" "$output"

note "unless the administrator wants it"
echo 'CoreDumps=true' >> "$work/config/omadm.conf"
crash 6
is "SIGABRT" "signal 6, dumped" "$output"
has "the log" 'CoreDumps=true' "$(tail -n 50 "$work/omadmd.log")"
if compgen -G "$work/cores/*" > /dev/null; then
  has "what a core file holds" ' as itself' "$("$here/find-secrets.py" "$work/planted" "$work"/cores/*)"
fi
