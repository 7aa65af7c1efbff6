#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A session of DM 2.0 over HTTPS with an own CA, a client certificate and HTTP's password does what the server asks, with
# every command; what it set is there after a restart, and after the daemon was killed.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib-dm2.sh"

make_certificates
cp "$OMADM_SOURCE_DIR/data/examples/vendor-example.ddf.xml" "$work/config/ddf.d/"
use_plugin "$OMADM_SLOW_PLUGIN" "$OMADM_SOURCE_DIR/tests/integration/slow.ddf.xml"
start_bus
start_server --https-port 0 --cert "$work/server.pem" --key "$work/server.key" --client-ca "$work/ca.pem" \
  --http-auth basic --http-user "edge-7:$secret"
start_daemon

note "without the client certificate there is no session"
http_url=$https_url
dm2_enrol --ca "$work/ca.pem" --http-auth basic --http-user edge-7 --http-secret-file "$work/secret"
exits 1 ctl sync two
has "the reason" '[Cc]ertificate' "$output"
ctl account remove two || die "the account cannot be removed"

dm2_enrol --ca "$work/ca.pem" --cert "$work/client.pem" --key "$work/client.key" --http-auth basic --http-user edge-7 \
  --http-secret-file "$work/secret" --manage ./Vendor
repository=${https_url%/}/data

note "every command"
document berlin '[{"ClientURI":"'$example'/Example/Sites/berlin","MOData":{"berlin":{"Url":"https://b.example/","Enabled":"true"}}}]'
document place '[{"ClientURI":"'$example'/Example/Sites/a%20b","MOData":{"a b":{"Url":"https://a.example/"}}}]'
queue '[
  ["GET", "'$example'/Example/Motd"],
  ["HGET", "'"$repository"'/berlin", "'$example'/Example/Sites/berlin"],
  ["HGET", "'"$repository"'/place"],
  ["GET", "'$example'//Sites/*/Url"],
  ["GET", "'$example'//Sites/(x)/Url?nv=(x)/Enabled:true"],
  ["HPUT", "'"$repository"'/up", "'$example'//Sites/"],
  ["HPOST", "'"$repository"'/posted", "'$example'//Motd", "'$example'//LogLevel"],
  ["DELETE", "'$example'//Sites/a%20b"],
  ["EXEC", "urn:oma:mo:ext-slow:1.0//Run"],
  ["SHOW", "https://www.example/"],
  ["DEFAULT", "'"$repository"'/default", "urn:oma:mo:ext-nothing:1.0"],
  ["SUB", "'"$repository"'/changes", "'$example'//Motd"],
  ["UNSUB", "'$example'//Motd"],
  ["UNSUB", "'$example'//Motd"],
  ["CONT", "'"${https_url%/}"'/elsewhere"],
  ["DELETE", "'$example'//Motd"],
  ["GET", "'$example'//Nothing"],
  ["GET", "urn:oma:mo:ext-nothing:1.0//"],
  ["HGET", "'"$repository"'/missing"],
  ["DANCE", "'$example'//"],
  ["GET"],
  { "raw": 7 },
  { "break": true },
  ["HGET", "'"$repository"'/berlin", "'$example'/Example/Sites/last"],
  ["END"]
]'
requests > /dev/null
exits 0 ctl sync two
said=$output
is "the answers" "GET $example/Example/Motd 200 [{\"ClientURI\":\"$example/Example/Motd\",\"MOData\":{\"Motd\":\"Welcome.\"}}]
HGET $repository/berlin 200
HGET $repository/place 200 $example/Example/Sites/a%20b
GET $example//Sites/*/Url 200 [{\"ClientURI\":\"$example/Example/Sites/berlin/Url\",\"MOData\":{\"Url\":\"https://b.example/\"}},{\"ClientURI\":\"$example/Example/Sites/a%20b/Url\",\"MOData\":{\"Url\":\"https://a.example/\"}}]
GET $example//Sites/(x)/Url?nv=(x)/Enabled:true 200 [{\"ClientURI\":\"$example/Example/Sites/berlin/Url\",\"MOData\":{\"Url\":\"https://b.example/\"}}]
HPUT $repository/up 200
HPOST $repository/posted 200
DELETE $example//Sites/a%20b 200
EXEC urn:oma:mo:ext-slow:1.0//Run 200
SHOW https://www.example/ 501
DEFAULT $repository/default 200
SUB $repository/changes 200
UNSUB $example//Motd 200
UNSUB $example//Motd 404
CONT ${https_url%/}/elsewhere 200
DELETE $example//Motd 405
GET $example//Nothing 404
GET urn:oma:mo:ext-nothing:1.0// 404
HGET $repository/missing 404
DANCE $example// 501
GET 400
? 400" "$(answers)"
is "what was put" '[{"ClientURI":"'$example'/Example/Sites","MOData":{"Sites":{"a b":{"Url":"https://a.example/"},"berlin":{"Enabled":"true","Url":"https://b.example/"}}}}]' \
  "$(stored up | json)"
is "what was posted" '[{"ClientURI":"'$example'/Example/Motd","MOData":{"Motd":"Welcome."}},{"ClientURI":"'$example'/Example/LogLevel","MOData":{"LogLevel":"4"}}]' \
  "$(stored posted | json)"
came=$(requests)
has "the answer of the package with CONT" '^POST /elsewhere 200' "$came"
is "packages, as END ends the session" 2 "$(grep -c '^POST /\(elsewhere\)\? 200' <<< "$came")"
has "what sync says" '24 commands' "$said"
is "the site behind END" "https://b.example/" "$(ctl get ./Vendor/Example/Sites/last/Url)"

note "what was set stays: after a restart"
restart_daemon
is "the value" "https://b.example/" "$(ctl get ./Vendor/Example/Sites/berlin/Url)"
note "after a kill, also what was set last"
document motd '[{"ClientURI":"'$example'//Motd","MOData":{"Motd":"Set last"}}]'
queue '["HGET", "'"$repository"'/motd", "'$example'//Motd"]'
exits 0 ctl sync two
kill_daemon
start_daemon
is "the value" "Set last" "$(ctl get ./Vendor/Example/Motd)"
has "the session" ' two +2\.0 +json ' "$(ctl sessions)"

note "packages keep to the specification"
hasnt "breaches" '^error' "$(dm2_results)"
