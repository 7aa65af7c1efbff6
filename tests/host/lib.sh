# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# For the test scripts on the throw-away host.
set -u
exec 3>&2
fail() { echo "FAILED: $*" >&3; journalctl -u omadmd --no-pager -n 30 >&3; exit 1; }
must() { "$@" || fail "$*"; }
must_not() { if "$@" > /dev/null 2>&1; then fail "it must not succeed: $*"; fi; }
contains() { case $1 in *"$2"*) ;; *) fail "'$2' is not in: $1" ;; esac; }
is() { [ "$2" = "$3" ] || fail "$1: '$2' in place of '$3'"; }
say() { echo "- $*"; }

# Tests restart more often than the limit for services that do not come up allows.
restart() { systemctl reset-failed omadmd 2> /dev/null; must systemctl restart omadmd; }

# refused COMMAND...: it fails because polkit does not authorise it, and not for another reason
refused() {
  local said
  said=$("$@" 2>&1 < /dev/null) && fail "it must be refused: $*"
  contains "$said" "Interactive authentication required"
}

# fails_with TEXT COMMAND...: it fails, and says that
fails_with() {
  local text=$1 said
  shift
  said=$("$@" 2>&1) && fail "it must not succeed: $*"
  contains "$said" "$text"
}

# eventually TEXT COMMAND...: within ten seconds it says just that
eventually() {
  local text=$1 said i
  shift
  for ((i = 0; i < 100; i++)); do
    said=$("$@" 2>&1)
    [ "$said" = "$text" ] && return
    sleep 0.1
  done
  fail "$*: '$said' in place of '$text'"
}

# unit NAME LINE...: a unit where packages have theirs, so that it can be masked
unit() { printf '%s\n' "${@:2}" > "/usr/lib/systemd/system/$1"; }

# node URI: below ./Vendor/Omadm, or why it cannot be read
node() { omadmctl get "./Vendor/Omadm/$1" 2>&1; }

# set_node URI VALUE: it reads so afterwards
set_node() { must omadmctl set "./Vendor/Omadm/$1" "$2"; is "$1" "$(node "$1")" "$2"; }

# as_active USER COMMAND...: in a session at the machine's seat
as_active() {
  local user=$1
  shift
  systemd-run --quiet --wait --pipe --collect -p User="$user" -p PAMName=login \
    -E XDG_SEAT=seat0 -E XDG_SESSION_TYPE=tty -E XDG_SESSION_CLASS=user -- "$@"
}

# start_server ADMIN-PORT [OPTION]...: a trial server on loopback
start_server() {
  local port=$1 i
  shift
  systemd-run --quiet --unit="testserver-$port" --collect -p DynamicUser=yes -p BindReadOnlyPaths=/srv -- \
    omadm-testserver --address 127.0.0.1 --admin-port "$port" --server-id trial "$@" || fail server
  for ((i = 0; i < 100; i++)); do
    curl -sf "http://127.0.0.1:$port/healthz" > /dev/null && return
    sleep 0.1
  done
  journalctl -u "testserver-$port" --no-pager >&2
  fail "the trial server did not come up"
}

# shellcheck disable=SC2034  # for the scripts
# What the server knows of the device and itself, and what enrol tells the client.
SERVER_AUTH="--user dev1:s3cret-of-the-device --auth md5 --server-auth md5 --server-user trial
  --server-secret s3cret-of-the-server"

# enrol NAME [OPTION]...: an account for that server
enrol() {
  local name=$1
  shift
  printf 's3cret-of-the-device\n' > /run/secret
  printf 's3cret-of-the-server\n' > /run/server-secret
  must omadmctl account add "$name" --server-id trial --auth md5 --user dev1 --secret-file /run/secret \
    --server-auth md5 --server-user trial --server-secret-file /run/server-secret "$@"
}

# A stored subtree of the administrator's own, ./Vendor/Trial.
add_trial_ddf() {
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
  restart
  is "the default" "$(omadmctl get ./Vendor/Trial/Motd)" "nothing yet"
}
