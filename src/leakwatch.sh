# The shell part of the program. scripts/build.js puts it before the JavaScript part; to Node it is a comment.
# It hands every command to Node but `exec [OPTIONS] -- PROGRAM [ARGUMENTS]`, because Node cannot call exec(3): the
# shell starts the monitor as a child of init, then replaces itself with PROGRAM, which runs on whatever happens to the
# monitor. PROGRAM inherits this shell's variables: variables for the monitor are set in a subshell only.

# Do the words have the form exec [OPTIONS] -- PROGRAM?
names_program() {
  [ "$1" = exec ] || return 1
  # A first word that is not an option may be PROGRAM without its --; a later -- would then be PROGRAM's own.
  case $2 in -*) ;; *) return 1 ;; esac
  while [ $# -gt 1 ]; do
    [ "$1" != -- ] || return 0
    shift
  done
  return 1
}

# Replaces this shell with the words after --.
become() {
  while [ "$1" != -- ]; do shift; done
  shift
  exec "$@"
}

# Can this many nested subshells be forked, that is, does the process limit have room for so many processes?
room() {
  [ "$1" -eq 0 ] || (room $(($1 - 1)) && :)
}

# Sets `descriptors` to those above standard error that the next program inherits, that is, without O_CLOEXEC
# (02000000).
inherited() {
  for fd in /proc/self/fd/*; do
    fd=${fd##*[!0-9]}
    [ "$fd" -gt 2 ] || continue
    while read -r key value; do
      [ "$key" != flags: ] || [ $((value & 02000000)) -ne 0 ] || descriptors="$descriptors $fd"
    done <"/proc/self/fdinfo/$fd"
  done 2>/dev/null
}

monitor() {
  # Node hangs forever if only some of its first threads can be made. The monitor has 6 tasks
  # (bench/gate.js): 8 leaves two to spare.
  trap 'echo "leakwatch: nothing is watched: too few processes or threads are left" >&2' EXIT
  room 8 2>/dev/null || exit
  trap - EXIT
  # Keep the options only: append each to the end, then drop the words that were there before.
  shift
  rest=$#
  while [ "$1" != -- ]; do
    set -- "$@" "$1"
    shift
    rest=$((rest - 1))
  done
  shift "$rest"
  # leakwatch.cts closes them: not every shell can close a descriptor above 9.
  descriptors=
  inherited
  export LEAKWATCH_INHERITED="$descriptors"
  # These variables are meant for a Node in PROGRAM: code to load, a debugger port, a channel to its parent, threads.
  unset NODE_OPTIONS NODE_V8_COVERAGE NODE_CHANNEL_FD NODE_CHANNEL_SERIALIZATION_MODE NODE_UNIQUE_ID UV_THREADPOOL_SIZE
  set -- node NODE_FLAGS "$0" watch --stop-with $$ "$@"
  # Its own session: Ctrl-C on the terminal is for PROGRAM.
  ! command -v setsid >/dev/null || set -- setsid "$@"
  exec "$@" </dev/null
}

if names_program "$@"; then
  if [ "$LEAKWATCH" = off ]; then
    echo 'leakwatch: nothing is watched: LEAKWATCH=off' >&2
  elif ! command -v node >/dev/null; then
    echo 'leakwatch: nothing is watched: there is no node on the PATH' >&2
  else
    # A shell that cannot fork exits: PROGRAM must start anyway. bash also runs the EXIT trap at a signal,
    # which must not start PROGRAM.
    trap 'become "$@"' EXIT
    trap 'trap - EXIT TERM; kill -TERM $$' HUP INT TERM
    # Forked twice, so that the monitor is a child of init: PROGRAM does not know it and would never reap it.
    (monitor "$@" &)
    trap - EXIT HUP INT TERM
  fi
  become "$@"
fi
exec node NODE_FLAGS "$0" "$@"
