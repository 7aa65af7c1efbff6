# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC1091
# The example plugin, which was built out of tree against the package, serves what systemd-hostnamed keeps: read, written,
# followed, undone, refused.
# needs-example
. /srv/host/lib.sh

label=./Vendor/Label
say "it is loaded from where omadm-1.pc says"
started=$(date +%s%N)
install -m 0644 /srv/debs/example/example.so /srv/debs/example/example.ddf.xml /usr/lib/*/omadm/plugins-1
install -m 0644 /srv/debs/example/omadm-example.rules /usr/share/polkit-1/rules.d
restart
shown=$(omadmctl plugin show example)
echo "from the files to the loaded plugin: $((($(date +%s%N) - started) / 1000000)) ms"
contains "$shown" "example 1.0: loaded"
contains "$shown" "Plugin ABI: 1.0"
contains "$shown" "Services that it may use: org.freedesktop.hostname1"
contains "$shown" "Polkit actions that it needs: org.freedesktop.hostname1.set-machine-info org.freedesktop.hostname1."

say "what hostnamed has is read, and what is written hostnamed has"
must hostnamectl set-location "Hall 3"
# polkitd reads the new rule in its own time.
for ((i = 0; i < 50; i++)); do
  omadmctl set $label/PrettyHostname "Anna’s laptop" && break
  sleep 0.1
done
is location "$(omadmctl get $label/Location)" "Hall 3"
is name "$(hostnamectl --pretty)" "Anna’s laptop"
must omadmctl set $label/Deployment staging
is deployment "$(hostnamectl deployment)" staging

say "what the DDF does not permit does not get there"
must_not omadmctl set $label/Deployment holiday
is deployment "$(hostnamectl deployment)" staging

say "what somebody else changes shows, with a new version"
version() {
  busctl call org.omadm.Agent1 /org/omadm/Agent1 org.omadm.Agent1.Tree GetProperty ss $label/Location VerNo
}
before=$(version)
contains "$before" 's "'
must hostnamectl set-location "Hall 4"
for ((i = 0; i < 50; i++)); do [ "$(version)" != "$before" ] && break; sleep 0.1; done
is location "$(omadmctl get $label/Location)" "Hall 4"
must_not [ "$(version)" = "$before" ]

say "a session writes it, in an Atomic that fails nothing of it stays"
# shellcheck disable=SC2086  # words on purpose
start_server 18081 --port 18080 $SERVER_AUTH
enrol trial --url http://127.0.0.1:18080/dm --allow-http
queue() { must curl -sf -d "$1" "http://127.0.0.1:18081/devices/$(omadmctl get ./DevInfo/DevId)/commands" > /dev/null; }
results() { curl -sf "http://127.0.0.1:18081/devices/$(omadmctl get ./DevInfo/DevId)/results"; }
must omadmctl sync trial
queue "[{\"command\": \"Get\", \"uri\": \"$label/PrettyHostname\"},
        {\"command\": \"Replace\", \"uri\": \"$label/PrettyHostname\", \"data\": \"Ben’s laptop\"},
        {\"command\": \"Get\", \"uri\": \"$label/PrettyHostname\"}]"
must omadmctl sync trial
is name "$(hostnamectl --pretty)" "Ben’s laptop"
found=$(results)
contains "$found" "Anna’s laptop"
contains "$found" "Ben’s laptop"
queue "[{\"command\": \"Atomic\", \"commands\": [
        {\"command\": \"Replace\", \"uri\": \"$label/PrettyHostname\", \"data\": \"Carla’s laptop\"},
        {\"command\": \"Replace\", \"uri\": \"./DevInfo/Man\", \"data\": \"x\"}]}]"
must omadmctl sync trial
is name "$(hostnamectl --pretty)" "Ben’s laptop"

say "without the rule it is refused, and says what is missing"
# That of the systemd plugin grants the same.
rm -f /usr/share/polkit-1/rules.d/omadm-{example,systemd}.rules
for ((i = 0; i < 50; i++)); do
  said=$(omadmctl set $label/Location "Hall 5" 2>&1) || break
  sleep 0.1
done
contains "$said" "org.freedesktop.hostname1.set-machine-info"
is location "$(omadmctl get $label/Location)" "Hall 4"

say "without the service its nodes say so, and are back with it"
must systemctl mask --runtime --now systemd-hostnamed
said=$(omadmctl get $label/Location 2>&1) && fail "it must not be read"
contains "$said" "The service org.freedesktop.hostname1 is not there"
must systemctl unmask --runtime systemd-hostnamed
is location "$(omadmctl get $label/Location)" "Hall 4"
exit 0
