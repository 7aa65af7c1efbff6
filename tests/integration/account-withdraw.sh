#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# "account remove --withdraw" undoes what the account's server set, and nothing else; without it
# everything stays.  Servers see and change only what is theirs.
. "$(dirname "$0")/lib.sh"

cp "$OMADM_SOURCE_DIR/data/examples/vendor-example.ddf.xml" "$work/config/ddf.d/"
start_bus
start_md5_server
start_daemon
ctl add ./Vendor/Example/Sites/local || die "the administrator cannot add a node"
ctl add ./Vendor/Example/Sites/local/Url https://local.example/ || die "the administrator cannot add a leaf"
enrol --manage ./Vendor/Example
ctl account add other --server-id other-server --url https://other.example/ || die "a second account cannot be added"
commands='[
  { "command": "Replace", "uri": "./Vendor/Example/Motd", "data": "set by the server" },
  { "command": "Add", "uri": "./Vendor/Example/Sites/remote", "format": "node" },
  { "command": "Add", "uri": "./Vendor/Example/Sites/remote/Url", "data": "https://remote.example/" },
  { "command": "Get", "uri": "./DMAcc" },
  { "command": "Get", "uri": "./DMAcc/other/ServerID" },
  { "command": "Delete", "uri": "./DMAcc/other" }
]'
queue "$commands"
exits 0 ctl sync test
is "the results" "status Replace ./Vendor/Example/Motd 200
status Add ./Vendor/Example/Sites/remote 200
status Add ./Vendor/Example/Sites/remote/Url 200
status Get ./DMAcc 200
results ./DMAcc test
status Get ./DMAcc/other/ServerID 404
status Delete ./DMAcc/other 404" "$(results)"
restart_daemon

note "with --withdraw, after a restart too"
ctl account remove --withdraw test || die "the account cannot be removed"
is "the replaced value" "Welcome." "$(ctl get ./Vendor/Example/Motd)"
is "what is left" local "$(ctl get ./Vendor/Example/Sites)"
is "what the administrator set" https://local.example/ "$(ctl get ./Vendor/Example/Sites/local/Url)"
is "the accounts" other "$(ctl get ./DMAcc)"
hasnt "its rights" omadm-testserver "$(ctl get -p ACL ./Vendor/Example)$(ctl get -p ACL .)"

note "without it"
enrol --manage ./Vendor/Example
queue "$commands"
exits 0 ctl sync test
ctl account remove test || die "the account cannot be removed"
is "the replaced value" "set by the server" "$(ctl get ./Vendor/Example/Motd)"
is "what the server added" https://remote.example/ "$(ctl get ./Vendor/Example/Sites/remote/Url)"
hasnt "its rights" omadm-testserver "$(ctl get -p ACL ./Vendor/Example)$(ctl get -p ACL ./Vendor/Example/Sites/remote)"

note "an account that is not there"
exits 1 ctl account remove test
has "the reason" test "$output"
