#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# One machine is managed by a server of DM 1.2 and by one of DM 2.0: both read and write the same nodes, by one set of
# rights, and each sees what the other did.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib-dm2.sh"

motd=./Vendor/Example/Motd
cp "$OMADM_SOURCE_DIR/data/examples/vendor-example.ddf.xml" "$work/config/ddf.d/"
start_bus
start_md5_server
start_daemon
enrol --manage ./Vendor/Example
dm2_enrol --manage ./Vendor/Example
repository=${http_url%/}/data
is "accounts" "test two" "$(ctl account list | awk 'NR > 1 { print $1 }' | sort | xargs)"

note "what the one writes the other reads"
queue '[{ "command": "Replace", "uri": "'$motd'", "data": "From 1.2" },
  { "command": "Add", "uri": "./Vendor/Example/Sites/one", "format": "node" },
  { "command": "Add", "uri": "./Vendor/Example/Sites/one/Url", "data": "https://one.example/" }]'
exits 0 ctl sync test
has "1.2" "status Replace $motd 200" "$(results)"
document motd '[{"ClientURI":"'$example'//Motd","MOData":{"Motd":"From 2.0"}}]'
queue '[["GET", "'$example'//Motd"], ["GET", "'$example'//Sites/*/Url"], ["HGET", "'"$repository"'/motd", "'$example'//Motd"]]'
exits 0 ctl sync two
is "2.0" "GET $example//Motd 200 [{\"ClientURI\":\"$example/Example/Motd\",\"MOData\":{\"Motd\":\"From 1.2\"}}]
GET $example//Sites/*/Url 200 [{\"ClientURI\":\"$example/Example/Sites/one/Url\",\"MOData\":{\"Url\":\"https://one.example/\"}}]
HGET $repository/motd 403" "$(answers)"
is "the value that the first server set" "From 1.2" "$(ctl get $motd)"

note "the value is both servers' when the ACL of its node names both"
queue '[{ "command": "Replace", "uri": "'$motd'?prop=ACL", "data": "Get=*&Replace=omadm-testserver+dm2" }]'
exits 0 ctl sync test
has "the ACL" 'prop=ACL 200' "$(results)"
queue '[["HGET", "'"$repository"'/motd", "'$example'//Motd"]]'
exits 0 ctl sync two
is "2.0" "HGET $repository/motd 200 $example/Example/Motd" "$(answers)"
queue '[{ "command": "Get", "uri": "'$motd'" }]'
exits 0 ctl sync test
has "1.2" "results $motd From 2.0" "$(results)"
queue '[{ "command": "Replace", "uri": "'$motd'", "data": "From 1.2 again" }]'
exits 0 ctl sync test
has "1.2" "status Replace $motd 200" "$(results)"
queue '[["GET", "'$example'//Motd"], ["HGET", "'"$repository"'/motd", "'$example'//Motd"]]'
exits 0 ctl sync two
is "2.0" "GET $example//Motd 200 [{\"ClientURI\":\"$example/Example/Motd\",\"MOData\":{\"Motd\":\"From 1.2 again\"}}]
HGET $repository/motd 200 $example/Example/Motd" "$(answers)"

note "both at once"
for round in 1 2 3; do
  document round '[{"ClientURI":"'$example'//Sites/two-'$round'","MOData":{"two-'$round'":{"Url":"https://two.example/'$round'"}}}]'
  queue '[{ "command": "Add", "uri": "./Vendor/Example/Sites/one-'$round'", "format": "node" },
    { "command": "Add", "uri": "./Vendor/Example/Sites/one-'$round'/Url", "data": "https://one.example/'$round'" },
    { "command": "Get", "uri": "'$motd'" }]'
  queue '[["HGET", "'"$repository"'/round", "'$example'//Sites/two-'$round'"], ["GET", "'$example'//Motd"]]'
  ctl sync test > "$work/one" 2>&1 &
  one=$!
  exits 0 ctl sync two
  wait "$one" || die "the session of 1.2: $(cat "$work/one")"
done
found=$(results)
is "refused" "" "$(grep ' [45][0-9][0-9]$' <<< "$found")"
for round in 1 2 3; do
  is "of 1.2" "https://one.example/$round" "$(ctl get "./Vendor/Example/Sites/one-$round/Url")"
  is "of 2.0" "https://two.example/$round" "$(ctl get "./Vendor/Example/Sites/two-$round/Url")"
done

note "one set of rights: what is the one's own the other cannot see"
queue '[{ "command": "Replace", "uri": "./Vendor/Example?prop=ACL", "data": "Get=*&Add=omadm-testserver&Replace=omadm-testserver&Delete=omadm-testserver" }]'
exits 0 ctl sync test
has "the ACL" 'prop=ACL 200' "$(results)"
queue '[["GET", "'$example'//Motd"], ["HGET", "'"$repository"'/motd", "'$example'//Motd"], ["DELETE", "'$example'//Sites/one"]]'
exits 0 ctl sync two
is "what 2.0 may" "GET $example//Motd 200 [{\"ClientURI\":\"$example/Example/Motd\",\"MOData\":{\"Motd\":\"From 2.0\"}}]
HGET $repository/motd 403
DELETE $example//Sites/one 403" "$(answers)"
queue '[{ "command": "Replace", "uri": "./Vendor/Example?prop=ACL", "data": "Get=omadm-testserver&Replace=omadm-testserver" }]'
exits 0 ctl sync test
has "the ACL" 'prop=ACL 200' "$(results)"
queue '[["GET", "'$example'//Motd"], ["GET", "'$example'/Example/Motd"]]'
exits 0 ctl sync two
is "what 2.0 sees" "GET $example//Motd 404
GET $example/Example/Motd 404" "$(answers)"

note "neither sees the other's account"
queue '[{ "command": "Get", "uri": "./DMAcc2/two/SrvURI" }]'
exits 0 ctl sync test
has "1.2" 'status Get ./DMAcc2/two/SrvURI (401|403|404|425)' "$(results)"
queue '[["GET", "urn:oma:mo:oma-dm-dmacc:1.0/test/AppID"]]'
exits 0 ctl sync two
is "2.0" "GET urn:oma:mo:oma-dm-dmacc:1.0/test/AppID 404" "$(answers)"
has "the sessions" ' two +2\.0 +json ' "$(ctl sessions)"
has "the sessions" ' test +1\.2 +xml ' "$(ctl sessions)"
