#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Documents of many octets and of many nodes come and go whole, as JSON and as TNDS; one above the account's limit is
# refused, and a daemon that is killed while one comes has all of it or nothing.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib-dm2.sh"

motd=./Vendor/Example/Motd
cp "$OMADM_SOURCE_DIR/data/examples/vendor-example.ddf.xml" "$work/config/ddf.d/"
printf '[Daemon]\nHttpTimeout=20\nResends=0\nRetryDelay=3600\n' > "$work/config/omadm.conf"
start_bus
start_server --port 0
start_daemon
dm2_enrol --manage ./Vendor/Example
repository=${http_url%/}/data

# put NAME FILE [TYPE]: as document(), of a file
put() {
  curl -sS --fail-with-body --max-time 60 -X PUT -H "Content-Type: ${3:-$mo_type}" -T "$2" "$admin/data/$1" > "$work/answer" ||
    die "the server refused a document: $(cat "$work/answer")"
}
value_of() { python3 -c 'import hashlib, json, sys; print(hashlib.sha256(json.load(open(sys.argv[1]))[0]["MOData"]["Motd"].encode()).hexdigest())' "$1"; }

note "a value of 20 MiB, with all that JSON escapes"
python3 - "$work/large" "$example" <<'PYTHON'
import json, sys
text = ('A line with "quotes", a \\ backslash, a tab\t, ä, € and \U0001f600.\n' * 330000)
with open(sys.argv[1], "w", encoding="utf-8") as file:
    json.dump([{"ClientURI": sys.argv[2] + "//Motd", "MOData": {"Motd": text}}], file)
PYTHON
put large "$work/large"
queue '[["HGET", "'"$repository"'/large"], ["HPUT", "'"$repository"'/back", "'$example'//Motd"], ["GET", "'$example'//LogLevel"]]'
exits 0 ctl sync two
is "the answers" "200 200 200" "$(answers | sed -E 's/^[A-Z]+ [^ ]+ ([0-9]+).*/\1/' | xargs)"
stored back > "$work/back"
is "what came back" "$(value_of "$work/large")" "$(value_of "$work/back")"

note "2,000 nodes"
python3 - "$work/many" "$example" <<'PYTHON'
import json, sys
sites = {f"site {n}": {"Url": f"https://{n}.example/", "Enabled": "true"} for n in range(660)}
with open(sys.argv[1], "w", encoding="utf-8") as file:
    json.dump([{"ClientURI": sys.argv[2] + "//Sites", "MOData": {"Sites": sites}}], file)
PYTHON
put many "$work/many"
queue '[["HGET", "'"$repository"'/many", "'$example'//Sites"], ["HPUT", "'"$repository"'/back", "'$example'//Sites"]]'
exits 0 ctl sync two
is "the answers" "200 200" "$(answers | sed -E 's/^[A-Z]+ [^ ]+ ([0-9]+).*/\1/' | xargs)"
stored back > "$work/back"
is "what came back" "$(python3 -c 'import json, sys; print(sorted(json.load(open(sys.argv[1]))[0]["MOData"]["Sites"].items()) == sorted(json.load(open(sys.argv[2]))[0]["MOData"]["Sites"].items()))' "$work/many" "$work/back")" True

note "the same as TNDS, which replaces all that is there"
{
  echo '<MgmtTree><VerDTD>1.2</VerDTD><Node><NodeName>Sites</NodeName><RTProperties><Format><node/></Format></RTProperties>'
  for n in 1 2 3; do
    echo "<Node><NodeName>tnds-$n</NodeName><RTProperties><Format><node/></Format></RTProperties><Node><NodeName>Url</NodeName><RTProperties><Format><chr/></Format></RTProperties><Value>https://t$n.example/</Value></Node></Node>"
  done
  echo '</Node></MgmtTree>'
} > "$work/tnds"
put tnds "$work/tnds" application/vnd.syncml.dmtnds+xml
queue '[["HGET", "'"$repository"'/tnds", "'$example'//Sites"]]'
exits 0 ctl sync two
has "the answer" ' 200' "$(answers)"
is "the sites" "tnds-1 tnds-2 tnds-3" "$(ctl get ./Vendor/Example/Sites | tr '/\n' '  ' | xargs)"
is "a value" "https://t3.example/" "$(ctl get ./Vendor/Example/Sites/tnds-3/Url)"

note "above the limit of the account"
exits 0 ctl account remove two
dm2_enrol --manage ./Vendor/Example --option max-object-size=100000
before=$(ctl get $motd | sha256sum)
queue '[["HGET", "'"$repository"'/large"], ["GET", "'$example'//LogLevel"]]'
exits 0 ctl sync two
is "the answers" "413 200" "$(answers | sed -E 's/^[A-Z]+ [^ ]+ ([0-9]+).*/\1/' | xargs)"
is "the value" "$before" "$(ctl get $motd | sha256sum)"
exits 0 ctl account remove two
dm2_enrol --manage ./Vendor/Example

note "kills while a document comes"
for ms in 20 60 100 150 250 400; do
  queue '[["HGET", "'"$repository"'/many", "'$example'//Sites"]]'
  ctl sync two > /dev/null 2>&1 &
  syncing=$!
  sleep "0.$(printf %03d $ms)"
  kill_daemon
  wait "$syncing"
  start_daemon
  found=$(ctl get ./Vendor/Example/Sites | tr '/' '\n' | grep -c .)
  case $found in
    3) ;;
    660)
      queue '[["HGET", "'"$repository"'/tnds", "'$example'//Sites"]]'
      exits 0 ctl sync two ;;
    *) die "$found sites after a kill" ;;
  esac
  note "  $ms ms: $found sites"
  curl -sS --max-time 30 -X DELETE "$admin/devices/$(device_id)/commands" > /dev/null
done
