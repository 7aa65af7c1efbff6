#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What a server wants to know of the user is asked on a terminal by omadmctl agent, and the answers
# decide what happens.
. "$(dirname "$0")/lib.sh"

cp "$OMADM_SOURCE_DIR/data/examples/vendor-example.ddf.xml" "$work/config/ddf.d/"
start_bus
start_md5_server
start_daemon
enrol

confirm='{ "command": "Alert", "code": 1101, "items": [{ "data": "MAXDT=30&DR=1" }, { "data": "Really?\u009b2J\u202e" }] }'
replace='{ "command": "Replace", "uri": "./Vendor/Example/Motd", "data": "NEW" }'

note "nobody is there to be asked"
queue "[$confirm]"
exits 0 ctl sync
has "the status" 'Alert +406' "$(results)"

note "an agent asks"
mkfifo "$work/answers"
"${ctl[@]}" agent < "$work/answers" > "$work/agent.log" 2>&1 &
agent_pid=$!
exec 9> "$work/answers"
wait_line '^Waiting' "$work/agent.log" "$agent_pid" > /dev/null || die "the agent: $(cat "$work/agent.log")"

note "a text is shown, and yes lets a Sequence go on"
queue "[{ \"command\": \"Alert\", \"code\": 1100, \"items\": [{}, { \"data\": \"Good morning\" }] },
  { \"command\": \"Sequence\", \"commands\": [$confirm, ${replace/NEW/yes}] }]"
echo y >&9
exits 0 ctl sync
is "the value" yes "$(ctl get ./Vendor/Example/Motd)"
has "the text" '^  \| Good morning$' "$(cat "$work/agent.log")"
has "the question without control characters" '^  \| Really\?2J$' "$(cat "$work/agent.log")"
has "what is offered" 'Y/n/c' "$(cat "$work/agent.log")"

note "no stops it"
queue "[{ \"command\": \"Sequence\", \"commands\": [$confirm, ${replace/NEW/no}] }]"
echo n >&9
results > /dev/null
exits 0 ctl sync
said=$(results)
has "the statuses" 'Alert +304' "$said"
has "the statuses" 'Motd 215' "$said"
is "the value" yes "$(ctl get ./Vendor/Example/Motd)"

note "cancel stops the message, also an Atomic"
queue "[{ \"command\": \"Atomic\", \"commands\": [${replace/NEW/cancel}, $confirm] }, ${replace/NEW/behind}]"
echo c >&9
exits 0 ctl sync
has "the statuses" 'Alert +214' "$(results)"
is "the value" yes "$(ctl get ./Vendor/Example/Motd)"

note "an entry of the wrong kind is asked for again"
queue '[{ "command": "Alert", "code": 1102, "items": [{ "data": "IT=N&MAXLEN=3" }, { "data": "How many?" }] }]'
printf 'many\n1234\n42\n' >&9
exits 0 ctl sync
has "the status" 'Alert +200' "$(results)"
has "what was wrong" 'a number' "$(cat "$work/agent.log")"
has "what was wrong" 'too long' "$(cat "$work/agent.log")"

note "nobody answers in time"
queue '[{ "command": "Alert", "code": 1103,
  "items": [{ "data": "MAXDT=1" }, { "data": "Which?" }, { "data": "Red" }, { "data": "Blue" }] }]'
exits 0 ctl sync
has "the status" 'Alert +408' "$(results)"
has "the choices" '^  \| 2\. Blue$' "$(cat "$work/agent.log")"

note "the agent ends with its input"
exec 9>&-
wait "$agent_pid" || die "omadmctl agent exited with $?: $(cat "$work/agent.log")"
queue "[$confirm]"
exits 0 ctl sync
has "the status" 'Alert +406' "$(results)"
