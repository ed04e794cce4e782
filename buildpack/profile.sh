# shellcheck shell=bash
# Starts leakwatch beside the app. Sourced by the login shell of a dyno, among scripts of others and in any order: it
# sets nothing, prints nothing and ends well whatever happens, since after a set -e a dyno would not come up.
case $- in
  *i*) ;; # somebody is at the keyboard
  *) if [ -x "${HOME-}/.heroku/leakwatch/start" ]; then "$HOME/.heroku/leakwatch/start" || :; fi ;;
esac
