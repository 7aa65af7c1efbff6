#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The daemon hands its plugins the system bus, for the services of their manifests, and a place for data that outlive it.
. "$(dirname "$0")/lib.sh"

use_plugin "$OMADM_CLIENT_PLUGIN" "$OMADM_SOURCE_DIR/tests/integration/client.ddf.xml"
start_bus
start_daemon

note "a service of the manifest is called"
id=$(gdbus call --address "$bus" --dest org.freedesktop.DBus --object-path /org/freedesktop/DBus \
  --method org.freedesktop.DBus.GetId)
is "the id of the bus" "$id" "('$(ctl get ./Vendor/Client/Bus)',)"

note "one that is not there, and one beside the manifest"
exits '[!0]' ctl get ./Vendor/Client/Absent
has "the reason" 'The service org\.omadm\.Absent1 is not there' "$output"
exits '[!0]' ctl get ./Vendor/Client/Beside
has "the reason" 'client may not call org\.omadm\.Beside1' "$output"
has "the warning" 'Plugin client: org\.omadm\.Beside1 is not in its manifest' "$(cat "$work/omadmd.log")"

note "data outlive the daemon"
is "the first start" 1 "$(ctl get ./Vendor/Client/Starts)"
wait_line 'client: saved' "$work/omadmd.log" "$daemon_pid" > /dev/null || die "nothing was saved"
kill_daemon
start_daemon
is "the second start" 2 "$(ctl get ./Vendor/Client/Starts)"
