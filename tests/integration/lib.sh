# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034  # what tests use
# What the integration tests share: the built daemon and the trial server on a private bus, in a
# temporary directory, as an unprivileged user, driven as an administrator drives them.
#
# meson tells where things are: OMADMD, OMADMCTL, OMADM_TESTSERVER, OMADM_PLUGIN_DIR, OMADM_LIBRARY_DIR,
# OMADM_SOURCE_DIR, OMADM_BUILD_DIR.  A test sources this file; when it exits, everything ends, and
# it fails if the daemon did not end in order or a sanitizer found something.
set -u
export LC_ALL=C.UTF-8
umask 022

sanitizers='' work='' bus='' bus_pid='' server_pid='' daemon_pid='' monitor_pid='' admin='' output=''
daemon_options=()

# ---- Verdicts ----

note() { echo "# $*"; }

die() {                                # die REASON: the test failed
  echo "FAILED: $*" >&2
  exit 1
}

need() {                               # need TOOL...: skips the test without it
  local tool
  for tool in "$@"; do
    command -v "$tool" > /dev/null || { echo "skipped: there is no $tool"; exit 77; }
  done
}

# check WHAT COMMAND...: COMMAND must succeed
check() {
  local what=$1
  shift
  "$@" || die "$what"
}

# is WHAT WANTED FOUND
is() { [ "$2" = "$3" ] || die "$1: wanted \"$2\", found \"$3\""; }

# has WHAT PATTERN TEXT: an extended regular expression
has() { grep -qE -- "$2" <<< "$3" || die "$1: wanted /$2/, found: $3"; }

hasnt() { ! grep -qE -- "$2" <<< "$3" || die "$1: /$2/ in: $3"; }

# exits STATUS COMMAND...: with it, which may be a pattern; its output is in $output
exits() {
  local wanted=$1 status=0
  shift
  if [ "$1" = ctl ]; then set -- "${ctl[@]}" "${@:2}"; fi
  if [ "$(type -t "$1")" = function ]; then output=$("$@" 2>&1) || status=$?
  else output=$(timeout -k 5 60 "$@" 2>&1) || status=$?
  fi
  # shellcheck disable=SC2053  # a pattern
  [[ $status == $wanted ]] || die "exit status $status instead of $wanted, output: $output; of: $*"
}

# ---- Processes ----

# wait_line PATTERN FILE PID: until a line of FILE has it; false when PID ended before
wait_line() {
  : >> "$2"                            # it may be made a moment later only
  timeout 60 grep -m 1 -E -- "$1" < <(tail -n +1 -s 0.05 --pid="$3" -f "$2")
}

start_bus() {
  bus=unix:path=$work/bus/socket
  cat > "$work/bus.conf" <<BUS
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-BUS Bus Configuration 1.0//EN"
  "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>system</type>
  <listen>$bus</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <deny user="*"/>
    <allow user="root"/>
    <allow user="$user_id"/>
    <allow own="*"/>
    <allow send_destination="*" eavesdrop="false"/>
    <allow receive_sender="*"/>
  </policy>
</busconfig>
BUS
  "${as_user[@]}" dbus-daemon --config-file="$work/bus.conf" --nofork --nopidfile --print-address \
    > "$work/bus.log" 2>&1 &
  bus_pid=$!
  wait_line '^unix:' "$work/bus.log" "$bus_pid" > /dev/null || die "the bus: $(cat "$work/bus.log")"
}

# start_server [OPTION]...: sets admin, and http_url and https_url if it serves them
start_server() {
  # Emptied here, not by the child: who waits for its lines must not see those of an earlier one.
  : > "$work/server.log"
  # What the server's library leaks is known; nothing is suppressed for the daemon.
  "${as_user[@]}" ASAN_OPTIONS="$sanitizers:detect_leaks=1:fast_unwind_on_malloc=0" \
    LSAN_OPTIONS="print_suppressions=0:suppressions=$work/lsan.supp" "$server_program" --admin-port 0 --verbose "$@" >> "$work/server.log" 2>&1 &
  server_pid=$!
  admin=$(wait_line '^admin ' "$work/server.log" "$server_pid") || die "the server: $(cat "$work/server.log")"
  admin=${admin#admin } admin=${admin%/}
  http_url=$(sed -n 's/^dm \(http:.*\)/\1/p' "$work/server.log")
  https_url=$(sed -n 's/^dm \(https:.*\)/\1/p' "$work/server.log")
}

# The daemon with this test's directories; further options go behind it.
daemon_command() {
  daemon=("${as_user[@]}" "$daemon_program" --config-dir "$work/config" --state-dir "$work/state"
    --plugin-dir "$plugin_dir")
}

# start_daemon [OPTION]...: until its name is on the bus
start_daemon() {
  local waiting
  daemon_options=("$@")
  "${daemon[@]}" --bus-address "$bus" --no-polkit --debug "$@" >> "$work/omadmd.log" 2>&1 &
  daemon_pid=$!
  gdbus wait --address "$bus" --timeout 60 org.omadm.Agent1 > /dev/null 2>&1 &
  waiting=$!
  wait -n "$waiting" "$daemon_pid"
  if ! kill -0 "$daemon_pid" 2> /dev/null; then
    kill "$waiting" 2> /dev/null
    daemon_pid=''
    die "the daemon did not start"
  fi
  wait "$waiting" || die "the daemon did not come on the bus"
}

# end PID: asks the process to end, and waits for it; its exit status
end() {
  kill -TERM "$1" 2> /dev/null
  wait "$1"
}

# stop_daemon: in order
stop_daemon() {
  local pid=$daemon_pid
  daemon_pid=''
  end "$pid" || die "the daemon exited with $?"
}

# kill_daemon: as a power failure would
kill_daemon() {
  kill -KILL "$daemon_pid"
  wait "$daemon_pid" 2> /dev/null
  daemon_pid=''
}

restart_daemon() {
  stop_daemon
  start_daemon "${daemon_options[@]}"
}

stop_server() {
  local pid=$server_pid
  server_pid=''
  end "$pid" || die "the server exited with $?: $(tail -n 20 "$work/server.log")"
}

start_monitor() {                      # start_monitor [OPTION]...: what it shows is in $work/monitor.log
  : > "$work/monitor.log"
  "${ctl[@]}" monitor "$@" >> "$work/monitor.log" 2>&1 &
  monitor_pid=$!
  wait_line '^Waiting' "$work/monitor.log" "$monitor_pid" > /dev/null || die "omadmctl monitor does not work"
}

stop_monitor() {
  local pid=$monitor_pid
  monitor_pid=''
  end "$pid" || die "omadmctl monitor exited with $?"
}

# Runs when the test exits, however it does.
finish() {
  local status=$? report
  trap - EXIT
  trap '' HUP INT TERM
  [ -z "$monitor_pid" ] || end "$monitor_pid" 2> /dev/null
  if [ -n "$daemon_pid" ] && ! end "$daemon_pid"; then
    echo "FAILED: the daemon did not end in order" >&2
    status=1
  fi
  if [ -n "$server_pid" ] && ! end "$server_pid"; then
    echo "FAILED: the server did not end in order" >&2
    status=1
  fi
  [ -z "$bus_pid" ] || end "$bus_pid" 2> /dev/null
  for report in "$work"/reports/*; do
    [ -e "$report" ] || continue
    echo "A sanitizer found something:" >&2
    head -n 80 "$report" >&2
    status=1
  done
  if [ "$status" != 0 ] && [ "$status" != 77 ] && [ -e "$work/omadmd.log" ]; then
    echo "The end of the daemon's log:" >&2
    tail -n 60 "$work/omadmd.log" >&2
  fi
  rm -rf -- "$work"
  exit "$status"
}

# ---- The administrator's side ----

# use_plugin FILE DDF: one beside those of DevInfo and DevDetail
use_plugin() {
  cp "$1" "$2" "$plugin_dir/"
  chmod -R go-w "$plugin_dir"
}

ctl() { "${ctl[@]}" "$@"; }

tree_call() {                          # tree_call METHOD [ARGUMENT]...: on org.omadm.Agent1.Tree
  local method=$1
  shift
  gdbus call --address "$bus" --dest org.omadm.Agent1 --object-path /org/omadm/Agent1 \
    --method "org.omadm.Agent1.Tree.$method" "$@"
}

# enrol [OPTION]...: account "test" with MD5 both ways, for a server that start_md5_server started
enrol() {
  ctl account add test --server-id omadm-testserver --url "$http_url" --allow-http --auth md5 --user edge-7 \
    --secret-file "$work/secret" --server-auth md5 --server-user server --server-secret-file "$work/server-secret" \
    "$@" || die "the account cannot be added"
}

start_md5_server() {                   # start_md5_server [OPTION]...: over plain HTTP
  start_server --port 0 --users "$work/users" "$@"
}

# ---- The server's side ----

# device_id: of the daemon that runs
device_id() { ctl get ./DevInfo/DevId; }

# queue JSON: commands for the device
queue() {
  curl -sS --fail-with-body --max-time 30 --data "$1" "$admin/devices/$(device_id)/commands" > "$work/answer" ||
    die "the server refused commands: $(cat "$work/answer")"
}

# misbehave JSON: what the server does wrong next
misbehave() {
  curl -sS --fail-with-body --max-time 30 --data "$1" "$admin/misbehave" > "$work/answer" ||
    die "the server refused a misbehaviour: $(cat "$work/answer")"
}

behave() { curl -sS --max-time 30 -X DELETE "$admin/misbehave" > /dev/null; }

# results: what the device answered since the last call, a line each: "status COMMAND URI CODE",
# "results URI VALUE"
results() {
  local url
  url=$admin/devices/$(device_id)/results
  curl -sS --max-time 30 "$url" |
    sed -nE 's/^ *"(command|uri|code|data|type)" : "?(.*[^",]|)"?,?$/\1=\2/p; s/^ *\},?$//p' |
    awk -F= '
      NF == 0 && type == "status" { print type, command, uri, code }
      NF == 0 && type == "results" { print type, uri, data }
      NF == 0 { type = command = uri = code = data = ""; next }
      { value = substr($0, length($1) + 2) }
      $1 == "type" { type = value } $1 == "command" { command = value } $1 == "uri" { uri = value }
      $1 == "code" { code = value } $1 == "data" { data = value }'
  curl -sS --max-time 30 -X DELETE "$url" > /dev/null
}

# make_certificates: in $work, a CA, and certificates of a server on localhost and of a client
make_certificates() {
  local name
  need openssl
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj "/CN=Test CA" \
    -keyout "$work/ca.key" -out "$work/ca.pem" 2> "$work/openssl.log" || die "openssl: $(cat "$work/openssl.log")"
  for name in server client; do
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=$name" \
      -keyout "$work/$name.key" -out "$work/$name.csr" 2> "$work/openssl.log" || die "openssl: $(cat "$work/openssl.log")"
    openssl x509 -req -in "$work/$name.csr" -CA "$work/ca.pem" -CAkey "$work/ca.key" -CAcreateserial -days 2 \
      -extfile <(echo "subjectAltName=IP:127.0.0.1,DNS:localhost"; echo "extendedKeyUsage=${name}Auth") \
      -out "$work/$name.pem" 2> "$work/openssl.log" || die "openssl: $(cat "$work/openssl.log")"
  done
  [ "$(id -u)" != 0 ] || chown "$user_id" "$work/server.key"
}

# ---- Set-up ----

# As root everything that is started gets user nobody, who cannot read every build directory.
set_up() {
  local place=${TMPDIR:-/tmp} name
  user_id=$(id -u)
  as_user=()
  if [ "$user_id" = 0 ]; then
    need setpriv
    user_id=$(id -u nobody)
    as_user=(setpriv --reuid "$user_id" --regid "$(id -g nobody)" --clear-groups --no-new-privs --bounding-set -all)
    "${as_user[@]}" test -x "$place/" || place=/tmp
  fi
  work=$(mktemp -d "$place/omadm-test.XXXXXX") || exit 1
  trap finish EXIT
  trap 'exit 129' HUP
  trap 'exit 130' INT
  trap 'exit 143' TERM
  chmod 755 "$work"
  mkdir -p "$work/config/ddf.d" "$work/config/accounts.d" "$work/bus" "$work/reports"
  mkdir -m 700 "$work/state"
  cp "$OMADM_SOURCE_DIR/tests/integration/lsan.supp" "$work/"
  daemon_program=$OMADMD server_program=$OMADM_TESTSERVER plugin_dir=$work/plugins library_dir=$OMADM_LIBRARY_DIR
  mkdir "$plugin_dir"
  for name in devinfo devdetail; do
    use_plugin "$OMADM_PLUGIN_DIR/$name.so" "$OMADM_PLUGIN_DIR/$name.ddf.xml"
  done
  if [ "$(id -u)" = 0 ]; then
    mkdir "$work/lib"
    cp "$OMADMD" "$OMADM_TESTSERVER" "$work/"
    find "$library_dir" -maxdepth 1 -name '*.so*' ! -type d -exec cp -d {} "$work/lib/" \;
    daemon_program=$work/$(basename "$OMADMD") server_program=$work/$(basename "$OMADM_TESTSERVER")
    library_dir=$work/lib
    chown "$user_id" "$work/state" "$work/bus" "$work/reports"
  fi
  sanitizers=log_path=$work/reports/report:exitcode=99
  # Leaks in slices of GLib would not be seen.
  as_user+=(env HOME="$work" XDG_RUNTIME_DIR="$work" LD_LIBRARY_PATH="$library_dir" G_DEBUG=fatal-criticals
    G_SLICE=always-malloc ASAN_OPTIONS="$sanitizers:detect_leaks=1" UBSAN_OPTIONS="$sanitizers:print_stacktrace=1:halt_on_error=1")
  ctl=("$OMADMCTL" --bus-address "unix:path=$work/bus/socket")
  daemon_command

  # Words that are found again wherever they turn up.
  secret=planted-secret-of-the-device server_secret=planted-secret-of-the-server
  (umask 077; echo "$secret" > "$work/secret"; echo "$server_secret" > "$work/server-secret"
    cat > "$work/users" <<USERS
[edge-7]
secret=$secret
auth=md5
server-auth=md5
server-user=server
server-secret=$server_secret
USERS
  )
  [ "$(id -u)" != 0 ] || chown "$user_id" "$work/users"
}

need dbus-daemon gdbus curl
set_up
