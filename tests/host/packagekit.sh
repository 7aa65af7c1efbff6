#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC1091,SC2016,SC2154
# SCOMO on the real PackageKit, by a server's sessions, as user omadm.
# repository
# host: --veth
. /srv/host/packagekit-lib

say "SCOMO: the inventory is dpkg's"
is "components" "$(omadmctl get ./Vendor/Omadm/Packages/Count)" "$(dpkg-query -f '.\n' -W | wc -l)"
is "version of apt" "$(value ./SCOMO/Inventory/Deployed/apt/Version)" "$(dpkg-query -W -f='${Version}' apt)"
is "size of dpkg" "$(value ./Vendor/Omadm/Packages/Installed/dpkg/Size)" "$(dpkg-query -W -f='${Installed-Size}' dpkg)"
session "$(get ./SCOMO/Inventory/Deployed/dpkg/Version)" "$(get ./SCOMO?prop=Type)" "$(get './SCOMO/Inventory/Deployed/no-such')"
contains "$results" "\"data\":\"$(dpkg-query -W -f='${Version}' dpkg)\""
contains "$results" '"uri":"./SCOMO/Inventory/Deployed/no-such","code":404'

say "SCOMO: Download, DownloadInstall, Install, Update, Remove"
downloads one apt:tiny=1.0 1200
is tiny "$(version tiny)" "ii 1.0"
is "its package" "$(value ./SCOMO/Inventory/Deployed/tiny/PkgIDRef)" id-one
is State "$(value ./SCOMO/Inventory/Delivered/one/State)" 20
runs ./SCOMO/Inventory/Deployed/tiny/Operations/Update 1200
is tiny "$(version tiny)" "ii 2.0"
is "the package of another version" "$(value ./SCOMO/Inventory/Deployed/tiny/PkgIDRef)" ""
downloads older apt:tiny=1.0 1405
downloads two apt:needs-tiny 1200 Download
is Status "$(value ./SCOMO/Download/two/Status)" 40
is needs-tiny "$(version needs-tiny)" none
runs ./SCOMO/Inventory/Delivered/two/Operations/Install 1200
is needs-tiny "$(version needs-tiny)" "ii 1.0"
runs ./SCOMO/Inventory/Deployed/tiny/Operations/Remove 1408
is "what another depends on" "$(version tiny) $(version needs-tiny)" "ii 2.0 ii 1.0"
is Status "$(value ./SCOMO/Inventory/Deployed/tiny/Status)" 20
runs ./SCOMO/Inventory/Deployed/needs-tiny/Operations/Remove 1200
is needs-tiny "$(version needs-tiny)" none
until_true test "$(omadmctl get ./Vendor/Omadm/Packages/Installed/needs-tiny 2>&1 | grep -c 'no such')" = 1
runs ./SCOMO/Inventory/Deployed/tiny/Operations/Activate 1200
session '{"command":"Exec","uri":"./SCOMO/Inventory/Deployed/tiny/Operations/Deactivate"}'
contains "$results" '/Deactivate","code":405'
runs ./SCOMO/Inventory/Delivered/two/Operations/Remove 1200
must_not omadmctl get ./SCOMO/Inventory/Delivered/two/State

say "SCOMO: what fails is told with its code, and leaves the machine as it was"
downloads unknown apt:there-is-none 1402
downloads version apt:tiny=7.0 1402
downloads unmet apt:unmet 1405
is unmet "$(version unmet)" none
downloads broken apt:broken 1405
is Status "$(value ./SCOMO/Download/broken/Status)" 70
dpkg --purge broken > /dev/null 2>&1
downloads unsigned apt:nobody-signed 1407
downloads stranger apt:by-stranger 1407
is "untrusted packages" "$(version nobody-signed) $(version by-stranger)" "none none"
session "$(add ./SCOMO/Download/rpm)" "$(put ./SCOMO/Download/rpm/PkgURL apt:tiny)" "$(put ./SCOMO/Download/rpm/EnvType rpm)" \
  "$(put ./SCOMO/Download/rpm/PkgURL 'file:///etc/shadow')"
contains "$results" '/rpm/PkgURL","code":500'
runs ./SCOMO/Download/rpm/Operations/DownloadInstall 1413
downloads sticky apt:sticky 1200
runs ./SCOMO/Inventory/Deployed/sticky/Operations/Remove 1408
is sticky "$(version sticky)" "ii 1.0"

say "SCOMO: a file over HTTP is taken up again where the connection broke, and known by its digest"
serve_files
downloads good http://127.0.0.1:8000/good.deb 1200
is needs-tiny "$(version needs-tiny)" "ii 1.0"
is "where it went on" "$(cat /srv/www/ranges)" 300
downloads changed http://127.0.0.1:8000/changed.deb 1407
downloads other http://127.0.0.1:8000/unsigned.deb 1407
downloads missing http://127.0.0.1:8000/missing.deb 1402
downloads nobody http://127.0.0.1:1/missing.deb 1402 Download
is "what is left in the spool" "$(find /var/lib/omadm/packages -type f)" ""

say "SCOMO: alerts as documents"
echo AlertFormat=xml >> /etc/omadm/omadm.conf.d/packagekit.conf
restart
runs ./SCOMO/Inventory/Deployed/needs-tiny/Operations/Activate '<ResultCode>1200</ResultCode><Identifier>needs-tiny</Identifier>'

say "it was user omadm without a capability, and no secret or complaint is in the log"
must_not grep -qE 's3cret|CRITICAL' <<< "$(journalctl -u omadmd --no-pager -o cat)"
exit 0
