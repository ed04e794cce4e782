# shellcheck shell=bash
# Starts leakwatch beside the app. The login shell of a dyno sources it, with scripts of others and in any order. So it
# sets nothing, prints nothing and always succeeds: after another script's set -e, a failure would stop the dyno.
case $- in
  *i*) ;; # an interactive shell
  *) if [ -x "${HOME-}/.heroku/leakwatch/start" ]; then "$HOME/.heroku/leakwatch/start" || :; fi ;;
esac
