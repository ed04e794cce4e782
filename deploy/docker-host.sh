#!/bin/sh
# Watches this host from a container: its processes, units and containers. Options of leakwatch may follow.
#   docker build --tag leakwatch . && deploy/docker-host.sh [OPTIONS]
# docs/deploy/docker.md explains each line.
set -eu
exec docker run --detach --name leakwatch --restart unless-stopped \
  --pid host --network host \
  --cgroupns host --volume /sys/fs/cgroup:/sys/fs/cgroup:ro \
  --read-only --cap-drop ALL --security-opt no-new-privileges \
  --memory 256m --pids-limit 64 --oom-score-adj -500 \
  --log-driver local \
  leakwatch watch "$@"
