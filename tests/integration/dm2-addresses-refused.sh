#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Servers name addresses: of repositories, of packages to come, of reports.  They lead to the account's own origin and,
# with HTTPS, to hosts that its administrator listed, and never with its password or certificate to anybody else.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib-dm2.sh"

motd=./Vendor/Example/Motd
make_certificates
cp "$OMADM_SOURCE_DIR/data/examples/vendor-example.ddf.xml" "$work/config/ddf.d/"
printf '[Daemon]\nHttpTimeout=2\nResends=0\nRetryDelay=1\n' > "$work/config/omadm.conf"
start_bus
start_server --https-port 0 --cert "$work/server.pem" --key "$work/server.key" --client-ca "$work/ca.pem" \
  --http-auth basic --http-user "edge-7:$secret"
start_other --port 0 --https-port 0 --cert "$work/server.pem" --key "$work/server.key"
other_http=$(grep '^http:' <<< "$other_url") other_https=$(grep '^https:' <<< "$other_url")
start_daemon
port=${https_url##*:} port=${port%/}
other_port=${other_https##*:} other_port=${other_port%/}

# use [OPTION]...: the account is made anew
use() {
  ctl account remove two > /dev/null 2>&1
  http_url="https://localhost:$port/" dm2_enrol --ca "$work/ca.pem" --cert "$work/client.pem" --key "$work/client.key" \
    --http-auth basic --http-user edge-7 --http-secret-file "$work/secret" --manage ./Vendor/Example "$@"
}

text='[{"ClientURI":"'$example'//Motd","MOData":{"Motd":"Taken"}}]'
document motd "$text"
curl -sS --max-time 30 -X PUT -H "Content-Type: $mo_type" --data "$text" "$other_admin/data/motd" > /dev/null

# refused ADDRESS: as a repository, for what comes and for what goes; nobody is asked for it
refused() {
  queue '[["HGET", "'"$1"'"], ["HPUT", "'"$1"'", "'$example'//Motd"], ["HPOST", "'"$1"'", "'$example'//Motd"], ["GET", "'$example'//LogLevel"]]'
  exits 0 ctl sync two
  is "answers for $1" "403 403 403 200" "$(answers | sed -E 's/^[A-Z]+ [^ ]+ ([0-9]+).*/\1/' | xargs)"
}

use
note "addresses that are refused"
for address in "http://localhost:$port/data/motd" "${other_http}data/motd" "https://localhost:$other_port/data/motd" \
    "https://127.0.0.1:$other_port/data/motd" "https://[::1]:$other_port/data/motd" "https://169.254.169.254/latest/" \
    "https://10.0.0.1/x" "https://192.168.1.1/x" "https://[::ffff:127.0.0.1]:$other_port/data/motd" \
    "https://2130706433:$other_port/data/motd" "https://www.example/x" "https://u:p@localhost:$port/data/motd"; do
  refused "$address"
done
is "the tree" "Welcome." "$(ctl get $motd)"
is "what the other server was asked" "" "$(requests "$other_admin")"

note "a redirect leads nowhere else either"
misbehave '{ "next": "redirect", "path": "/data/motd", "location": "https://localhost:'"$other_port"'/data/motd" }'
queue '[["HGET", "https://localhost:'"$port"'/data/motd"]]'
exits 0 ctl sync two
has "the answer" '^HGET .* 403$' "$(answers)"
is "the tree" "Welcome." "$(ctl get $motd)"

note "nor do packages and reports"
queue '[["CONT", "https://localhost:'"$other_port"'/"], ["GET", "'$example'//Motd"]]'
exits '[!0]' ctl sync two
queue '[["EXEC", "'$example'//Motd", "https://localhost:'"$other_port"'/"], ["SUB", "https://localhost:'"$other_port"'/data/x", "'$example'//Motd"],
  ["DEFAULT", "https://localhost:'"$other_port"'/data/x", "urn:oma:mo:ext-none:1.0"]]'
exits 0 ctl sync two
answers > "$work/said"
exits 0 ctl set $motd "Mine"
exits 0 ctl sync two
is "what the other server was asked" "" "$(requests "$other_admin")"
curl -sS --max-time 30 -X DELETE "$admin/devices/$(device_id)/results" > /dev/null

note "a listed host is asked, and learns no password, no cookie and no certificate"
use --option hosts=localhost
queue '[["HGET", "https://localhost:'"$other_port"'/data/motd"], ["HPUT", "https://localhost:'"$other_port"'/data/up", "'$example'//Motd"]]'
requests > /dev/null
exits 0 ctl sync two
is "the answers" "200 200" "$(answers | sed -E 's/^[A-Z]+ [^ ]+ ([0-9]+).*/\1/' | xargs)"
is "the tree" "Taken" "$(ctl get $motd)"
is "what the other server was asked" "GET /data/motd 200
PUT /data/up 204" "$(requests "$other_admin")"
has "what the own server was told" 'authorization' "$(requests)"

note "who asks for the certificate there does not get it"
end "$other_pid" || die "the other server exited with $?"
start_other --https-port 0 --cert "$work/server.pem" --key "$work/server.key" --client-ca "$work/ca.pem"
other_port=${other_url##*:} other_port=${other_port%/}
queue '[["HGET", "https://localhost:'"$other_port"'/data/motd"]]'
exits 0 ctl sync two
has "the answer" '^HGET .* 502' "$(answers)"
is "what the other server was asked" "" "$(requests "$other_admin")"
