#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A data repository that fails, in whatever way, costs that command its status and nothing else: the commands behind it
# run, the session ends in order, and of no document only a part is in the tree.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib-dm2.sh"

motd=./Vendor/Example/Motd
cp "$OMADM_SOURCE_DIR/data/examples/vendor-example.ddf.xml" "$work/config/ddf.d/"
printf '[Daemon]\nHttpTimeout=1\nResends=0\nRetryDelay=1\n' > "$work/config/omadm.conf"
start_bus
start_server --port 0 --data-types "$mo_type"
start_daemon
dm2_enrol --manage ./Vendor/Example
repository=${http_url%/}/data
document well '[{"ClientURI":"'$example'//Motd","MOData":{"Motd":"Changed"}},{"ClientURI":"'$example'//Sites/new","MOData":{"new":{"Url":"https://new.example/"}}}]'

untouched() { is "the tree" "Welcome. " "$(ctl get $motd) $(ctl get ./Vendor/Example/Sites)"; }

# row WHAT STATUS COMMAND: STATUS, which may be a pattern, is the command's; those before and behind it run
row() {
  note "$1"
  queue '[["GET", "'$example'//LogLevel"], '"$3"', ["GET", "'$example'//LogLevel"]]'
  exits 0 ctl sync two
  behave
  output=$(answers)
  is "answers" 3 "$(wc -l <<< "$output")"
  has "the first" 'LogLevel 200 ' "$(sed -n 1p <<< "$output")"
  has "its status" " $2( |\$)" "$(sed -n 2p <<< "$output")"
  has "the last" 'LogLevel 200 ' "$(sed -n 3p <<< "$output")"
  untouched
}

hget='["HGET", "'"$repository"'/well"]'
row "there is none" 404 '["HGET", "'"$repository"'/missing"]'
for status in 401 403 410 429 500 503; do
  misbehave '{ "next": "status", "status": '$status', "path": "/data/well" }'
  row "HTTP $status" "$status" "$hget"
done
misbehave '{ "next": "drop", "path": "/data/well", "count": 9 }'
row "the connection ends" 502 "$hget"
misbehave '{ "next": "delay", "ms": 20000, "path": "/data/well" }'
row "no answer" 504 "$hget"
misbehave '{ "next": "truncate", "keep": 60, "path": "/data/well" }'
row "an answer that is cut" '(502|400|415)' "$hget"
misbehave '{ "next": "empty", "path": "/data/well" }'
row "an empty answer" 415 "$hget"
misbehave '{ "next": "garbage", "path": "/data/well" }'
row "rubbish" 415 "$hget"
misbehave '{ "next": "media-type", "type": "text/html", "path": "/data/well" }'
row "a type that is none of MO data" 415 "$hget"
misbehave '{ "next": "redirect", "path": "/data/well", "location": "/data/well", "count": 20 }'
row "redirects without end" '(502|403|3..)' "$hget"

# refuses WHAT STATUS DOCUMENT [COMMAND]
refuses() {
  document bad "$3"
  row "$1" "$2" "${4:-$hget_bad}"
}
hget_bad='["HGET", "'"$repository"'/bad"]'
good='{"ClientURI":"'$example'//Motd","MOData":{"Motd":"Changed"}}'
refuses "JSON that ends in the middle" 415 "[$good,{\"ClientURI\""
refuses "JSON with something behind it" 415 "[$good] x"
refuses "JSON that is no MO data" 415 '{"a":[1,2]}'
refuses "a node that the DDF does not have" '(404|415)' "[$good,{\"ClientURI\":\"$example//Sites/x\",\"MOData\":{\"x\":{\"Url\":\"u\",\"Nonsense\":\"1\"}}}]"
refuses "a value that is not permitted" 415 "[$good,{\"ClientURI\":\"$example//LogLevel\",\"MOData\":{\"LogLevel\":\"99\"}}]"
refuses "a value of another format" 415 "[$good,{\"ClientURI\":\"$example//LogLevel\",\"MOData\":{\"LogLevel\":\"many\"}}]"
refuses "a leaf that is an interior node" '(405|409|415)' "[$good,{\"ClientURI\":\"$example//Sites\",\"MOData\":{\"Sites\":\"x\"}}]"
refuses "an object that nobody has" '(404|415)' "[$good,{\"ClientURI\":\"urn:oma:mo:ext-none:1.0//\",\"MOData\":{\"x\":{\"A\":\"1\"}}}]"
refuses "an object that is not the server's" '(403|404|405)' '[{"ClientURI":"urn:oma:mo:oma-dm-devinfo:1.0//Man","MOData":{"Man":"x"}}]'
refuses "another address than the command's" '(409|415)' "[$good]" '["HGET", "'"$repository"'/bad", "'$example'//Sites/x"]'
refuses "an instance that there cannot be" '(404|405)' '[{"ClientURI":"'$example'//","MOData":{"Other":{"Motd":"x"}}}]' '["HGET", "'"$repository"'/bad", "urn:oma:mo:ext-example:1.0/Other/"]'

note "what the device brings"
row "HPUT: it is taken" 200 '["HPUT", "'"$repository"'/up", "'$example'//Motd"]'
for status in 403 500 507; do
  misbehave '{ "next": "status", "status": '$status', "path": "/data/up" }'
  row "HPUT: HTTP $status" "$status" '["HPUT", "'"$repository"'/up", "'$example'//Motd"]'
done
misbehave '{ "next": "drop", "path": "/data/up", "count": 9 }'
row "HPOST: the connection ends" 502 '["HPOST", "'"$repository"'/up", "'$example'//Motd"]'
row "HPUT: nothing to bring" 404 '["HPUT", "'"$repository"'/up", "'$example'//Nothing"]'

note "it works when the repository does"
queue "[$hget]"
exits 0 ctl sync two
has "the answer" '^HGET .* 200' "$(answers)"
is "the tree" "Changed new" "$(ctl get $motd) $(ctl get ./Vendor/Example/Sites)"
