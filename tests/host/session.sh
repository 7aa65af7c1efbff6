# SPDX-License-Identifier: LGPL-2.1-or-later
# A session changes a stored node; the value survives restarts and a power cut; nothing is left of a removed account.
. /srv/host/lib.sh

say "a subtree of the administrator's own"
cat > /etc/omadm/ddf.d/trial.ddf.xml <<'DDF'
<MgmtTree xmlns="syncml:dmddf1.2"><VerDTD>1.2</VerDTD>
  <Node><NodeName>Trial</NodeName><Path>./Vendor</Path>
    <DFProperties><AccessType><Get/></AccessType><DFFormat><node/></DFFormat><Occurrence><One/></Occurrence><Scope><Permanent/></Scope><DFType><DDFName/></DFType></DFProperties>
    <Node><NodeName>Motd</NodeName>
      <DFProperties><AccessType><Get/><Replace/></AccessType><DefaultValue>nothing yet</DefaultValue><DFFormat><chr/></DFFormat><Occurrence><One/></Occurrence><Scope><Permanent/></Scope><DFType><MIME>text/plain</MIME></DFType></DFProperties>
    </Node>
  </Node>
</MgmtTree>
DDF
must systemctl restart omadmd
[ "$(omadmctl get ./Vendor/Trial/Motd)" = "nothing yet" ] || fail "default"

say "a session with MD5 in both directions"
cat > /srv/commands.json <<'JSON'
[ {"command": "Get", "uri": "./DevInfo/Mod"},
  {"command": "Replace", "uri": "./Vendor/Trial/Motd", "format": "chr", "data": "set by the server"},
  {"command": "Replace", "uri": "./DevInfo/Man", "format": "chr", "data": "x"} ]
JSON
start_server 18080 --user dev1:s3cret-of-the-device --auth md5 --server-auth md5 --server-user trial \
  --server-secret s3cret-of-the-server --commands /srv/commands.json
enrol trial 18080
must omadmctl sync trial
[ "$(omadmctl get ./Vendor/Trial/Motd)" = "set by the server" ] || fail "value"
must omadmctl sync trial

say "the value is there after a restart and after a crash"
must systemctl restart omadmd
[ "$(omadmctl get ./Vendor/Trial/Motd)" = "set by the server" ] || fail "value after restart"
systemctl kill -s KILL omadmd
[ "$(omadmctl get ./Vendor/Trial/Motd)" = "set by the server" ] || fail "value after SIGKILL"
contains "$(omadmctl sessions)" succeeded

say "secrets are apart and private"
must grep -rq s3cret-of-the-device /var/lib/omadm/secrets
must_not grep -rq s3cret-of-the /var/lib/omadm/omadm.db
[ -z "$(find /var/lib/omadm -perm /077)" ] || fail "others can read: $(find /var/lib/omadm -perm /077)"
must_not omadmctl get ./DMAcc/trial/AppAuth/CLCRED/AAuthSecret

say "nothing is left of a removed account"
must omadmctl account remove --withdraw trial
must_not grep -rq s3cret-of-the /var/lib/omadm
[ "$(omadmctl get ./Vendor/Trial/Motd)" = "nothing yet" ] || fail "not withdrawn"
must_not grep -q s3cret-of-the <<< "$(journalctl --no-pager -o cat -u omadmd)"
echo done
