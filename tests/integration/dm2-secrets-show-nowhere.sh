#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Secrets of DM 2.0 are planted in accounts, in documents of data repositories, in addresses that servers name, and in
# packages that are none.  With every log switched on, none is found in anything that comes out, in any form.
# shellcheck disable=SC2154  # what plant sets
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib-dm2.sh"
. "$(dirname "$0")/lib-secrets.sh"

vault=urn:oma:mo:ext-vault:1.0
make_certificates
known client-key "$(sed -n 3p "$work/client.key" | base64 -d | hex)"
plant web edge-7
for name in notification hget hget_large hget_bad hget_tnds subscribed user_in_url query cut garbage redirect cookie; do plant "$name"; done
cp "$here/vault.ddf.xml" "$work/config/ddf.d/"
printf '[Daemon]\nLogLevel=debug\nResends=0\nHttpTimeout=5\n' > "$work/config/omadm.conf"
as_user+=(G_MESSAGES_DEBUG=all)
daemon_command
start_bus
start_server --https-port 0 --cert "$work/server.pem" --key "$work/server.key" --client-ca "$work/ca.pem" \
  --http-auth basic --http-user "edge-7:$web"
start_daemon
listen
http_url=$https_url
dm2_enrol --ca "$work/ca.pem" --cert "$work/client.pem" --key "$work/client.key" --http-auth basic --http-user edge-7 \
  --http-secret-file "$(file web)" --notification-secret-file "$(file notification)" --notification-data known --manage ./Vendor
repository=${https_url%/}/data

note "what a server writes"
many=$(for _ in $(seq 300); do printf %s "$hget_large"; done)
document one '[{"ClientURI":"'$vault'//Word","MOData":{"Word":"'"$hget"'"}}]'
document large '[{"ClientURI":"'$vault'//Word","MOData":{"Word":"'"$many"'"}}]'
document bad '[{"ClientURI":"'$vault'//Word","MOData":{"Word":"'"$hget_bad"'"}},{"ClientURI":"'$vault'//Number","MOData":{"Number":"'"$hget_bad"'"}}]'
document cut '[{"ClientURI":"'$vault'//Word","MOData":{"Word":"'"$cut"
document tnds "<MgmtTree><VerDTD>1.2</VerDTD><Node><NodeName>Word</NodeName><RTProperties><Format><chr/></Format></RTProperties><Value>$hget_tnds</Value></Node></MgmtTree>" \
  application/vnd.syncml.dmtnds+xml
host=${https_url#https://}
queue '[["HGET","'"$repository"'/one"],["HGET","'"$repository"'/large"],["HGET","'"$repository"'/bad"],["HGET","'"$repository"'/cut"],
  ["HGET","'"$repository"'/tnds","'$vault'//Word"],["GET","'$vault'//Word"],["GET","'$vault'//"],["HPUT","'"$repository"'/up","'$vault'//"],
  ["HGET","https://u:'"$user_in_url"'@'"$host"'data/one"],["HGET","'"$repository"'/one?token='"$query"'"],
  ["SUB","'"$repository"'/sub","'$vault'//"]]'
shows sync ctl sync two
answers > "$work/answers"
has "a value is taken" 'HGET .*/one 200' "$(cat "$work/answers")"
has "a large one too" 'HGET .*/large 200' "$(cat "$work/answers")"
document subscribed '[{"ClientURI":"'$vault'//Word","MOData":{"Word":"'"$subscribed"'"}}]'
queue '["HGET","'"$repository"'/subscribed"]'
shows sync-subscribed ctl sync two

note "packages that are none, addresses that lead astray"
queue '[["CONT","https://u:'"$user_in_url"'@'"$host"'"]]'
shows sync-cont ctl sync two
misbehave '{ "next": "garbage", "body": "{\"CMD\":[[\"GET\",\"'"$garbage"'" }'
shows sync-garbage ctl sync two
misbehave '{ "next": "redirect", "location": "https://u:'"$redirect"'@other.example/?token='"$redirect"'" }'
shows sync-redirect ctl sync two
shows wrong-url ctl account add odd --protocol 2.0 --server-id odd --url "https://u:$user_in_url@dm.example.org/"
shows wrong-url-port ctl account add odd --protocol 2.0 --server-id odd --url "https://u:$user_in_url/x@dm.example.org/"

for verb in status sessions alerts tree "account list" "account show two"; do
  # shellcheck disable=SC2086  # words on purpose
  shows "ctl-${verb// /-}" ctl $verb
  # shellcheck disable=SC2086
  shows "ctl-json-${verb// /-}" ctl --json $verb
done
shows account-document ctl get --tnds ./DMAcc2/two
shows introspect gdbus introspect --address "$bus" --dest org.omadm.Agent1 --object-path /org/omadm/Agent1 --recurse
gather
has "the monitor saw packages" 'HGET' "$(cat "$out/monitor")"
search client-key web notification
