# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC1091,SC2016
# An upgrade in mid-session ends the session in order and loses nothing; purging leaves nothing.
# no-deb
. /srv/host/lib.sh
export DEBIAN_FRONTEND=noninteractive
mkdir -p /var/tmp/debs
for deb in /srv/debs/*.deb; do
  case $deb in *-dbgsym_*|*libomadm-dev_*) ;; *) cp "$deb" /var/tmp/debs ;; esac
done

# What there is of the package, wherever it came from.
traces() {
  find / -xdev \( -path /proc -o -path /sys -o -path /srv -o -path /tmp -o -path /var/tmp/debs -o -path /var/tmp/newer \
    -o -path /var/log -o -path /var/cache/apt \) -prune -o -name '*omadm*' -print | sort
}

say "install"
must apt-get -qq -y install /var/tmp/debs/*.deb > /dev/null
must systemctl -q is-active omadmd
add_trial_ddf
cat > /srv/commands.json <<'JSON'
[ {"command": "Replace", "uri": "./Vendor/Trial/Motd", "format": "chr", "data": "set by the server"},
  {"command": "Get", "uri": "./DevInfo/Mod"} ]
JSON
# shellcheck disable=SC2086  # words on purpose
start_server 18081 --port 18080 $SERVER_AUTH --commands /srv/commands.json
enrol trial --url http://127.0.0.1:18080/dm --allow-http

say "a newer version of the same packages"
mkdir /var/tmp/newer
version=$(dpkg-query -W -f='${Version}' omadm)
for deb in /var/tmp/debs/*.deb; do
  rm -rf /var/tmp/unpacked
  dpkg-deb -R "$deb" /var/tmp/unpacked
  sed -i "s/${version//./\\.}/$version+1/" /var/tmp/unpacked/DEBIAN/control
  dpkg-deb -b /var/tmp/unpacked /var/tmp/newer > /dev/null
done
rm -rf /var/tmp/unpacked

say "upgrade while the server lets the session wait, its commands done"
echo '# of the administrator' >> /etc/omadm/omadm.conf
curl -sf -d '{"next": "delay", "ms": 60000, "skip": 2}' http://127.0.0.1:18081/misbehave > /dev/null || fail misbehave
omadmctl sync trial > /run/sync.out 2>&1 &
sync=$!
for ((i = 0; i < 100; i++)); do
  [ "$(omadmctl get ./Vendor/Trial/Motd)" = "nothing yet" ] || break
  sleep 0.1
done
contains "$(omadmctl sessions --json)" '"running"'
start=$SECONDS
must apt-get -qq -y install /var/tmp/newer/*.deb > /dev/null
[ $((SECONDS - start)) -lt 15 ] || fail "the upgrade took $((SECONDS - start)) s"
wait $sync
is "exit status of sync" $? 1
contains "$(cat /run/sync.out)" "Stopped"
must systemctl -q is-active omadmd
is version "$(dpkg-query -W -f='${Version}' omadm)" "$version+1"
is ending "$(systemctl show -p Result --value omadmd)" success
must_not grep -qE "SIGKILL|timed out" <<< "$(journalctl -u omadmd --no-pager -o cat)"

say "nothing is lost, and the server was told"
contains "$(omadmctl account list)" trial
contains "$(omadmctl sessions)" "failed: Stopped"
is value "$(omadmctl get ./Vendor/Trial/Motd)" "set by the server"
must grep -q '^# of the administrator' /etc/omadm/omadm.conf
contains "$(curl -sf "http://127.0.0.1:18081/devices/$(omadmctl get ./DevInfo/DevId)/results")" '"code" : 1223'
must omadmctl sync trial

say "removing keeps configuration and state"
must apt-get -qq -y remove omadm > /dev/null
must_not systemctl -q is-active omadmd
must [ -e /var/lib/omadm/omadm.db ]
must [ -e /etc/omadm/omadm.conf ]

say "purge"
must apt-get -qq -y purge omadm omadm-testserver libomadm-1-0 > /dev/null
must_not systemctl cat omadmd
is "what is left" "$(traces)" ""
exit 0
