#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Instances of a management object come with HGET, are found by what they hold, are told of in package 1 when they
# change, go with DELETE; rights on them are delegated; one that is missing is fetched from where a server said (DEFAULT).
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib-dm2.sh"

thing=urn:oma:mo:ext-thing:1.0
cp "$OMADM_SOURCE_DIR/tests/integration/things.ddf.xml" "$work/config/ddf.d/"
start_bus
start_md5_server
start_daemon
dm2_enrol --manage ./Vendor/Things
repository=${http_url%/}/data
exits 0 ctl sync two
hasnt "what there is" "$thing" "$(dm2_results)"

note "the device names them"
document red '[{"ClientURI":"'$thing'//","MOData":{"x":{"Colour":"red","Weight":"5"}}}]'
document two '[{"ClientURI":"'$thing'//","MOData":{"x":{"Colour":"blue"}}},{"ClientURI":"'$thing'/own/","MOData":{"own":{"Colour":"red"}}}]'
queue '[["HGET", "'"$repository"'/red"], ["HGET", "'"$repository"'/two"]]'
exits 0 ctl sync two
found=$(answers)
red=$(sed -n "s|^HGET $repository/red 200 $thing/\([^/]*\)/*\$|\1|p" <<< "$found")
blue=$(sed -n "s|^HGET $repository/two 200 $thing/\([^/]*\)/* $thing/own/*\$|\1|p" <<< "$found")
{ [ -n "$red" ] && [ -n "$blue" ]; } || die "no instances: $found"
is "a value" red "$(ctl get "./Vendor/Things/$red/Colour")"
is "an instance" "./Vendor/Things/own" "$(ctl find $thing | grep own)"

note "they are told of in the next session, and not again"
exits 0 ctl sync two
has "what there is" "^objects $thing( ($red|$blue|own)){3}\$" "$(dm2_results)"
exits 0 ctl sync two
hasnt "what there is" '^objects' "$(dm2_results)"

note "they are found by what they hold"
queue '[["GET", "'$thing'/(x)/Weight?nv=(x)/Colour:red&nv=(x)/Weight:5"], ["GET", "'$thing'/*/Colour"], ["GET", "'$thing'//Colour"],
  ["GET", "'$thing'/(x)/Colour?nv=(x)/Colour:green"], ["DELETE", "'$thing'/(x)/?nv=(x)/Colour:red"]]'
exits 0 ctl sync two
found=$(answers)
has "one of them" "/$red/Weight\",\"MOData\":\{\"Weight\":\"5\"\}" "$(sed -n 1p <<< "$found")"
is "all of them" 3 "$(sed -n 2p <<< "$found" | grep -o '"Colour":' | wc -l)"
is "the others" "404 404 409" "$(sed -n '3,$p' <<< "$found" | awk '{ print $3 }' | xargs)"

note "what the server has already is not sent"
queue '[["GET", "'$thing'/own/"]]'
exits 0 ctl sync two
cv=$(answers | sed -n 's/.*"CV":"\([^"]*\)".*/\1/p')
queue '[["GET", "'$thing'/own/?cv='"$cv"'"], ["GET", "'$thing'/own/?cv=other"]]'
exits 0 ctl sync two
is "the answers" "304 200" "$(answers | awk '{ print $3 }' | xargs)"
exits 0 ctl set ./Vendor/Things/own/Colour green
queue '[["GET", "'$thing'/own/?cv='"$cv"'"]]'
exits 0 ctl sync two
is "the answer after a change" 200 "$(answers | awk '{ print $3 }')"

note "rights are delegated, and those of DM 1.x"
enrol
queue '[{ "command": "Get", "uri": "./Vendor/Things/own/Colour" }]'
exits 0 ctl sync test
has "before" 'status Get ./Vendor/Things/own/Colour 200' "$(results)"
rights='[{"ClientURI":"urn:oma:mo:oma-dm-dac:1.0/'"$(python3 -c 'import urllib.parse, sys; print(urllib.parse.quote(sys.argv[1], safe=""))' "$thing/own")"'/ACL","MOData":{"ACL":{"1":{"SrvID":"dm2","Rights":"15"}}}}]'
document rights "$rights"
queue '[["GET", "urn:oma:mo:oma-dm-dac:1.0/(x)/?nv=(x)/MIID:own"], ["HGET", "'"$repository"'/rights"]]'
exits 0 ctl sync two
is "the answers" "200 200" "$(answers | awk '{ print $3 }' | xargs)"
queue '[{ "command": "Get", "uri": "./Vendor/Things/own/Colour" }]'
exits 0 ctl sync test
has "what the others may" 'status Get ./Vendor/Things/own/Colour (40.|425)' "$(results)"
document rights "$(sed 's/}}}]$/,"2":{"SrvID":"omadm-testserver","Rights":"1"}}}}]/' <<< "$rights")"
queue '[["HGET", "'"$repository"'/rights"]]'
exits 0 ctl sync two
has "the answer" ' 200' "$(answers)"
queue '[{ "command": "Get", "uri": "./Vendor/Things/own/Colour" }]'
exits 0 ctl sync test
has "what it may then" 'results ./Vendor/Things/own/Colour green' "$(results)"

note "they go"
queue '[["DELETE", "'$thing'/*/"], ["DELETE", "'$thing'/'"$red"'/"], ["DELETE", "'$thing'/'"$blue"'/"], ["DELETE", "'$thing'/own/"], ["DELETE", "'$thing'/own/"]]'
exits 0 ctl sync two
is "the answers" "409 200 200 200 404" "$(answers | awk '{ print $3 }' | xargs)"
is "the tree" "" "$(ctl get ./Vendor/Things)"

note "one that is missing is fetched where the server said, without telling it"
queue '[["DEFAULT", "'"$repository"'/none", "'$thing'"], ["DEFAULT", "'"$repository"'/red", "'$thing'"]]'
exits 0 ctl sync two
is "the answers" "200 200" "$(answers | awk '{ print $3 }' | xargs)"
kill_daemon
start_daemon
is "instances" "" "$(ctl find $thing 2> /dev/null)"
requests > /dev/null
exits 0 ctl find $thing --fetch
has "the instance" '^./Vendor/Things/.' "$output"
is "what was asked" "GET /data/red 200" "$(requests | cut -d ' ' -f 1-3)"
is "a value" red "$(ctl get "./Vendor/Things/$(ctl get ./Vendor/Things)/Colour")"
exits 0 ctl find $thing --fetch
is "what was asked then" "" "$(requests)"
hasnt "breaches" '^error' "$(dm2_results)"
