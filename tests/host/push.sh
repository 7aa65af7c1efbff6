# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC1091,SC2016,SC2317
# needs-packages: mosquitto mosquitto-clients
# A notification of DM 2.0 comes by a push service, MQTT: the example that the package documents, with a real broker, as
# a user who may do nothing else.
. /srv/host/lib.sh

example=/usr/share/doc/omadm/examples/push-mqtt topic=omadm/notify/edge-7 admin=http://127.0.0.1:18081

say "a broker that knows its clients"
mosquitto_passwd -b -c /etc/mosquitto/passwd edge-7 secret-of-edge-7
mosquitto_passwd -b /etc/mosquitto/passwd server secret-of-the-server
chown mosquitto: /etc/mosquitto/passwd
cat > /etc/mosquitto/acl <<ACL
user edge-7
topic read $topic
user server
topic write omadm/notify/#
ACL
cat > /etc/mosquitto/conf.d/push.conf <<CONF
listener 1883 127.0.0.1
allow_anonymous false
password_file /etc/mosquitto/passwd
acl_file /etc/mosquitto/acl
CONF
chown mosquitto: /etc/mosquitto/acl
must systemctl restart mosquitto

say "the example as its manual installs it"
must install -D -m 755 $example/omadm-push-mqtt /usr/local/libexec/omadm-push-mqtt
must install -D -m 644 $example/omadm-push-mqtt.service /etc/systemd/system/omadm-push-mqtt.service
must install -D -m 644 $example/omadm-push.sysusers.conf /etc/sysusers.d/omadm-push.conf
must install -D -m 644 $example/60-omadm-push.rules /etc/polkit-1/rules.d/60-omadm-push.rules
must install -d -m 700 /etc/omadm/push
sed -e 's/broker\.example\.net/127.0.0.1/' -e 's/8883/1883/' -e '/--capath/d' $example/mosquitto_sub > /run/mosquitto_sub
must install -m 600 /run/mosquitto_sub /etc/omadm/push/mosquitto_sub
must systemd-sysusers
must systemctl daemon-reload
must systemctl start omadm-push-mqtt
score=$(systemd-analyze security --no-pager omadm-push-mqtt | sed -n 's/.*Overall exposure level for .*: \([0-9.]*\).*/\1/p')
echo "security score: $score"
awk -v s="$score" 'BEGIN { exit !(s != "" && s <= 1.6) }' || fail "score $score"

say "an account of DM 2.0 with credentials of notifications"
start_server 18081 --port 18080
echo key-of-notifications > /run/key
must omadmctl account add second --protocol 2.0 --server-id second --url http://127.0.0.1:18080/dm2 --allow-http \
  --notification-secret-file /run/key --notification-data edge-7
device=$(omadmctl get ./DevInfo/DevId)

# notification ID: its octets, as hexadecimal digits
notification() {
  curl -sf -d "{\"server-id\":\"second\",\"secret\":\"key-of-notifications\",\"data\":\"edge-7\",\"id\":$1}" \
    "$admin/notifications" | sed -n 's/.*"hex" : "\([0-9a-f]*\)".*/\1/p'
}
publish() {                           # publish DIGITS: the octets they stand for
  printf '%b' "$(fold -w 2 <<< "$1" | sed 's/^/\\x/' | tr -d '\n')" |
    mosquitto_pub -h 127.0.0.1 -u server -P secret-of-the-server -q 1 -t $topic -s
}
results() { curl -sf "$admin/devices/$device/results" | tr -d ' \n'; }
server_initiated() { results | grep -o 'urn:oma:at:dm:2.0:ServerInitiatedMgmt' | grep -c .; }
sessions() { omadmctl sessions | grep -c second; }
in_log() { journalctl -u omadm-push-mqtt --no-pager -o cat | grep -c -- "$1"; }
# publish_until OCTETS COUNT COMMAND...: the client may not have subscribed yet, and the broker keeps nothing
publish_until() {
  local i
  for ((i = 0; i < 100; i++)); do
    publish "$1" 2> /dev/null
    sleep 0.2
    [ "$("${@:3}")" = "$2" ] && return
  done
  fail "${*:3}: $("${@:3}") in place of $2"
}
# refuses OCTETS REASON: once more; what comes in the moment in which the daemon dies has no answer
refuses() {
  local before i
  before=$(in_log "$2")
  for ((i = 0; i < 100; i++)); do
    ((i % 30)) || publish "$1"
    sleep 0.1
    [ "$(in_log "$2")" != "$before" ] && return
  done
  fail "no refusal: $2"
}

say "what the server publishes starts a session"
first=$(notification 7)
publish_until "$first" 1 server_initiated
contains "$(results)" '"NotificationID":7'
is sessions "$(sessions)" 1

say "a replay, one that is forged and one that is none are refused"
refuses "$first" 'came in before'
refuses "$(notification '8,"wrong-digest":true')" "digest that is not its server's"
refuses 00 'is too short'

say "the daemon is killed: the replay is refused all the same"
must systemctl kill -s KILL omadmd
refuses "$first" 'came in before'
is sessions "$(sessions)" 1

say "the broker starts again"
must systemctl restart mosquitto
publish_until "$(notification 9)" 2 server_initiated

say "its user may do nothing else, and nobody else may do that"
as_push() { runuser -u omadm-push -- "$@"; }
refused as_push omadmctl sync second
refused as_push omadmctl get ./DevInfo/DevId
refused as_push omadmctl alert org.example/Disk
refused as_push omadmctl account remove second
third=$(notification 10)
hand_in() { echo "$third" | runuser -u "$1" -- omadmctl notify --hex -; }
contains "$(hand_in nobody 2>&1)" "Interactive authentication required"
must hand_in omadm-push > /dev/null
must_not grep -q key-of-notifications <<< "$(journalctl --no-pager -o cat)"
exit 0
