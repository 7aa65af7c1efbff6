# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# For the test scripts on the throw-away host.
set -u
fail() { echo "FAILED: $*" >&2; journalctl -u omadmd --no-pager -n 30 >&2; exit 1; }
must() { "$@" || fail "$*"; }
must_not() { if "$@"; then fail "it must not succeed: $*"; fi; }
contains() { case $1 in *"$2"*) ;; *) fail "'$2' is not in: $1" ;; esac; }
say() { echo "- $*"; }

# start_server PORT [OPTION]...: a trial server on loopback, plain HTTP; its admin interface is PORT+1
start_server() {
  local port=$1 i
  shift
  systemd-run --quiet --unit=testserver --collect -p DynamicUser=yes -p BindReadOnlyPaths=/srv -- \
    omadm-testserver --address 127.0.0.1 --port "$port" --admin-port "$((port + 1))" --server-id trial "$@" || fail server
  for ((i = 0; i < 100; i++)); do
    curl -sf "http://127.0.0.1:$((port + 1))/healthz" > /dev/null && return
    sleep 0.1
  done
  journalctl -u testserver --no-pager >&2
  fail "the trial server did not come up"
}

enrol() {                              # enrol NAME PORT [OPTION]...
  local name=$1 port=$2
  shift 2
  printf 's3cret-of-the-device\n' > /run/secret
  printf 's3cret-of-the-server\n' > /run/server-secret
  must omadmctl account add "$name" --server-id trial --url "http://127.0.0.1:$port/dm" --allow-http \
    --auth md5 --user dev1 --secret-file /run/secret \
    --server-auth md5 --server-user trial --server-secret-file /run/server-secret "$@"
}
