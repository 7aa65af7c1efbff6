#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# With --json every verb prints JSON, errors too, with the names that omadmctl(1) promises.
. "$(dirname "$0")/lib.sh"
need json-glib-validate json-glib-format

cp "$OMADM_SOURCE_DIR/data/examples/vendor-example.ddf.xml" "$work/config/ddf.d/"
cat > "$work/config/ddf.d/octets.ddf.xml" <<'DDF'
<MgmtTree><VerDTD>1.2</VerDTD><Node><NodeName>Octets</NodeName><Path>./Vendor</Path><DFProperties>
<AccessType><Get/><Replace/></AccessType><DFFormat><bin/></DFFormat><Occurrence><One/></Occurrence><Scope><Permanent/></Scope>
<DFType><MIME>application/octet-stream</MIME></DFType></DFProperties></Node></MgmtTree>
DDF
echo "no DDF" > "$work/config/ddf.d/bad.ddf.xml"
start_bus
start_md5_server
start_daemon

# json STATUS MEMBERS ARGUMENT...: omadmctl exits with STATUS, prints JSON, and it has these members
json() {
  local wanted=$1 members=$2 status=0 member
  shift 2
  ctl "$@" > "$work/json" 2> "$work/stderr" || status=$?
  is "exit status of $*" "$wanted" "$status"
  json-glib-validate "$work/json" || die "no JSON from $*: $(cat "$work/json")"
  for member in $members; do
    grep -q "\"$member\" : " "$work/json" || die "no \"$member\" from $*: $(cat "$work/json")"
  done
  is "standard error of $*" "" "$(cat "$work/stderr")"
}

json 0 "version device-id nodes accounts sessions plugins refused-ddf aside" --json status
json 0 "version" status --json
json 0 "name state reason uris" --json status
json 0 "name version state file abi uris transactions crashes failures" --json plugin list
json 0 "name state nodes uri format access served handler flags" --json plugin show devinfo
json 0 "nodes uri format type readable value truncated" --json tree
json 0 "nodes truncated" tree --json --depth 1 ./Vendor
json 0 "uri format type value" --json get ./Vendor/Example/Motd
has "the value" '"value" : "Welcome\."' "$(cat "$work/json")"
json 0 "value" --json get ./Vendor/Example
json 0 "value" --json get ./Vendor/Example/LogLevel
json 0 "uri property value" --json get --property Format ./Vendor/Example/Motd
json 0 "" --json set ./Vendor/Example/Motd 'a "quoted" \ text
of two lines'
json 0 "value" --json get ./Vendor/Example/Motd
has "the value" '"value" : "a \\"quoted\\" \\\\ text\\nof two lines"' "$(cat "$work/json")"
json 0 "" --json add ./Vendor/Example/Sites/x
json 0 "" --json add ./Vendor/Example/Sites/x/Url https://x.example/
json 0 "" --json set --property Title ./Vendor/Example/Motd "A title"
json 0 "" --json delete ./Vendor/Example/Sites/x

note "octets that are no text stand as base64 under another name"
printf '\377\0octets' > "$work/octets"
json 0 "" --json set --file "$work/octets" ./Vendor/Octets
json 0 "value-base64" --json get ./Vendor/Octets
hasnt "the octets" '"value" :' "$(cat "$work/json")"
is "the octets" "$(base64 < "$work/octets")" "$(sed -n 's/.*"value-base64" : "\(.*\)".*/\1/p' "$work/json")"
json 0 "value-base64" --json tree ./Vendor/Octets

note "accounts and sessions"
json 0 "name" --json account add test --server-id omadm-testserver --url "$http_url" --allow-http --auth md5 \
  --user edge-7 --secret-file "$work/secret" --server-auth md5 --server-user server \
  --server-secret-file "$work/server-secret"
json 0 "name server-id url auth server-auth encoding allow-http" --json account list
json 0 "name server-id url" --json account show test
queue '{ "command": "Get", "uri": "./Vendor/Octets" }'
"${ctl[@]}" --json monitor > "$work/monitor.json" 2>&1 &
monitor_pid=$!
# It says nothing before there is a message, so sessions are run until it sees one.
for _ in {1..50}; do
  exits 0 ctl sync
  [ ! -s "$work/monitor.json" ] || break
done
json 0 "id account state reason start-time end-time messages-sent messages-received commands failed-commands" --json sync
has "the state" '"state" : "succeeded"' "$(cat "$work/json")"
json 0 "id account state" --json sessions --limit 1
wait_line '"direction" *: *"received"' "$work/monitor.json" "$monitor_pid" > /dev/null || die "the monitor shows nothing received"
stop_monitor
while read -r line; do
  echo "$line" > "$work/json"
  json-glib-validate "$work/json" || die "no JSON from monitor: $line"
  for member in session account direction number text; do has "monitor" "\"$member\"" "$line"; done
done < "$work/monitor.json"
stop_server
json 1 "state reason" --json sync
has "the state" '"state" : "failed"' "$(cat "$work/json")"

note "errors"
json 1 "error name message" --json get ./Nothing
has "the error" '"name" : "org\.omadm\.Agent1\.Error\.NotFound"' "$(cat "$work/json")"
json 1 "error name message" --json set ./DevInfo/Man x
json 1 "error name message" --json exec ./Vendor/Example/Motd
json 1 "error name message" --json account show nobody
json 1 "error name message" --json plugin show nobody
json 1 "error name message" --json account remove nobody
json 1 "error name message" --json account add test --server-id x --url "$http_url" --secret-file "$work/no-such-file"
json 1 "error name message" --json sync nobody
json 2 "error name message" --json no-such-verb
json 2 "error name message" --json get
json 2 "error name message" get --json --no-such-option
json 2 "error name message" --json --no-such-option get
json 0 "" --json account remove test
json 1 "error name message" --json sync
stop_daemon
json 3 "error name message" --json status
