#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Device and server agree on the type of what is put (DM Protocol 2.0, OMADM-Accept, 406 and 415), and a session with a
# server that wants what the device has not ends in order, or as a failed one.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib-dm2.sh"

tnds=application/vnd.syncml.dmtnds+xml
cp "$OMADM_SOURCE_DIR/data/examples/vendor-example.ddf.xml" "$work/config/ddf.d/"
printf '[Daemon]\nHttpTimeout=2\nResends=0\nRetryDelay=1\n' > "$work/config/omadm.conf"
start_bus
start_server --port 0
start_daemon
port=${http_url##*:} port=${port%/}
dm2_enrol --manage ./Vendor/Example
repository=${http_url%/}/data

# with [OPTION]...: the server, started once more; then a PUT, a POST and a GET
with() {
  stop_server
  start_server --port "$port" "$@"
  queue '[["HPUT", "'"$repository"'/put", "'$example'//Motd"], ["HPOST", "'"$repository"'/posted", "'$example'//Motd"], ["GET", "'$example'//LogLevel"]]'
  requests > /dev/null
  exits 0 ctl sync two
  output=$(answers | sed -E 's/^[A-Z]+ [^ ]+ ([0-9]+).*/\1/' | xargs)
}
puts() { requests | grep -c /data/; }

note "a repository that takes another type is told of with 415, and gets that"
with --data-types "$tnds"
is "answers" "200 200 200" "$output"
has "what came" '<MgmtTree.*Welcome\.' "$(stored put | tr -d '\n')"
[ "$(puts)" -ge 3 ] || die "it was not told of with 415"

note "a server that says so before is spared the first try"
with --data-types "$tnds" --announced-types "$tnds"
is "answers" "200 200 200" "$output"
is "requests" 2 "$(puts)"

note "types that the device does not have"
with --data-types text/html
is "answers" "415 415 200" "$output"
with --announced-types text/html
is "answers" "406 406 200" "$output"
is "requests" 0 "$(puts)"
with --announced-types "text/html, application/json;q=0.5"
is "answers" "200 200 200" "$output"
has "what came" '"Motd" *: *"Welcome\."' "$(stored put)"

note "a package 2 of another type, HTTP errors, and what is no package fail the session and nothing else"
queue '[["HPUT", "'"$repository"'/put", "'$example'//Motd"]]'
for fault in '"media-type", "type": "text/html"' '"status", "status": 406' '"status", "status": 415' '"500"' '"garbage"' '"truncate"' '"drop", "count": 9'; do
  misbehave '{ "next": '"$fault"' }'
  exits '[!0]' ctl sync two
  behave
done
exits 0 ctl sync two

note "no END for ever is given up"
misbehave '{ "next": "no-end", "count": 1000 }'
exits '[!0]' ctl sync two
behave
n=$(requests | grep -c '^POST')
{ [ "$n" -ge 50 ] && [ "$n" -le 100 ]; } || die "$n packages"

note "an empty answer ends a session in order, as END does"
for fault in '"empty"' '"garbage", "body": "{\"CMD\":[]}"' '"status", "status": 204'; do
  misbehave '{ "next": '"$fault"' }'
  exits 0 ctl sync two
done
hasnt "breaches" '^error' "$(dm2_results)"
