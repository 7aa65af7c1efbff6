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

# reads URI MOST: the subtree is read with so many calls at most, polkit's and the bus's own aside
reads() {
  local monitor begin lines calls i
  : > /run/calls
  dbus-monitor --system "type='method_call',sender='$daemon'" >> /run/calls 2> /dev/null &
  monitor=$!
  for ((i = 0; i < 100; i++)); do       # until the monitor stands
    omadmctl get ./DevDetail/SwV > /dev/null
    grep -q '^method call' /run/calls && break
    sleep 0.1
  done
  : > /run/calls
  begin=$(date +%s%N)
  lines=$(omadmctl tree --limit 100000 "$1" | wc -l)
  begin=$((($(date +%s%N) - begin) / 1000000))
  sleep 0.3
  kill $monitor
  wait $monitor 2> /dev/null
  grep '^method call' /run/calls | grep -cv 'org.freedesktop.DBus;\|PolicyKit' > /run/count
  calls=$(cat /run/count)
  say "$1: $lines nodes in $begin ms and $calls calls"
  [ "$lines" -gt "$3" ] || fail "nodes are missing"
  [ "$calls" -le "$2" ] || fail "so many calls: $(sed -n 's/^method call.*interface=//p' /run/calls | sort | uniq -c)"
}
reads ./Vendor/Omadm/Services 4 5000
reads ./SCOMO/Inventory/Deployed 4 60000
reads ./Vendor/Omadm/Packages/Installed 4 25000

say "and the start, in which all that is followed is compared with what it was"
: > /run/calls
matches=()
for name in org.freedesktop.systemd1 org.freedesktop.PackageKit org.freedesktop.NetworkManager; do
  matches+=("type='method_call',destination='$name'")
done
dbus-monitor --system "${matches[@]}" >> /run/calls 2> /dev/null &
monitor=$!
sleep 1
restart
sleep 6
kill $monitor
wait $monitor 2> /dev/null
sed -n 's/^method call.*interface=\([^;]*\); member=\(.*\)/\1.\2/p' /run/calls | sort | uniq -c | sort -rn > /run/count
calls=$(awk '{ n += $1 } END { print n + 0 }' /run/count)
say "the start: $calls calls"
[ "$calls" -le 80 ] || fail "so many calls: $(cat /run/count)"
