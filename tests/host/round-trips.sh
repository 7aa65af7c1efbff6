#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC1091
# Reading a whole subtree of hundreds of units or thousands of packages costs a bounded number of calls on D-Bus, not one a
# node.
. /srv/host/lib.sh

units=500 packages=5000
say "a machine with $units more units and $packages more packages"
for ((i = 0; i < units; i++)); do printf '[Service]\nExecStart=/bin/true\n' > "/usr/lib/systemd/system/many-$i.service"; done
must systemctl daemon-reload
for ((i = 0; i < packages; i++)); do
  printf '%s\n' "Package: many-$i" 'Status: install ok installed' 'Priority: optional' 'Section: utils' 'Installed-Size: 1' \
    'Maintainer: Trial <trial@omadm.example>' 'Architecture: all' 'Version: 1.0' 'Description: one of many' ''
done > /run/many
cp /var/lib/dpkg/status /run/status
{ cat /run/status; echo; cat /run/many; } > /var/lib/dpkg/status
restart
must omadmctl get ./SCOMO/Inventory/Deployed/many-7/Version > /dev/null
sleep 5
daemon=$(busctl --json=short call org.freedesktop.DBus /org/freedesktop/DBus org.freedesktop.DBus GetNameOwner s org.omadm.Agent1 |
  sed 's/.*"\(:[0-9.]*\)".*/\1/')

# reads URI MOST: the subtree is read with so many calls at most
reads() {
  local monitor begin calls lines
  : > /run/calls
  dbus-monitor --system "type='method_call',sender='$daemon'" >> /run/calls 2> /dev/null &
  monitor=$!
  # What the daemon is asked before it is counted shows that the monitor stands.
  for ((i = 0; i < 100; i++)); do
    omadmctl get ./DevDetail/SwV > /dev/null
    grep -q 'NameAcquired\|^method call' /run/calls && break
    sleep 0.1
  done
  sleep 0.5
  : > /run/calls
  begin=$(date +%s%N)
  lines=$(omadmctl tree --depth 32 --limit 1000000 "$1" | wc -l)
  echo "  $1: $lines nodes in $((($(date +%s%N) - begin) / 1000000)) ms"
  sleep 0.3
  kill $monitor
  wait $monitor 2> /dev/null
  grep '^method call' /run/calls | grep -v 'org.freedesktop.DBus\b\|PolicyKit' > /run/counted
  calls=$(wc -l < /run/counted)
  echo "  calls: $calls, with polkit's and the bus's own $(grep -c '^method call' /run/calls)"
  sed 's/.*interface=\([^;]*\); member=\(.*\)/\1.\2/' /run/counted | sort | uniq -c | sort -rn | head -8
}
reads ./Vendor/Omadm/Services 20
reads ./SCOMO/Inventory/Deployed 20
reads ./Vendor/Omadm/Packages/Installed 20
