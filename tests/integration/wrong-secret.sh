#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A session with a wrong secret fails, says why, and changes nothing; basic credentials never go
# over plain HTTP.
. "$(dirname "$0")/lib.sh"

cp "$OMADM_SOURCE_DIR/data/examples/vendor-example.ddf.xml" "$work/config/ddf.d/"
echo wrong > "$work/wrong"
start_bus
start_md5_server
start_daemon
queue '{ "command": "Replace", "uri": "./Vendor/Example/Motd", "data": "never" }'
enrol --secret-file "$work/wrong"
exits 1 ctl sync
has "the reason" 'credentials|[Aa]uthenticat|password|secret' "$output"
is "the value" "Welcome." "$(ctl get ./Vendor/Example/Motd)"
has "the history" 'failed: .+' "$(ctl sessions | sed 1d)"
is "what --json says" '"failed"' "$(ctl sync --json | sed -n 's/^ *"state" : \(.*\),$/\1/p')"

note "an account with the right secret still works"
ctl account remove test || die "the account cannot be removed"
enrol
exits 0 ctl sync
is "the value" "never" "$(ctl get ./Vendor/Example/Motd)"

note "basic over plain HTTP is refused when the account is made"
exits 1 ctl account add basic --server-id another --url "$http_url" --allow-http --auth basic --user edge-7 \
  --secret-file "$work/secret"
has "the reason" 'basic' "$output"
note "and so is plain HTTP that nobody allowed"
exits 1 ctl account add plain --server-id another --url "$http_url"
has "the reason" 'HTTP' "$output"
is "accounts" 1 "$(ctl account list | sed 1d | wc -l)"
