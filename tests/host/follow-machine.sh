#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC1091,SC2154  # what the helper sets
# The tree follows the machine: what nmcli, systemctl, hostnamectl and apt change is in the tree at once, counts in VerNo and
# TStamp and is signalled, once, also when the daemon does not run meanwhile.
# repository
# host: --veth
. /srv/host/lib.sh
. /srv/host/helpers/across

say "what nmcli does shows at once, counts and is told"
before=$(verno "$connections/$base/Priority")
must nmcli con mod base connection.autoconnect-priority 7
is "the value" "$(omadmctl get "$connections/$base/Priority")" 7
is_told "replaced $connections/$base/Priority"
is VerNo "$(verno "$connections/$base/Priority")" $((before + 1))
contains "$(tstamp "$connections/$base/Priority")" "$(date -u +%Y%m%dT%H)"
before=$(verno $connections)
must nmcli -t con add type wifi con-name second ssid second connection.autoconnect no > /dev/null
second=$(nmcli -g connection.uuid con show second)
is_told "added $connections/$second"
must nmcli con del second > /dev/null
is_told "deleted $connections/$second"
is "VerNo of all" "$(verno $connections)" $((before + 2))

say "and what systemctl and hostnamectl do"
before=$(verno $services/trial.service/State)
must systemctl start trial
is State "$(omadmctl get $services/trial.service/State)" running
must systemctl enable trial 2> /dev/null
is Enabled "$(omadmctl get $services/trial.service/Enabled)" true
is_told "replaced $services/trial.service/State"
is_told "replaced $services/trial.service/Enabled"
is VerNo "$(verno $services/trial.service/State)" $((before + 1))
must hostnamectl set-hostname theirs
is HostName "$(omadmctl get $V/System/HostName)" theirs
is_told "replaced $V/System/HostName"

say "and what apt does"
before=$(verno $deployed)
must apt-get -qq install tiny=1.0 > /dev/null 2>&1
wait_for "the package" omadmctl get $deployed/tiny/Version
is_told "added $deployed/tiny"
is VerNo "$(verno $deployed)" $((before + 1))
must apt-get -qq install tiny > /dev/null 2>&1
is_told "replaced $deployed/tiny/Version"
is Version "$(omadmctl get $deployed/tiny/Version)" 2.0

say "many changes of a subtree are one signal"
for ((i = 0; i < 300; i++)); do
  printf '[Service]\nExecStart=/bin/true\n' > "/usr/lib/systemd/system/many-$i.service"
done
must systemctl daemon-reload
is_told "subtree $services"
settled
is "those told by name" "$(n_told "added $services/many-")" 0
is State "$(omadmctl get $services/many-7.service/State)" stopped

say "what changes while the daemon does not run counts at the start, once"
before=$(verno "$connections/$base") host=$(verno $V/System/HostName)
must systemctl stop omadmd
must nmcli con mod base connection.autoconnect-priority 8
must hostnamectl set-hostname meanwhile
must apt-get -qq remove tiny > /dev/null 2>&1
must systemctl start omadmd
is_told "replaced $connections/$base"
is_told "deleted $deployed/tiny"
is VerNo "$(verno "$connections/$base")" $((before + 1))
wait_for "the host name" [ "$(verno $V/System/HostName)" = $((host + 1)) ]
restart_watched
settled
is "what was told then" "$(n_told "replaced $connections/$base")" $(($(n_told "replaced $connections/$base/") + 1))
is "the package then" "$(n_told "deleted $deployed/tiny")" 1

