# The shell part of the program. scripts/build.js puts it before the JavaScript part; to Node it is a comment.
# It hands every command to Node but `exec [OPTIONS] -- PROGRAM [ARGUMENTS]`, because Node cannot call exec(3): the
# shell starts the monitor as a child of init, then replaces itself with PROGRAM, which runs on whatever happens to the
# monitor. PROGRAM inherits this shell's variables: variables for the monitor are set in a subshell only.
# Node aborts with a long trace, or hangs, if it cannot make its first threads. So the shell looks whether there is room
# for them, and PROGRAM starts only after them.

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

# May this user and this container have $1 more processes and threads? What cannot be read sets no limit. Forks nothing:
# where nothing is left a fork fails, and where little is left it takes the last place from somebody.
has_room() {
  local needed key value limit rest used task hierarchy
  needed=$1
  # RLIMIT_NPROC counts the tasks of a user, and does not bind root of the host.
  while read -r key value rest && [ "$key" != Uid: ]; do :; done </proc/self/status
  [ "$value" != 0 ] || read -r key value rest </proc/self/uid_map
  while read -r key rest limit used && [ "$key $rest" != 'Max processes' ]; do :; done </proc/self/limits
  if [ "$value" != 0 ] && [ "${limit:-unlimited}" != unlimited ]; then
    used=0
    for task in /proc/*[0-9]/task/*; do
      [ ! -O "$task" ] || used=$((used + 1))
    done
    [ $((limit - used)) -ge "$needed" ] || return 1
  fi
  # A cgroup and all above it may have a limit: 0::/a/b, or 9:pids:/a/b with version 1.
  while IFS=: read -r key hierarchy value; do
    case $hierarchy in
      '') hierarchy=/sys/fs/cgroup ;;
      pids) hierarchy=/sys/fs/cgroup/pids ;;
      *) continue ;;
    esac
    while :; do
      limit=max
      [ ! -r "$hierarchy$value/pids.max" ] || read -r limit <"$hierarchy$value/pids.max"
      if [ "$limit" != max ]; then
        read -r used <"$hierarchy$value/pids.current"
        [ $((limit - used)) -ge "$needed" ] || return 1
      fi
      [ -n "$value" ] || break
      value=${value%/*}
    done
  done </proc/self/cgroup
} 2>/dev/null

# May this program open the descriptors that Node needs? It has 19 open, and dies without a word if it may not.
has_descriptors() {
  local a b c limit rest
  while read -r a b c limit rest && [ "$a $b" != 'Max open' ]; do :; done </proc/self/limits
  [ "${limit:-unlimited}" = unlimited ] || [ "$limit" -ge 24 ]
} 2>/dev/null

# Returns when there is room for Node: this shell's task becomes one of its 6 (bench/gate.js), and one is spare. The
# daemon waits; other commands fail at once.
await_room() {
  ! has_room 6 || return 0
  case " $* " in *' --help '* | *' --version '*) set -- help ;; esac
  case $1 in
    '' | watch | -*) echo 'leakwatch: too few processes or threads are left; waiting for more' >&2 ;;
    *)
      echo 'leakwatch: too few processes or threads are left' >&2
      exit 1
      ;;
  esac
  # A shell that cannot fork exits.
  trap 'echo "leakwatch: cannot wait: no process is left" >&2; exit 1' EXIT
  trap 'trap - EXIT; kill $! 2>/dev/null; exit 0' INT TERM
  pause=1
  until has_room 6; do
    { sleep "$pause" & } 2>/dev/null
    wait $! || exit
    [ "$pause" -gt 30 ] || pause=$((pause * 2))
  done
  trap - EXIT INT TERM
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

# Sets `node` to the first on the PATH. A directory that is not absolute is skipped: it depends on where leakwatch is
# started, and others may be able to write there.
find_node() {
  local rest
  rest=$PATH:
  while [ -n "$rest" ]; do
    node=${rest%%:*}/node
    case $rest in /*) [ ! -f "$node" ] || [ ! -x "$node" ] || return 0 ;; esac
    rest=${rest#*:}
  done
  return 1
}

has_node() {
  local node
  find_node
}

# Adds the variable $1 to `given`, if it is set and not in it.
give() {
  case $given in *"$mark$1="*) return ;; esac
  eval "[ -z \"\${$1+set}\" ] || given=\"\${given}$1=\$$1\$mark\""
}

# Adds the variables whose names begin with LEAKWATCH_ to `given`, from an environment on standard input. A shell drops
# the zero bytes that separate them, so what is found is a name only if it is set. The text is split at what no name has,
# because to look for a name in all of it takes time that grows with its square; a word of more than 4 KB is skipped for
# that reason, and the names of options are not looked for. Gives up after 250 names. Kubernetes sets seven for each service whose name begins so.
give_own() {
  tries=0
  set -f
  while IFS= read -r line || [ -n "$line" ]; do
    IFS=' 	!"#$%&()*+,-./:;<=>?@[\]^`{|}~'\'
    for word in $line; do
      case $word in *LEAKWATCH_*) ;; *) continue ;; esac
      [ ${#word} -le 4096 ] || continue
      tries=$((tries + 1))
      [ "$tries" -le 250 ] || return 1
      for name in "LEAKWATCH_${word#*LEAKWATCH_}" "LEAKWATCH_${word##*LEAKWATCH_}"; do
        case $name in *[!A-Za-z0-9_]*) ;; *) give "$name" ;; esac
      done
    done
  done
  unset IFS
  set +f
  return 0
} 2>/dev/null

# Replaces this shell with Node, which runs this program with the words given, in an environment of its own: other
# variables are meant for the programs beside it, and would make Node load code, trust a certificate or nobody's.
# The values go through descriptor 7, because all users of the host can read the arguments of env. leakwatch.cts reads
# it. Up to 4 KB no shell forks for that. `session` is a program that starts the rest, or empty.
start_node() {
  # Ranges are of ASCII, whatever the language.
  LC_ALL=C
  mark='
=
'
  given=$mark
  for name in TAKEN_OVER; do give "$name"; done
  if [ -r /proc/self/environ ]; then
    give_own </proc/self/environ
  else
    give_own <<END
$(/usr/bin/env)
END
  fi || {
    echo 'leakwatch: the environment has LEAKWATCH_ more than 250 times' >&2
    exit 78
  }
  # The linker of env reads these.
  unset LD_PRELOAD LD_AUDIT LD_LIBRARY_PATH
  # PATH and HOME are for a node that is a script, which looks for the real one (asdf, nodenv, volta).
  exec /usr/bin/env -i PATH="$PATH" ${HOME+"HOME=$HOME"} LEAKWATCH_INHERITED="7$descriptors" \
    $session "$node" NODE_FLAGS "$0" "$@" 7<<END
$given
END
}

monitor() {
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
  find_node
  PATH=SYSTEM_PATH:$PATH
  # Its own session: Ctrl-C on the terminal is for PROGRAM.
  session=
  ! command -v setsid >/dev/null || session=setsid
  start_node watch --stop-with $$ "$@" </dev/null
}

if names_program "$@"; then
  if [ "$LEAKWATCH" = off ]; then
    echo 'leakwatch: nothing is watched: LEAKWATCH=off' >&2
  elif ! has_node; then
    echo 'leakwatch: nothing is watched: there is no node in an absolute directory of the PATH' >&2
  elif [ ! -x /usr/bin/env ]; then
    echo 'leakwatch: nothing is watched: there is no /usr/bin/env' >&2
  elif ! has_descriptors; then
    echo 'leakwatch: nothing is watched: too few files may be open (RLIMIT_NOFILE, ulimit -n)' >&2
  # Node needs 6, and PROGRAM some for itself: a monitor must not be why it cannot start.
  elif ! has_room 32; then
    echo 'leakwatch: nothing is watched: too few processes or threads are left' >&2
  else
    # A shell that cannot fork exits: PROGRAM must start anyway. bash also runs the EXIT trap at a signal,
    # which must not start PROGRAM.
    trap 'become "$@"' EXIT
    trap 'trap - EXIT TERM; kill -TERM $$' HUP INT TERM
    # Forked twice, so that the monitor is a child of init: PROGRAM does not know it and would never reap it.
    # `cat` reads until the monitor closes descriptor 9 or ends: then it has its threads, or never will. PROGRAM cannot
    # take them meanwhile. A monitor that is slow does not hold it up for long.
    { (monitor "$@" 9>&1 >&8 8>&- &) | PATH=SYSTEM_PATH:$PATH timeout 3 cat 2>/dev/null; } 8>&1
    trap - EXIT HUP INT TERM
  fi
  become "$@"
fi
if ! has_descriptors; then
  echo 'leakwatch: too few files may be open: leakwatch needs 24 (RLIMIT_NOFILE, ulimit -n)' >&2
  exit 1
fi
if ! find_node; then
  echo 'leakwatch: there is no node in an absolute directory of the PATH' >&2
  exit 127
fi
if [ ! -x /usr/bin/env ]; then
  echo 'leakwatch: there is no /usr/bin/env' >&2
  exit 127
fi
PATH=SYSTEM_PATH:$PATH
await_room "$@"
descriptors= session=
start_node "$@"
