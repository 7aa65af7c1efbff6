# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC1091,SC2016
# A session changes a stored node; the value survives restarts and a crash; HTTPS with a client's certificate works
# from the sandbox; nothing is left of a removed account.
. /srv/host/lib.sh

say "a subtree of the administrator's own"
add_trial_ddf

say "a session with MD5 in both directions"
cat > /srv/commands.json <<'JSON'
[ {"command": "Get", "uri": "./DevInfo/Mod"},
  {"command": "Replace", "uri": "./Vendor/Trial/Motd", "format": "chr", "data": "set by the server"},
  {"command": "Replace", "uri": "./DevInfo/Man", "format": "chr", "data": "x"} ]
JSON
# shellcheck disable=SC2086  # words on purpose
start_server 18081 --port 18080 $SERVER_AUTH --commands /srv/commands.json
enrol trial --url http://127.0.0.1:18080/dm --allow-http
must omadmctl sync trial
is value "$(omadmctl get ./Vendor/Trial/Motd)" "set by the server"
results=$(curl -sf "http://127.0.0.1:18081/devices/$(omadmctl get ./DevInfo/DevId)/results")
contains "$results" '"code" : 405'
contains "$results" "\"data\" : \"$(omadmctl get ./DevInfo/Mod)\""
must omadmctl sync trial

say "a program that registered is asked, and an alert reaches the server"
mkfifo /srv/answers
omadmctl agent < /srv/answers > /srv/agent.log 2>&1 &
agent=$!
exec 9> /srv/answers
for ((i = 0; i < 100; i++)); do grep -q Waiting /srv/agent.log && break; sleep 0.1; done
echo y >&9
must omadmctl alert --account trial --data full org.example/Disk
must curl -sf -d '[{"command": "Alert", "code": 1101, "items": [{"data": "MAXDT=20"}, {"data": "Really?"}]}]' \
  "http://127.0.0.1:18081/devices/$(omadmctl get ./DevInfo/DevId)/commands"
must omadmctl sync trial
contains "$(cat /srv/agent.log)" 'Really?'
results=$(curl -sf "http://127.0.0.1:18081/devices/$(omadmctl get ./DevInfo/DevId)/results")
contains "$results" org.example/Disk
must grep -qE '"command":"Alert",("uri":"",)?"code":200' <<< "$(tr -d ' \n' <<< "$results")"
exec 9>&-
wait "$agent"

say "the value is there after a restart and after a crash"
restart
is value "$(omadmctl get ./Vendor/Trial/Motd)" "set by the server"
pid=$(systemctl show -p MainPID --value omadmd)
systemctl kill -s KILL omadmd
for ((i = 0; i < 100; i++)); do
  [ "$(systemctl show -p MainPID --value omadmd)" != "$pid" ] && systemctl -q is-active omadmd && break
  sleep 0.1
done
is "starts again" "$(systemctl show -p NRestarts --value omadmd)" 1
is value "$(omadmctl get ./Vendor/Trial/Motd)" "set by the server"
contains "$(omadmctl sessions)" succeeded

say "secrets are apart and private"
must grep -rq s3cret-of-the-device /var/lib/omadm/secrets
must_not grep -rq s3cret-of-the /var/lib/omadm/omadm.db /var/lib/omadm/omadm.db-wal
is "what others can read" "$(find /var/lib/omadm -perm /077)" ""
must_not omadmctl get ./DMAcc/trial/AppAuth/CLCRED/AAuthSecret

sync_fails() {                          # sync_fails ACCOUNT REASON
  local said
  said=$(omadmctl sync "$1" 2>&1)
  is "exit status" $? 1
  contains "$said" "$2"
}

say "HTTPS with certificates on both sides"
mkdir /srv/tls
cd /srv/tls || fail cd
certificate() {                         # certificate NAME EXTENSION [OPTION]...
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 -subj "/CN=$1" \
    -addext "$2" -keyout "$1.key" -out "$1.pem" "${@:3}" 2> /dev/null || fail "certificate $1"
}
certificate ca basicConstraints=critical,CA:TRUE -addext keyUsage=keyCertSign
certificate other-ca basicConstraints=critical,CA:TRUE -addext keyUsage=keyCertSign
certificate server subjectAltName=DNS:localhost -CA ca.pem -CAkey ca.key -addext extendedKeyUsage=serverAuth
certificate device extendedKeyUsage=clientAuth -CA ca.pem -CAkey ca.key
chmod 0644 server.key
# shellcheck disable=SC2086  # words on purpose
start_server 18083 --https-port 18082 --cert /srv/tls/server.pem --key /srv/tls/server.key --client-ca /srv/tls/ca.pem \
  $SERVER_AUTH --commands /srv/commands.json
must omadmctl account remove --withdraw trial
is "the value that was withdrawn" "$(omadmctl get ./Vendor/Trial/Motd)" "nothing yet"

enrol trial --url https://localhost:18082/dm --ca ca.pem --cert device.pem --key device.key
must omadmctl sync trial
is value "$(omadmctl get ./Vendor/Trial/Motd)" "set by the server"
restart
must omadmctl sync trial
must omadmctl account remove trial

enrol trial --url https://localhost:18082/dm --ca ca.pem
sync_fails trial "wants a client certificate"
must omadmctl account remove trial
enrol trial --url https://127.0.0.1:18082/dm --ca ca.pem --cert device.pem --key device.key
sync_fails trial "another host name"
must omadmctl account remove trial
enrol trial --url https://localhost:18082/dm --ca other-ca.pem --cert device.pem --key device.key
sync_fails trial "not signed by a trusted CA"

say "nothing is left of a removed account"
must grep -rqF "$(sed -n 2p device.key)" /var/lib/omadm/secrets
must omadmctl account remove --withdraw trial
must_not grep -rq s3cret-of-the /var/lib/omadm
must_not grep -rqF "$(sed -n 2p device.key)" /var/lib/omadm

say "an account made with the image, its secrets credentials of the service"
mkdir /etc/systemd/system/omadmd.service.d
printf '[Service]\nLoadCredential=device:/run/secret\nLoadCredential=server:/run/server-secret\n' \
  > /etc/systemd/system/omadmd.service.d/credentials.conf
install -m 0640 -g omadm /dev/stdin /etc/omadm/accounts.d/factory.conf <<'CONF'
[Account]
ServerId=trial
Url=http://127.0.0.1:18080/dm
AllowHttp=true
Auth=md5
User=dev1
SecretCredential=device
ServerAuth=md5
ServerUser=trial
ServerSecretCredential=server
CONF
must systemctl daemon-reload
restart
must omadmctl sync factory
is "where secrets are" "$(grep -rl s3cret-of-the /var/lib/omadm | xargs -r dirname | sort -u)" /var/lib/omadm/secrets
rm /etc/omadm/accounts.d/factory.conf
must omadmctl account remove factory
must_not grep -rq s3cret-of-the /var/lib/omadm

must_not grep -q s3cret-of-the <<< "$(journalctl --no-pager -o cat -u omadmd)"
exit 0
