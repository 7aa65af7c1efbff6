#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A server that subscribed (DM Protocol 2.0, SUB) gets each change of the subtree, those that follow each other in one
# document, once, whoever made it, and also when the daemon was killed before it could tell.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib-dm2.sh"

motd=./Vendor/Example/Motd
cp "$OMADM_SOURCE_DIR/data/examples/vendor-example.ddf.xml" "$work/config/ddf.d/"
printf '[Daemon]\nHttpTimeout=2\nResends=0\nRetryDelay=1\n' > "$work/config/omadm.conf"
start_bus
start_md5_server
start_daemon
dm2_enrol --manage ./Vendor/Example
enrol --manage ./Vendor/Example
repository=${http_url%/}/data

# pushed VALUE: until the repository has it
pushed() { until_has "\"Motd\":\"$1\"" eval 'stored changes | json 2> /dev/null'; }
n_pushed() { grep -c '^PUT /data/changes 204' "$work/requests"; }

queue '[["SUB", "'"$repository"'/changes", "'$example'//"]]'
exits 0 ctl sync two
has "the status" "^SUB .* 200\$" "$(dm2_results)"

note "changes of the machine, of a server of 1.2, and of its own go there"
exits 0 ctl set $motd "By hand"
pushed "By hand"
has "the whole subtree" '"ClientURI":"urn:oma:mo:ext-example:1.0/Example/?","MOData":\{"Example":\{"LogLevel":"4"' "$output"
queue '[{ "command": "Replace", "uri": "'$motd'", "data": "By 1.2" }]'
exits 0 ctl sync test
pushed "By 1.2"

note "changes that follow each other go in one document"
sleep 3
requests > /dev/null
for value in 1 2 3 4 5; do exits 0 ctl set $motd "Value $value"; done
pushed "Value 5"
requests > "$work/requests"
[ "$(n_pushed)" -le 2 ] || die "$(n_pushed) documents for five changes"

note "what is as the server has it is not sent again, also after a restart"
exits 0 ctl set $motd "Value 5"
restart_daemon
exits 0 ctl set $motd "Value 6"
pushed "Value 6"
requests > "$work/requests"
is "documents" 1 "$(n_pushed)"

note "a kill between the change and the document"
exits 0 ctl set $motd "Before the kill"
kill_daemon
hasnt "what the server has" 'Before the kill' "$(stored changes)"
start_daemon
pushed "Before the kill"

note "a repository that fails is tried again"
requests > /dev/null
misbehave '{ "next": "503", "path": "/data/changes", "count": 2 }'
exits 0 ctl set $motd "After failures"
pushed "After failures"
behave

note "another type when the server wants it"
stop_server
port=${http_url##*:}
start_md5_server --port "${port%/}" --data-types application/vnd.syncml.dmtnds+xml
exits 0 ctl set $motd "As a document"
until_has '<Value>As a document</Value>' stored changes

note "no right, nothing sent"
queue '[{ "command": "Replace", "uri": "./Vendor/Example?prop=ACL", "data": "Get=omadm-testserver&Replace=omadm-testserver" }]'
exits 0 ctl sync test
requests > /dev/null
exits 0 ctl set $motd "Not for 2.0"
wait_line "not told of changes of $example//" "$work/omadmd.log" "$daemon_pid" > /dev/null || die "it is not logged"
hasnt "what the server has" 'Not for 2.0' "$(stored changes)"

note "none after UNSUB, none of an account that is gone"
queue '[{ "command": "Replace", "uri": "./Vendor/Example?prop=ACL", "data": "Get=*&Replace=omadm-testserver" }]'
exits 0 ctl sync test
until_has 'Not for 2.0' stored changes
queue '[["UNSUB", "'$example'//"], ["UNSUB", "'$example'//"], ["SUB", "'"$repository"'/later", "'$example'//Motd"]]'
exits 0 ctl sync two
is "the answers" "UNSUB $example// 200
UNSUB $example// 404
SUB $repository/later 200" "$(answers)"
exits 0 ctl set $motd "Later"
until_has 'Later' stored later
hasnt "what the server has of the first" 'Later' "$(stored changes)"
exits 0 ctl account remove two
exits 0 ctl set $motd "Nobody's"
restart_daemon
sleep 3
hasnt "what the server has" "Nobody's" "$(stored later)"
