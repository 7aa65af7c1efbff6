# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154  # what tests use, what lib.sh sets
# What integration tests of DM 2.0 share beyond lib.sh, which is read first.
need python3

example=urn:oma:mo:ext-example:1.0     # ./Vendor/Example
mo_type=application/vnd.oma.dm.mos+json

# dm2_enrol [OPTION]...: account "two" for the server's sessions of DM 2.0
dm2_enrol() {
  ctl account add two --protocol 2.0 --server-id dm2 --url "$http_url" --allow-http "$@" || die "the account cannot be added"
}

# dm2_enrol_notified: the same, with credentials of notifications; a session has told the server of the device
dm2_enrol_notified() {
  echo key-of-notifications > "$work/key"
  dm2_enrol --notification-secret-file "$work/key" --notification-data somebody
  exits 0 ctl sync two
  dm2_results > /dev/null
}

# notification [MEMBER]...: the octets of one of account "two", as hexadecimal digits
notification() {
  local IFS=,
  curl -sS --fail-with-body --max-time 30 -d "{\"server-id\":\"dm2\",\"secret\":\"key-of-notifications\",\"data\":\"somebody\"${*:+,}$*}" \
    "$admin/notifications" | sed -n 's/.*"hex" : "\([0-9a-f]*\)".*/\1/p'
}

# dm2_results: what the device answered in DM 2.0 since the last call, a line each:
#   "COMMAND PARAMETER CODE", behind it the ClientURIs that were made and the data that were read, as JSON;
#   "alert TYPE", behind it source, mark and data; "objects MOID MIID..."; "error TEXT"
dm2_results() {
  local url
  url=$admin/devices/$(device_id)/results
  curl -sS --max-time 30 -X DELETE "$url" | python3 -c '
import json, sys
def text(value): return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
for record in json.load(sys.stdin)["results"]:
    if record.get("protocol") != "2.0":
        continue
    kind = record["type"]
    if kind == "status":
        line = [record.get("command", "?"), record.get("uri", ""), str(record.get("code"))]
        line += record.get("uris", [])
        line += [text(record[name]) for name in ["mo-data"] if name in record]
        print(*[part for part in line if part != ""])
    elif kind == "alert":
        print("alert", record.get("alert-type"), *[record[name] for name in ["source", "mark"] if name in record],
              *[text(record[name]) for name in ["data"] if name in record])
    elif kind == "objects":
        for entry in record["objects"]:
            print("objects", entry["MOID"], *entry["MIID"])
    else:
        print("error", record["error"])'
}

# answers: the same without what each session begins with
answers() { dm2_results | grep -vE '^(objects |alert urn:oma:at:dm:2\.0:)'; }

# document NAME TEXT [MEDIA-TYPE]: what the data repository has at /data/NAME
document() {
  curl -sS --fail-with-body --max-time 30 -X PUT -H "Content-Type: ${3:-$mo_type}" --data-binary "$2" \
    "$admin/data/$1" > "$work/answer" || die "the server refused a document: $(cat "$work/answer")"
}

# stored NAME: what the data repository has at /data/NAME
stored() { curl -s --fail --max-time 30 "$admin/data/$1"; }

# json: the text from standard input in one line, members in order
json() { python3 -c 'import json, sys; print(json.dumps(json.load(sys.stdin), sort_keys=True, separators=(",", ":")))'; }

# requests [ADMIN]: what came for DM 2.0 since the last call, a line each: "METHOD PATH STATUS"
requests() {
  local url=${1:-$admin}/requests
  curl -sS --max-time 30 -X DELETE "$url" | python3 -c '
import json, sys
for r in json.load(sys.stdin)["requests"]:
    print(r["method"], r["path"], r["status"], *[name for name in ["authorization", "cookie"] if name in r])'
}

# until_has PATTERN COMMAND...: until its output has it, for half a minute; its last output is in $output
until_has() {
  local pattern=$1 end=$((SECONDS + 30))
  shift
  while [ $SECONDS -lt $end ]; do
    output=$("$@")
    ! grep -qE -- "$pattern" <<< "$output" || return 0
    sleep 0.1
  done
  die "it did not come to /$pattern/: $output"
}

# ---- A second server, as a stranger: other_url, other_admin ----

other_pid='' other_url='' other_admin=''

start_other() {                        # start_other [OPTION]...
  : > "$work/other.log"
  "${as_user[@]}" ASAN_OPTIONS="$sanitizers:detect_leaks=1:fast_unwind_on_malloc=0" \
    LSAN_OPTIONS="print_suppressions=0:suppressions=$work/lsan.supp" "$server_program" --admin-port 0 "$@" \
    >> "$work/other.log" 2>&1 &
  other_pid=$!
  other_admin=$(wait_line '^admin ' "$work/other.log" "$other_pid") || die "the other server: $(cat "$work/other.log")"
  other_admin=${other_admin#admin } other_admin=${other_admin%/}
  other_url=$(sed -n 's/^dm //p' "$work/other.log")
}

finish_dm2() {
  local status=$?
  [ -z "$other_pid" ] || end "$other_pid" 2> /dev/null
  (exit "$status")
  finish
}
trap finish_dm2 EXIT
