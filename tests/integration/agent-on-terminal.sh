#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# omadmctl agent on a terminal: every kind of question, what is typed in secret stays secret, and the
# terminal is left as it was found.
. "$(dirname "$0")/lib.sh"
need python3

start_bus
start_md5_server
start_daemon
enrol
start_monitor

# ask CODE OPTIONS TEXT [CHOICE]...: with a session
ask() {
  local items="{ \"data\": \"$2\" }" text
  for text in "${@:3}"; do items="$items, { \"data\": \"$text\" }"; done
  queue "[{ \"command\": \"Alert\", \"code\": $1, \"items\": [$items] }]"
  exits 0 ctl sync
}

cat > "$work/script" <<'SCRIPT'
expect Waiting for questions
expect The server omadm-testserver says:
expect   | Good morning
expect asks:
expect   | Really?
expect Yes, no or cancel? [Y/n/c] 
echo on
type perhaps
expect Please answer y, n or c.
expect [Y/n/c] 
type
expect   | Password?
echo off
type hush-hush-7
echo on
expect   | How many?
type many
expect a number
type 42
expect   | Which?
expect   | 1. Red
expect   | 2. Blue
type 3
expect There is no such choice.
type 2
expect   | Which ones?
type 1 2
expect   | In time?
expect Too late.
expect   | Secret, but late?
echo off
expect Too late.
echo on
expect   | Take it back?
key C-d
expect   | The last one?
key C-c
SCRIPT
"$(dirname "$0")/agent-on-terminal.py" "$work/script" "${ctl[@]}" agent > "$work/terminal" 2>&1 &
player=$!

# The agent is there when its question is answered otherwise than 406.
for _ in $(seq 240); do
  queue '[{ "command": "Alert", "code": 1100, "items": [{}, { "data": "Good morning" }] }]'
  exits 0 ctl sync
  said=$(results)
  grep -qE 'Alert +200' <<< "$said" && break
  sleep 0.25
done
has "the text is shown" 'Alert +200' "$said"

note "yes or no"
ask 1101 'MAXDT=30&DR=1' 'Really?'
has "the status" 'Alert +200' "$(results)"

note "text, hidden and with its kind"
ask 1102 'MAXDT=30&ET=P' 'Password?'
is "what the server got" 1 "$(curl -sS --max-time 30 "$admin/devices/$(device_id)/messages" | grep -c hush-hush-7)"
has "the status" 'Alert +200' "$(results)"
ask 1102 'MAXDT=30&IT=N' 'How many?'
has "the status" 'Alert +200' "$(results)"

note "choices"
ask 1103 'MAXDT=30' 'Which?' Red Blue
has "the status" 'Alert +200' "$(results)"
ask 1104 'MAXDT=30' 'Which ones?' Red Blue
has "the status" 'Alert +200' "$(results)"

note "no answer in time"
ask 1101 'MAXDT=1' 'In time?'
has "the status" 'Alert +408' "$(results)"
ask 1102 'MAXDT=1&ET=P' 'Secret, but late?'
has "the status" 'Alert +408' "$(results)"

note "the end of a terminal's input takes a question back, and Ctrl-C ends the agent"
ask 1102 'MAXDT=30' 'Take it back?'
has "the status" 'Alert +214' "$(results)"
ask 1101 'MAXDT=30' 'The last one?'
has "the status" 'Alert +214' "$(results)"
wait "$player" || die "the agent exited with $?: $(cat "$work/terminal")"

note "what was typed in secret shows nowhere"
stop_monitor
for file in terminal monitor.log omadmd.log; do
  ! grep -q hush-hush-7 "$work/$file" || die "the password is in $file"
done
has "the monitor shows that there was an answer" 'Data: \[redacted\]' "$(cat "$work/monitor.log")"
has "the monitor shows the question" 'Data: Password\?' "$(cat "$work/monitor.log")"
