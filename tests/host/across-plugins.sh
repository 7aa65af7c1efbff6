#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC1091
# The tree follows the machine, and an Atomic over NetworkManager, systemd and PackageKit is all or nothing, also when
# the daemon is killed or a service starts anew in the middle.
# repository
# host: --veth
. /srv/host/lib.sh

V=./Vendor/Omadm
connections=$V/Network/Connections
services=$V/Services
repositories=$V/Update/Repositories
deployed=./SCOMO/Inventory/Deployed

wait_for() {                            # wait_for WHAT COMMAND...: within 20 s
  local i
  for ((i = 0; i < 200; i++)); do "${@:2}" > /dev/null 2>&1 && return; sleep 0.1; done
  tail -n 30 /run/changes >&3
  fail "it did not come to this: $1"
}
watch_tree() {
  systemd-run --quiet --unit=watch --collect -p StandardOutput=truncate:/run/changes omadmctl watch
  wait_for "somebody watches" grep -q '^Watching' /run/changes
}
told() { grep -qxF -- "$1" /run/changes; }
is_told() { wait_for "$1 is told" told "$1"; }
n_told() { grep -cF -- "$1" /run/changes; }
verno() { omadmctl get --property VerNo "$1" 2> /dev/null; }
tstamp() { omadmctl get --property TStamp "$1"; }

# The machine as its own tools see it.
state() {
  nmcli -g connection.id,connection.autoconnect,connection.autoconnect-priority con show base
  nmcli -g NAME con show | sort
  hostnamectl hostname
  timedatectl show -p Timezone --value
  systemctl is-enabled trial
  systemctl is-active trial
  cat /etc/apt/sources.list.d/trial.list /var/lib/omadm/packagekit-policy 2> /dev/null
  busctl get-property org.freedesktop.NetworkManager /org/freedesktop/NetworkManager org.freedesktop.NetworkManager Checkpoints
}

say "a machine with a repository, a unit that may be managed, and a profile"
install -m 0644 /srv/repository/key.asc /etc/apt/keyrings/trial.asc
echo 'deb [signed-by=/etc/apt/keyrings/trial.asc] file:/srv/repository/signed ./' > /etc/apt/sources.list.d/trial.list
must apt-get -qq update 2> /dev/null
printf '%s\n' '[Service]' 'ExecStart=/bin/sleep infinity' '[Install]' 'WantedBy=multi-user.target' \
  > /usr/lib/systemd/system/trial.service
printf '%s\n' '[Service]' 'Type=oneshot' 'RemainAfterExit=yes' \
  'ExecStart=/bin/sh -c "touch /run/begun; until [ -e /run/go ]; do sleep 0.1; done"' > /usr/lib/systemd/system/slow.service
printf '%s\n' '[Service]' 'Type=oneshot' 'ExecStart=/bin/false' > /usr/lib/systemd/system/fails.service
must systemctl daemon-reload
printf '%s\n' trial.service slow.service fails.service >> /etc/omadm/units.allow
must nmcli -t con add type wifi con-name base ssid base connection.autoconnect no > /dev/null
# shellcheck disable=SC2086  # words on purpose
start_server 18081 --port 18080 $SERVER_AUTH
restart
enrol trial --url http://127.0.0.1:18080/dm --allow-http
device=http://127.0.0.1:18081/devices/$(omadmctl get ./DevInfo/DevId)
watch_tree
base=$(nmcli -g connection.uuid con show base)
sleep 4; cat /run/changes; omadmctl tree $V/Update; omadmctl tree $connections;  omadmctl get --property VerNo $connections/$base/AutoConnect

say "what nmcli does shows at once, counts and is told"
date +%T.%N
nmcli con mod base connection.autoconnect-priority 7
omadmctl get $connections/$base/Priority
sleep 1
nmcli -t con add type wifi con-name second ssid second connection.autoconnect no
sleep 1; nmcli con del second; sleep 1
cat /run/changes; omadmctl get --property VerNo $connections/$base/Priority
say systemctl
systemctl start trial; systemctl enable trial;  sleep 1; hostnamectl set-hostname other; sleep 1
cat /run/changes
say apt
apt-get -qq install tiny=1.0 2>&1 | tail -1; sleep 2; cat /run/changes
omadmctl get $deployed/tiny/Version
journalctl -u omadmd --no-pager -o cat | tail -30
