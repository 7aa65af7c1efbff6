# SPDX-License-Identifier: LGPL-2.1-or-later
# The installed service runs without privileges, in a tight sandbox, and polkit guards it.
. /srv/host/lib.sh

say "it is started at boot and by D-Bus activation"
must systemctl is-enabled omadmd
must systemctl is-active omadmd
must systemctl stop omadmd
must busctl call org.omadm.Agent1 /org/omadm/Agent1 org.omadm.Agent1 GetStatus > /dev/null
must systemctl is-active omadmd

say "it is user omadm with no capability"
pid=$(systemctl show -p MainPID --value omadmd)
contains "$(ps -o user= -p "$pid")" omadm
contains "$(grep CapBnd "/proc/$pid/status")" 0000000000000000
contains "$(grep CapEff "/proc/$pid/status")" 0000000000000000
contains "$(grep NoNewPrivs "/proc/$pid/status")" 1

say "systemd-analyze security is at most 1.5"
score=$(systemd-analyze security --no-pager omadmd | sed -n 's/.*Overall exposure level for omadmd.service: \([0-9.]*\).*/\1/p')
echo "security score: $score"
awk -v s="$score" 'BEGIN { exit !(s != "" && s <= 1.5) }' || fail "score $score"

say "DevInfo and DevDetail are this machine's"
contains "$(omadmctl get ./DevInfo/DevId)" urn:uuid:
[ "$(omadmctl get ./DevInfo/DevId)" = "$(omadmctl get DevInfo/DevId)" ] || fail "device id"
must_not grep -q "$(cut -c1-8 /etc/machine-id)" <<< "$(omadmctl get ./DevInfo/DevId)"
contains "$(omadmctl get ./DevDetail/SwV)" debian
for leaf in DevInfo/Man DevInfo/Mod DevInfo/DmV DevInfo/Lang DevDetail/DevTyp DevDetail/OEM DevDetail/FwV DevDetail/HwV; do
  [ -n "$(omadmctl get "./$leaf")" ] || fail "$leaf is empty"
done
must localectl set-locale LANG=C.UTF-8
[ "$(omadmctl get ./DevInfo/Lang)" = en ] || fail "language"

say "the tree is on the bus at any depth"
tree=$(busctl tree --list org.omadm.Agent1)
contains "$tree" /org/omadm/Agent1/tree/DevDetail/URI/MaxDepth
contains "$(busctl introspect org.omadm.Agent1 /org/omadm/Agent1/tree/DevInfo/DevId)" org.omadm.Agent1.Node
contains "$(gdbus call --system -d org.omadm.Agent1 -o /org/omadm/Agent1/tree/DevInfo/DevId -m org.omadm.Agent1.Node.Get)" urn:uuid

say "an unprivileged user is refused, by every way to the tree"
useradd -m joe
for call in \
  "omadmctl get ./DevInfo/DevId" \
  "omadmctl tree" \
  "omadmctl set ./DMAcc/x y" \
  "omadmctl account list" \
  "omadmctl status" \
  "busctl --timeout=5 introspect org.omadm.Agent1 /org/omadm/Agent1/tree/DevInfo" \
  "busctl --timeout=5 get-property org.omadm.Agent1 /org/omadm/Agent1/tree/DevInfo/DevId org.omadm.Agent1.Node Uri" \
  "busctl --timeout=5 call org.omadm.Agent1 /org/omadm/Agent1/tree/DevInfo/DevId org.freedesktop.DBus.Properties GetAll s org.omadm.Agent1.Node" \
  "busctl --timeout=5 call org.omadm.Agent1 /org/omadm/Agent1 org.omadm.Agent1 StartMonitor"; do
  must_not runuser -u joe -- $call > /dev/null 2>&1
done

say "a polkit rule opens exactly what it names"
cat > /etc/polkit-1/rules.d/10-test.rules <<'RULE'
polkit.addRule(function(action, subject) {
  if (action.id == "org.omadm.read" && subject.user == "joe") return polkit.Result.YES;
});
RULE
sleep 1
contains "$(runuser -u joe -- omadmctl get ./DevInfo/DevId)" urn:uuid:
contains "$(runuser -u joe -- busctl get-property org.omadm.Agent1 /org/omadm/Agent1/tree/DevInfo/DevId org.omadm.Agent1.Node Uri)" ./DevInfo/DevId
must_not runuser -u joe -- omadmctl account list > /dev/null 2>&1 || true
must_not runuser -u joe -- omadmctl set ./DevInfo/Man x > /dev/null 2>&1
must_not runuser -u joe -- omadmctl sync > /dev/null 2>&1

say "nobody else can have the name"
must_not runuser -u joe -- busctl call org.freedesktop.DBus /org/freedesktop/DBus org.freedesktop.DBus RequestName su org.omadm.Agent1 0 > /dev/null 2>&1

say "the log is clean"
must_not grep -qE 'CRITICAL|WARNING' <<< "$(journalctl -u omadmd --no-pager -o cat -p warning)"
echo done
