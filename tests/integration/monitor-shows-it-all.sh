#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What goes over the wire can be read with omadmctl monitor, in either encoding: documents, parts of
# large objects, alerts, messages that go out again.  No secret shows there, in the log, or in what
# anybody else hears on the bus.
. "$(dirname "$0")/lib.sh"

motd=./Vendor/Example/Motd
password=planted-value-of-a-node
echo '[Daemon]
ResendDelay=1' > "$work/config/omadm.conf"
cp "$OMADM_SOURCE_DIR/data/examples/vendor-example.ddf.xml" "$work/config/ddf.d/"
echo planted-http-secret > "$work/http-secret"
start_bus
start_server --port 0 --users "$work/users" --http-auth digest --http-user "web:planted-http-secret" --max-msg-size 6000
start_daemon
dbus-monitor --address "$bus" > "$work/bus-heard.log" 2>&1 &
listener=$!

site() {                               # site NAME: a TNDS document
  echo "<MgmtTree><VerDTD>1.2</VerDTD><Node><NodeName>$1</NodeName><RTProperties><Format><node/></Format></RTProperties><Node><NodeName>Url</NodeName><RTProperties><Format><chr/></Format></RTProperties><Value>$password</Value></Node></Node></MgmtTree>"
}

large=$(head -c 9000 /dev/zero | tr '\0' L)
for encoding in xml wbxml; do
  note "$encoding"
  enrol --encoding "$encoding" --http-auth digest --http-user web --http-secret-file "$work/http-secret" \
    --option max-message-size=6000
  start_monitor
  exits 0 ctl alert --account test --data 'Disk is full' --mark warning --source ./DevInfo/DevId org.example/Disk
  misbehave '{ "next": "drop", "skip": 1, "count": 1 }'
  queue "[
    { \"command\": \"Replace\", \"uri\": \"$motd\", \"data\": \"$large\" },
    { \"command\": \"Get\", \"uri\": \"$motd\" },
    { \"command\": \"Add\", \"uri\": \"./Vendor/Example/Sites/$encoding\", \"format\": \"xml\",
      \"type\": \"application/vnd.syncml.dmtnds+xml\", \"data\": \"$(site "$encoding")\" },
    { \"command\": \"Get\", \"uri\": \"./Vendor/Example/Sites?list=TNDS\" },
    { \"command\": \"Get\", \"uri\": \"./DMAcc?list=TNDS\" },
    { \"command\": \"Replace\", \"uri\": \"./DMAcc/test/AppAuth/CLCRED/AAuthSecret\", \"data\": \"$password\" },
    { \"command\": \"Atomic\", \"commands\": [{ \"command\": \"Get\", \"uri\": \"./DevInfo/DevId\" }] }
  ]"
  exits 0 ctl sync
  stop_monitor
  shown=$(cat "$work/monitor.log")
  has "how it is written" "^--> test, message 1 to the server \($encoding, [0-9]+ octets\)" "$shown"
  has "the message that goes again" '^--> test, message 2 to the server once more \(1\): .' "$shown"
  has "the alert" 'Type: org.example/Disk' "$shown"
  has "its mark" 'Mark: warning' "$shown"
  has "its data" 'Data: Disk is full' "$shown"
  has "parts from the server" 'LLLL\[\.\.\. part 2, [0-9]+ octets; [0-9]+ of 9000 so far\]' "$shown"
  hasnt "whole objects" 'LLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLL' "$shown"
  has "the document of the server" 'Url \(chr\): \[redacted\]' "$shown"
  has "our document" 'TNDS document' "$shown"
  has "the container" '^    Atomic' "$shown"
  hasnt "every message is read" 'not a readable message' "$shown"
  has "nonces" 'NextNonce: \[redacted\]' "$shown"
  exits 0 ctl sessions
  has "the session" " 1\\.2 +$encoding " "$output"
  has "the secret was set" 'Replace ./DMAcc/test/AppAuth/CLCRED/AAuthSecret 200' "$(results)"
  exits 0 ctl account remove test
  cp "$work/monitor.log" "$work/monitor-$encoding.log"
done

note "no secret shows"
kill "$listener"
wait "$listener" 2> /dev/null
grep -q 'member=Message' "$work/bus-heard.log" || die "nothing was heard on the bus"
[ -z "${KEEP:-}" ] || cp "$work"/*.log "$KEEP/"
for word in planted-http-secret "$password" "$secret" "$server_secret" \
            "$(printf %s "$secret" | base64)" "$(printf %s "edge-7:$secret" | base64)"; do
  for file in monitor-xml.log monitor-wbxml.log omadmd.log bus-heard.log; do
    # Sites are no secrets: what our own documents tell of them may be read.
    ! grep -F -- "$word" "$work/$file" | grep -vq '/Url (chr): ' || die "$word is in $file"
  done
done
