#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Secrets are never shown, logged or sent to watchers; after "account remove" they are nowhere in
# the state directory.
. "$(dirname "$0")/lib.sh"

make_certificates
cp "$OMADM_SOURCE_DIR/data/examples/vendor-example.ddf.xml" "$work/config/ddf.d/"
key_line=$(sed -n 2p "$work/client.key")
start_bus
start_md5_server
start_daemon
enrol --cert "$work/client.pem" --key "$work/client.key"
start_monitor
queue '[ { "command": "Replace", "uri": "./Vendor/Example/Motd", "data": "x" }, { "command": "Get", "uri": "./DMAcc" } ]'
exits 0 ctl sync

# traces WHAT: words of the secrets found in what is read
traces() { grep -aFc -e "$secret" -e "$server_secret" -e "$key_line" -e "$(base64 <<< "$secret" | cut -c 1-30)"; }

note "they are kept with mode 0600"
grep -raqF "$secret" "$work/state" || die "the secret is not kept at all?"
found=$(find "$work/state" -type f -perm /077)
is "files of the state directory that others can read" "" "$found"
grep -aqF -e "$secret" -e "$server_secret" "$work"/state/omadm.db* && die "secrets are in the database"

note "nobody can read them"
account=./DMAcc/test
is "the tree" 0 "$(ctl tree | traces)"
is "the tree as JSON" 0 "$(ctl --json tree | traces)"
is "the account" 0 "$(ctl --json account show test | traces)"
for uri in AppAuth/CLCRED/AAuthSecret AppAuth/CLCRED/AAuthData AppAuth/SRVCRED/AAuthSecret AppAuth/SRVCRED/AAuthData \
    Ext/Omadm/Key; do
  exits 1 ctl get "$account/$uri"
done
queue "[ { \"command\": \"Get\", \"uri\": \"$account/AppAuth/CLCRED/AAuthSecret\" },
  { \"command\": \"Get\", \"uri\": \"$account/AppAuth/SRVCRED/AAuthSecret\" },
  { \"command\": \"Get\", \"uri\": \"$account/Ext/Omadm/Key\" } ]"
results > /dev/null
exits 0 ctl sync
is "Gets of secrets" 0 "$(results | grep -c '^results\|^status .* 200$')"
note "a secret that the server sets is not shown either"
queue "{ \"command\": \"Replace\", \"uri\": \"$account/AppAuth/CLCRED/AAuthSecret\", \"data\": \"$secret\" }"
exits 0 ctl sync
is "the status" "status Replace $account/AppAuth/CLCRED/AAuthSecret 200" "$(results | grep ^status)"
stop_monitor

has "the monitor saw sessions" 'AAuthSecret' "$(cat "$work/monitor.log")"
is "the monitor" 0 "$(traces < "$work/monitor.log")"
is "the log" 0 "$(traces < "$work/omadmd.log")"

note "nothing is left when the account is gone"
ctl account remove test || die "the account cannot be removed"
is "traces while it runs" "" "$(grep -ralF -e "$secret" -e "$server_secret" -e "$key_line" "$work/state")"
is "the history names no secret" 0 "$(ctl --json sessions | traces)"
stop_daemon
is "traces when it ended" "" "$(grep -ralF -e "$secret" -e "$server_secret" -e "$key_line" "$work/state")"
is "the log" 0 "$(traces < "$work/omadmd.log")"

note "nor when the daemon was killed right after"
start_daemon
enrol
exits 0 ctl sync
ctl account remove test || die "the account cannot be removed"
kill_daemon
is "traces after a kill" "" "$(grep -ralF -e "$secret" -e "$server_secret" "$work/state")"
