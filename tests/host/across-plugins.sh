#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC1091,SC2154  # what the helper sets
# An Atomic over NetworkManager, systemd and PackageKit is all or nothing, also when the daemon is killed or a service starts
# anew in the middle.
# repository
# host: --veth
. /srv/host/lib.sh
. /srv/host/helpers/across

say "an Atomic over all of them is done"
must systemctl disable --now trial 2> /dev/null
settled
n=$(n_told "replaced $connections/$base/Priority")
session "[$(across 21)]"
contains "$results" '"command":"Atomic","code":200'
is Priority "$(nmcli -g connection.autoconnect-priority con show base)" 21
is "the SSID" "$(nmcli -g 802-11-wireless.ssid con show new)" new
is "the host name" "$(hostnamectl hostname)" edge-21
is "the zone" "$(timedatectl show -p Timezone --value)" Europe/Vienna
is "the unit" "$(systemctl is-enabled trial)" enabled
must_not grep -q '^deb ' /etc/apt/sources.list.d/trial.list
is "the policy" "$(omadmctl get $V/Update/Policy/OnlySecurity)" true
settled
is "how often it was told" "$(n_told "replaced $connections/$base/Priority")" $((n + 1))

say "one that fails at its end leaves all as it was"
must nmcli con del new > /dev/null
must nmcli con mod base connection.autoconnect-priority 3
must hostnamectl set-hostname before
must timedatectl set-timezone Europe/London
must systemctl disable trial 2> /dev/null
sed -i 's/^# *deb /deb /' /etc/apt/sources.list.d/trial.list
must omadmctl set $V/Update/Policy/OnlySecurity false
settled
before=$(state)
session "[$(across 22 "$(replace $services/fails.service/State running)")]"
contains "$results" '"command":"Atomic","code":507'
is "the machine" "$(state)" "$before"

say "one whose daemon is killed in the middle is undone at the start"
queue "[$(across 23 "$(replace $services/slow.service/State running)")]"
omadmctl sync trial > /dev/null 2>&1 &
wait_for "the middle" [ -e /run/begun ]
systemctl kill -s KILL omadmd
wait
wait_for "the daemon" omadmctl get ./DevInfo/DevId
wait_for "the machine as before" is_as_before

say "and one that is done, when the server has not answered yet"
must curl -sf -d '{ "next": "delay", "ms": 20000, "skip": 1, "count": 100 }' http://127.0.0.1:18081/misbehave > /dev/null
queue "[$(across 24)]"
omadmctl sync trial > /dev/null 2>&1 &
wait_for "the new profile" nmcli con show new
wait_for "the new priority" has_priority 24
systemctl kill -s KILL omadmd
wait
must curl -sf -X DELETE http://127.0.0.1:18081/misbehave > /dev/null
wait_for "the daemon" omadmctl get ./DevInfo/DevId
wait_for "the machine as before" is_as_before

say "a service that starts anew in the middle leaves all done, or all as it was"
rm -f /run/begun
queue "[$(across 25 "$(replace $services/slow.service/State running)")]"
curl -sf -X DELETE "$device/results" > /dev/null
omadmctl sync trial > /dev/null 2>&1 &
wait_for "the middle" [ -e /run/begun ]
must systemctl restart NetworkManager
touch /run/go
wait
results=$(curl -sf "$device/results" | tr -d ' \n')
case $results in
  *'"command":"Atomic","code":200'*)
    has_priority 25 || fail "it is not done"
    is "the host name" "$(hostnamectl hostname)" edge-25
    is "the SSID" "$(nmcli -g 802-11-wireless.ssid con show new)" new ;;
  *'"command":"Atomic","code":507'*) wait_for "the machine as before" is_as_before ;;
  *) fail "the Atomic: $results" ;;
esac
