# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154  # what tests use, what lib.sh sets
# What tests share that plant secrets and search for them in all that comes out; lib.sh is read first.
need python3 openssl base64 dbus-monitor od

here=$(dirname "$0")
out=$work/out
mkdir "$out"
: > "$work/planted"

hex() { od -An -v -tx1 | tr -d ' \n'; }

# plant NAME [USER]: a secret; sets the variable NAME
plant() {
  printf -v "$1" 'Zq-%s-%s' "${1//_/-}" "$(head -c 8 /dev/urandom | hex)"
  known "$1" "$(printf %s "${!1}" | hex)" "${2:--}"
}

# known NAME HEXADECIMAL [USER]: a secret that is there already
known() { echo "$1 $2 ${3:--}" >> "$work/planted"; }

# file NAME: of a planted secret, as an account takes it
file() { (umask 077; printf '%s\n' "${!1}" > "$work/$1.secret"); [ "$(id -u)" != 0 ] || chown "$user_id" "$work/$1.secret"; echo "$work/$1.secret"; }

# shows NAME COMMAND...: what it says is searched, however it ends
shows() {
  local name=$1
  shift
  if [ "$1" = ctl ]; then set -- "${ctl[@]}" "${@:2}"; fi
  timeout 60 "$@" > "$out/$name" 2>&1
}

# listen: from here on what the daemon tells others is searched: signals, answers, errors, and what monitors see
listen() {
  dbus-monitor --address "$bus" "type='signal'" "type='method_return',sender='org.omadm.Agent1'" \
    "type='error',sender='org.omadm.Agent1'" > "$out/bus" 2>&1 &
  listener=$!
  start_monitor
}

# gather: ends all, and takes what was heard, the log and the state along
gather() {
  stop_monitor
  cp "$work/monitor.log" "$out/monitor"
  kill "$listener"
  wait "$listener" 2> /dev/null
  stop_daemon
  cp "$work/omadmd.log" "$out/log"
  find "$work/state" -type f ! -path '*/secrets/*' -exec sh -c 'cp "$1" "$2/state-$(basename "$1")"' sh {} "$out" \;
}

# search KEPT...: the secrets of these names are where they belong, and none is in what came out
search() {
  local name
  note "the search finds what is there"
  "$here/find-secrets.py" --forms "$work/planted" > "$work/forms"
  "$here/find-secrets.py" "$work/planted" "$work/forms" > "$work/found"
  is "planted secrets that the search finds" "$(cut -d ' ' -f 1 "$work/planted" | sort -u)" \
    "$(cut -d ' ' -f 1 "$work/found" | sort -u)"
  "$here/find-secrets.py" "$work/planted" "$work"/state/secrets/* > "$work/found"
  for name; do has "what is kept" "^$name as" "$(cat "$work/found")"; done

  note "$(wc -l < "$work/planted") secrets in $(find "$out" -type f | wc -l) outputs of $(du -sb "$out" | cut -f 1) octets"
  has "the log is at its highest level" 'debug: ' "$(cat "$out/log")"
  has "the bus was heard" 'member=Message' "$(cat "$out/bus")"
  [ -z "${KEEP:-}" ] || cp -r "$out" "$work/planted" "$KEEP/"
  is "secrets that show" "" "$("$here/find-secrets.py" "$work/planted" "$out"/*)"
}
