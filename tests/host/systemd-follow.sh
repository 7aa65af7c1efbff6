# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC1091,SC2016,SC2317
# What others do to units shows in the tree, counts and is told; a session that fails leaves the machine as it was, and one
# that cuts it off from its server is undone.
. /srv/host/lib.sh

V=./Vendor/Omadm
S=$V/Services

unit sleeper.service '[Unit]' 'Description=Sleeps' '[Service]' 'ExecStart=/bin/sleep infinity' '[Install]' 'WantedBy=multi-user.target'
unit reloads.service '[Unit]' 'StartLimitIntervalSec=0' '[Service]' 'ExecStart=/bin/sleep infinity' 'ExecReload=/bin/touch /run/reloaded'
unit fails.service '[Service]' 'Type=oneshot' 'ExecStart=/bin/false'
unit slow.service '[Service]' 'Type=oneshot' 'RemainAfterExit=yes' 'ExecStart=/bin/sh -c "until [ -e /run/go ]; do sleep 0.1; done"'
unit other.service '[Service]' 'ExecStart=/bin/sleep infinity' '[Install]' 'WantedBy=multi-user.target'
must systemctl daemon-reload
printf '%s\n' sleeper.service reloads.service fails.service slow.service >> /etc/omadm/units.allow

say "what others do shows at once, counts, and is told"
systemd-run --quiet --unit=watch --collect -p StandardOutput=truncate:/run/changes omadmctl watch
eventually yes sh -c 'grep -q "^Watching" /run/changes && echo yes'
told() { eventually yes sh -c "grep -qx '$1' /run/changes && echo yes"; }
verno() { omadmctl get --property VerNo "$V/$1"; }
# The first start has nothing to compare with: following begins when all has been read once.
for ((i = 0; i < 100; i++)); do
  must hostnamectl set-location "Hall $i.1"
  must systemctl restart reloads
  grep -q "$V/System/Location" /run/changes && grep -q "$S/reloads.service" /run/changes && break
  sleep 0.2
  must systemctl stop reloads
done
must hostnamectl set-location 'Hall 4'
is Location "$(node System/Location)" 'Hall 4'
told "replaced $V/System/Location"
before=$(verno Services/other.service/State)
must systemctl start other
is State "$(node Services/other.service/State)" running
told "replaced $S/other.service/State"
[ "$(verno Services/other.service/State)" -gt "$before" ] || fail "VerNo of State is still $before"
must systemctl enable other 2> /dev/null
is Enabled "$(node Services/other.service/Enabled)" true
told "replaced $S/other.service/Enabled"
unit brand-new.service '[Service]' 'ExecStart=/bin/true'
must systemctl daemon-reload
is UnitFileState "$(node Services/brand-new.service/UnitFileState)" static
told "added $S/brand-new.service"
rm /usr/lib/systemd/system/brand-new.service
must systemctl daemon-reload
told "deleted $S/brand-new.service"
must systemctl stop watch

say "a session: Get, Replace, Get, and an Atomic that is undone"
# shellcheck disable=SC2086  # words on purpose
start_server 18081 --port 18080 $SERVER_AUTH
enrol trial --url http://127.0.0.1:18080/dm --allow-http
device=$(omadmctl get ./DevInfo/DevId)
session() {                             # session < COMMANDS
  must curl -sf -d @- "http://127.0.0.1:18081/devices/$device/commands"
  must omadmctl sync trial > /dev/null
  curl -sf "http://127.0.0.1:18081/devices/$device/results" | tr -d ' \n'
}
hostname=$(hostnamectl hostname)
results=$(session <<JSON
[ {"command": "Get", "uri": "$V/System/HostName"},
  {"command": "Replace", "uri": "$V/System/HostName", "format": "chr", "data": "edge-9.example"},
  {"command": "Get", "uri": "$V/System/HostName"},
  {"command": "Get", "uri": "$S?list=StructData"},
  {"command": "Exec", "uri": "$S/sleeper.service/Operations/Start"},
  {"command": "Exec", "uri": "$S/other.service/Operations/Stop"},
  {"command": "Replace", "uri": "$S/reloads.service/Enabled", "format": "bool", "data": "true"} ]
JSON
)
contains "$results" "\"data\":\"$hostname\""
contains "$results" '"data":"edge-9.example"'
contains "$results" "\"uri\":\"$S/systemd-journald.service/ActiveState\""
contains "$results" "\"command\":\"Exec\",\"uri\":\"$S/sleeper.service/Operations/Start\",\"code\":200"
contains "$results" "\"command\":\"Exec\",\"uri\":\"$S/other.service/Operations/Stop\",\"code\":403"
contains "$results" "\"command\":\"Replace\",\"uri\":\"$S/reloads.service/Enabled\",\"code\":405"
must systemctl -q is-active sleeper
state() {
  hostnamectl hostname
  timedatectl show -p Timezone --value
  systemctl is-enabled sleeper slow
  systemctl is-active sleeper slow
  localectl
}
before=$(state)
results=$(session <<JSON
[ {"command": "Atomic", "commands": [
  {"command": "Replace", "uri": "$V/System/HostName", "format": "chr", "data": "edge-10.example"},
  {"command": "Replace", "uri": "$V/System/TimeZone", "format": "chr", "data": "Asia/Tokyo"},
  {"command": "Replace", "uri": "$V/System/X11Layout", "format": "chr", "data": "at"},
  {"command": "Replace", "uri": "$S/sleeper.service/State", "format": "chr", "data": "stopped"},
  {"command": "Replace", "uri": "$S/sleeper.service/Enabled", "format": "bool", "data": "true"},
  {"command": "Replace", "uri": "$S/sleeper.service/Masked", "format": "bool", "data": "true"},
  {"command": "Replace", "uri": "$S/fails.service/State", "format": "chr", "data": "running"} ]},
  {"command": "Atomic", "commands": [
  {"command": "Replace", "uri": "$V/System/Location", "format": "chr", "data": "Hall 5"},
  {"command": "Replace", "uri": "$V/System/Time", "format": "chr", "data": "20300101T000000Z"} ]} ]
JSON
)
contains "$results" '"command":"Atomic","code":507'
is "the machine" "$(state)" "$before"
is Location "$(node System/Location)" 'Hall 4'

say "nothing went wrong that nobody asked for"
is warnings "$(journalctl _SYSTEMD_UNIT=omadmd.service --no-pager -o cat -p warning)" ""

say "a unit that the way to the server hangs on is started again when the server is not reached"
unit way.socket '[Socket]' 'ListenStream=127.0.0.1:18090'
unit way.service '[Unit]' 'BindsTo=way.socket' 'After=way.socket' '[Service]' \
  'ExecStart=/lib/systemd/systemd-socket-proxyd 127.0.0.1:18080'
echo way.socket >> /etc/omadm/units.allow
printf '[Daemon]\nResends=1\nResendDelay=1\nHttpTimeout=5\n' > /etc/omadm/omadm.conf.d/short.conf
must systemctl daemon-reload
must systemctl start way.socket
restart
must omadmctl account remove trial
enrol trial --url http://127.0.0.1:18090/dm --allow-http
must omadmctl sync trial > /dev/null
must curl -sf -d @- "http://127.0.0.1:18081/devices/$device/commands" <<JSON
[ {"command": "Replace", "uri": "$S/way.socket/State", "format": "chr", "data": "stopped"},
  {"command": "Replace", "uri": "$V/System/Location", "format": "chr", "data": "Hall 6"} ]
JSON
must_not omadmctl sync trial
eventually active systemctl is-active way.socket
eventually 'Hall 4' node System/Location
contains "$(journalctl -u way.socket --no-pager -o cat)" "Closed way.socket"
must omadmctl sync trial > /dev/null

exit 0
