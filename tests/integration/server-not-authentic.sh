#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A server that cannot prove who it is gets nothing done.
. "$(dirname "$0")/lib.sh"

cp "$OMADM_SOURCE_DIR/data/examples/vendor-example.ddf.xml" "$work/config/ddf.d/"
start_bus
start_daemon
command='{ "command": "Replace", "uri": "./Vendor/Example/Motd", "data": "from an impostor" }'

refuses() {                            # refuses WHAT
  queue "$command"
  enrol
  exits 1 ctl sync
  has "$1: the reason" '[Ss]erver|credentials' "$output"
  is "$1: the value" "Welcome." "$(ctl get ./Vendor/Example/Motd)"
  ctl account remove test || die "the account cannot be removed"
  stop_server
}

note "one with a wrong secret"
sed -i 's/^server-secret=.*/server-secret=guessed/' "$work/users"
start_md5_server
refuses "a wrong secret"

note "one under a wrong name"
sed -i "s/^server-secret=.*/server-secret=$server_secret/; s/^server-user=.*/server-user=somebody/" "$work/users"
start_md5_server
refuses "a wrong name"

note "one without credentials"
sed -i 's/^server-user=.*/server-user=server/; s/^server-auth=.*/server-auth=none/' "$work/users"
start_md5_server
refuses "no credentials"

note "the right one, whatever it calls itself: what counts are credentials and the account"
sed -i 's/^server-auth=.*/server-auth=md5/' "$work/users"
start_md5_server --server-id an-alias
queue "$command"
enrol --manage ./Vendor/Example
exits 0 ctl sync
is "the value" "from an impostor" "$(ctl get ./Vendor/Example/Motd)"
hasnt "rights" an-alias "$(ctl get -p ACL ./Vendor/Example)"
has "rights" omadm-testserver "$(ctl get -p ACL ./Vendor/Example)"
