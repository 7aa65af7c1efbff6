#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# bash completes verbs, options, accounts and URIs of the tree that is there.
. "$(dirname "$0")/lib.sh"

cp "$OMADM_SOURCE_DIR/data/examples/vendor-example.ddf.xml" "$work/config/ddf.d/"
start_bus
start_daemon
ctl account add first --server-id one --url https://one.example/ || die "an account cannot be added"
ctl account add second --server-id two --url https://two.example/ || die "an account cannot be added"
ctl add ./Vendor/Example/Sites/a%20b || die "a node cannot be added"
PATH=$(dirname "$OMADMCTL"):$PATH
# shellcheck source=../../data/completions/omadmctl
. "$OMADM_SOURCE_DIR/data/completions/omadmctl"

# completes WANTED WORD...: what bash offers for the last word, in a line
completes() {
  local wanted=$1
  shift
  COMP_WORDS=(omadmctl "$@")
  COMP_CWORD=$#
  COMPREPLY=()
  _omadmctl
  is "completions of \"$*\"" "$wanted" "$(printf '%s\n' "${COMPREPLY[@]}" | sort | tr '\n' ' ' | sed 's/^ *//; s/ *$//')"
}

on_bus=(--bus-address "$bus")
is "the function is set" "complete -F _omadmctl omadmctl" "$(complete -p omadmctl)"
completes "account add agent alert alerts bootstrap delete exec find get monitor notify plugin sessions set status sync tree unit watch" ""
completes "sessions set status sync" s
completes "--session-bus" --s
completes "sessions set status sync" "${on_bus[@]}" s
completes "add list remove show" account ""
completes "remove" account r
completes "--secret-file --server-auth --server-id --server-secret-file --server-user" account add --se
completes "list reset show" plugin ""
completes "devinfo" "${on_bus[@]}" plugin show devi
completes "forget retry" unit ""
completes "--withdraw" account remove --w
completes "basic" account add --auth b
completes "wbxml" account add --encoding w
completes "first second" "${on_bus[@]}" sync ""
completes "second" "${on_bus[@]}" account remove s
completes "first" "${on_bus[@]}" account show f
completes "./DMAcc ./DevDetail ./DevInfo ./Inbox ./SyncML ./Vendor" "${on_bus[@]}" tree ""
completes "./DevDetail ./DevInfo" "${on_bus[@]}" get ./De
completes "./DevInfo/DevId" "${on_bus[@]}" get ./DevInfo/DevI
completes "./Vendor/Example/LogLevel ./Vendor/Example/Motd ./Vendor/Example/Sites" "${on_bus[@]}" set ./Vendor/Example/
completes "./Vendor/Example/Sites/a%20b" "${on_bus[@]}" delete ./Vendor/Example/Sites/
completes "" "${on_bus[@]}" get ./Nothing/
completes "" "${on_bus[@]}" set ./Vendor/Example/Motd ""
stop_daemon
completes "" "${on_bus[@]}" get ./
