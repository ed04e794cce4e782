# The shell's half of the program, for Node a comment: scripts/build.js puts it in front of the other half.
# Nearly everything is for Node. `exec` is not, because Node cannot become another program: the shell leaves the monitor
# with init and becomes the program itself, which runs whatever becomes of the monitor. It inherits our variables, so
# that none is set but in processes of our own. The order of words: exec [OPTIONS] -- PROGRAM [ARGUMENTS].

names_program() {
  [ "$1" = exec ] || return 1
  # A word that is no option may be the program, with -- forgotten, and a -- behind it the program's own.
  case $2 in -*) ;; *) return 1 ;; esac
  while [ $# -gt 1 ]; do
    [ "$1" != -- ] || return 0
    shift
  done
  return 1
}

become() {
  while [ "$1" != -- ]; do shift; done
  shift
  exec "$@"
}

# So many processes at once, each in the one before?
room() {
  [ "$1" -eq 0 ] || (room $(($1 - 1)) && :)
}

# Descriptors above standard error that the next program gets as well. The shell's own have O_CLOEXEC.
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
  # Node hangs for good where it gets one of its first threads and not the next.
  trap 'echo "leakwatch: nothing is watched: too few processes or threads are left" >&2' EXIT
  room 8 2>/dev/null || exit
  trap - EXIT
  # The options go behind the rest, and then the rest goes.
  shift
  rest=$#
  while [ "$1" != -- ]; do
    set -- "$@" "$1"
    shift
    rest=$((rest - 1))
  done
  shift "$rest"
  # Node shuts them: not every shell can name one above 9.
  descriptors=
  inherited
  export LEAKWATCH_INHERITED="$descriptors"
  # These are said to the application's Node: code to load, a port to debug at, a channel to its manager, threads.
  unset NODE_OPTIONS NODE_V8_COVERAGE NODE_CHANNEL_FD NODE_CHANNEL_SERIALIZATION_MODE NODE_UNIQUE_ID UV_THREADPOOL_SIZE
  set -- node NODE_FLAGS "$0" watch --stop-with $$ "$@"
  # A session of its own: the keys of the terminal are for the application.
  ! command -v setsid >/dev/null || set -- setsid "$@"
  exec "$@" </dev/null
}

if names_program "$@"; then
  if [ "$LEAKWATCH" = off ]; then
    echo 'leakwatch: nothing is watched: LEAKWATCH=off' >&2
  elif ! command -v node >/dev/null; then
    echo 'leakwatch: nothing is watched: there is no node on the PATH' >&2
  else
    # A shell that cannot fork ends. (bash ends so at a signal too, which must not start the program.)
    trap 'become "$@"' EXIT
    trap 'trap - EXIT TERM; kill -TERM $$' HUP INT TERM
    # Twice, so that the monitor is no child, and later no zombie, of a program that knows nothing of it.
    (monitor "$@" &)
    trap - EXIT HUP INT TERM
  fi
  become "$@"
fi
exec node NODE_FLAGS "$0" "$@"
