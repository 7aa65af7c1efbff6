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

# settled: all that happened before was told of
n_settled=0
settled() {
  n_settled=$((n_settled + 1))
  must hostnamectl set-location "place $n_settled"
  wait_for "place $n_settled" settled_at "$n_settled"
}
settled_at() { [ "$(n_told "replaced $V/System/Location")" -ge "$1" ]; }

# The machine as its own tools see it.
state() {
  nmcli -g connection.id,connection.autoconnect,connection.autoconnect-priority con show base
  nmcli -g NAME con show | sort
  hostnamectl hostname
  timedatectl show -p Timezone --value
  systemctl is-enabled trial
  systemctl is-active trial
  cat /etc/apt/sources.list.d/trial.list
  omadmctl get $V/Update/Policy/OnlySecurity
  busctl get-property org.freedesktop.NetworkManager /org/freedesktop/NetworkManager org.freedesktop.NetworkManager Checkpoints
}

queue() { must curl -sf -d "$1" "$device/commands" > /dev/null; }
# session JSON: what the server has got then is in $results, without blanks
session() {
  curl -sf -X DELETE "$device/results" > /dev/null
  queue "$1"
  must omadmctl sync trial > /dev/null
  results=$(curl -sf "$device/results" | tr -d ' \n')
}
replace() { echo "{\"command\":\"Replace\",\"uri\":\"$1\",\"format\":\"${3:-chr}\",\"data\":\"$2\"}"; }
# across NUMBER [COMMAND]: an Atomic over all of them
across() {
  local parts=(
    "$(replace "$connections/$base/Priority" "$1" int)"
    "{\"command\":\"Add\",\"uri\":\"$connections/new\",\"format\":\"node\"}"
    "{\"command\":\"Add\",\"uri\":\"$connections/new/Type\",\"data\":\"802-11-wireless\"}"
    "{\"command\":\"Add\",\"uri\":\"$connections/new/Wifi/SSID\",\"data\":\"new\"}"
    "$(replace $V/System/HostName "edge-$1")"
    "$(replace $V/System/TimeZone Europe/Vienna)"
    "$(replace $services/trial.service/Enabled true bool)"
    "$(replace "$repositories/$repository/Enabled" false bool)"
    "$(replace $V/Update/Policy/OnlySecurity true bool)"
  )
  [ $# = 1 ] || parts+=("$2")
  local IFS=,
  echo "{\"command\":\"Atomic\",\"commands\":[${parts[*]}]}"
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
repository=$(omadmctl get $repositories)
[ -n "$repository" ] || fail "there is no repository"
settled

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
restart
settled
is "what was told then" "$(n_told "replaced $connections/$base")" $(($(n_told "replaced $connections/$base/") + 1))
is "the package then" "$(n_told "deleted $deployed/tiny")" 1

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
wait_for "the machine as before" eval '[ "$(state)" = "$before" ]'
touch /run/go
