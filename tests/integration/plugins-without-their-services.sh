#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# On a machine where no service of a plugin is there the daemon starts, its own nodes are as ever, and those of the
# plugin tell which service is missing.
. "$(dirname "$0")/lib.sh"

for plugin in networkmanager packagekit systemd; do
  use_plugin "$OMADM_PLUGIN_DIR/$plugin.so" "$OMADM_PLUGIN_DIR/$plugin.ddf.xml"
done
start_bus
start_daemon

# tells URI SERVICE: who reads the node is told that the service is not there
tells() {
  local said
  said=$(ctl get "$1" 2>&1) && die "$1 can be read: $said"
  has "$1" "service $2 is not there" "$said"
}

note "all are loaded"
for plugin in networkmanager packagekit systemd; do
  has "$plugin" "^$plugin +[0-9.]+ +loaded " "$(ctl plugin list)"
done

note "nodes tell what is missing"
tells ./Vendor/Omadm/Network/Radio/Wifi org.freedesktop.NetworkManager
tells ./Vendor/Omadm/Packages/Count org.freedesktop.PackageKit
tells ./Vendor/Omadm/System/HostName org.freedesktop.hostname1
tells ./Vendor/Omadm/Power/CanReboot org.freedesktop.login1

note "a tree is shown as far as it can be"
has "the tree" "CanReboot \(not readable\)" "$(ctl tree ./Vendor/Omadm)"
is "another plugin's node" "$(ctl get ./DevDetail/LrgObj)" true
stop_daemon
