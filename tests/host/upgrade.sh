# SPDX-License-Identifier: LGPL-2.1-or-later
# An upgrade in mid-session ends the session in order and loses nothing; purging leaves nothing.
# no-deb
. /srv/host/lib.sh
export DEBIAN_FRONTEND=noninteractive
mkdir -p /var/tmp/debs
for deb in /srv/debs/*.deb; do
  case $deb in *-dbgsym_*|*libomadm-dev_*) ;; *) cp "$deb" /var/tmp/debs ;; esac
done

say "install"
must apt-get -qq -y install /var/tmp/debs/*.deb > /dev/null
must systemctl is-active omadmd
cat > /srv/commands.json <<'JSON'
[ {"command": "Get", "uri": "./DevInfo/Mod"} ]
JSON
start_server 18080 --user dev1:s3cret-of-the-device --auth md5 --server-auth md5 --server-user trial \
  --server-secret s3cret-of-the-server --commands /srv/commands.json
enrol trial 18080
must omadmctl sync trial

say "a newer version of the same packages"
mkdir /var/tmp/newer
for deb in /var/tmp/debs/*.deb; do
  rm -rf /var/tmp/unpacked
  dpkg-deb -R "$deb" /var/tmp/unpacked
  sed -i 's/0\.1\.0/0.1.0+1/' /var/tmp/unpacked/DEBIAN/control
  dpkg-deb -b /var/tmp/unpacked /var/tmp/newer > /dev/null
done

say "upgrade while the server lets the session wait"
curl -sf -d '{"next": "delay", "ms": 60000}' http://127.0.0.1:18081/misbehave > /dev/null || fail misbehave
omadmctl sync trial > /run/sync.out 2>&1 &
for ((i = 0; i < 100; i++)); do omadmctl sessions --json | grep -q '"running"' && break; sleep 0.1; done
contains "$(omadmctl sessions --json)" '"running"'
must apt-get -qq -y install /var/tmp/newer/*.deb > /dev/null
wait
must systemctl is-active omadmd
contains "$(dpkg-query -W -f='${Version}' omadm)" 0.1.0+1
contains "$(omadmctl account list)" trial
contains "$(omadmctl sessions)" failed
systemctl stop testserver
start_server 18080 --user dev1:s3cret-of-the-device --auth md5 --server-auth md5 --server-user trial \
  --server-secret s3cret-of-the-server --commands /srv/commands.json
must omadmctl sync trial

say "purge"
must apt-get -qq -y purge omadm > /dev/null
[ ! -e /var/lib/omadm ] && [ ! -e /etc/omadm ] || fail "files are left"
must_not systemctl cat omadmd > /dev/null 2>&1
[ -z "$(find /etc /usr /var/lib -name '*omadm*' -not -path '*/dpkg/*' -not -path '*/apt/*' \
  -not -path '*/debs/*' -not -name '*testserver*' -not -name '*libomadm*' -not -path '*/doc/libomadm*' \
  -not -path '*/doc/omadm-testserver*' 2> /dev/null)" ] || fail "left: $(find /etc /usr /var/lib -name '*omadm*')"
echo done
