# A systemd of its own, in namespaces of its own, for one unit: root runs it under
#   unshare --pid --fork --mount --net --uts --ipc --cgroup --kill-child bash systemd-root.sh ROOT UNIT NODE PACKAGE
# ROOT is an empty directory. There are no other units there than ours and the targets it asks for, so that nothing
# cleans up, sets or loads anything on the host; of the host it can write to nothing but the cgroup that it was put into.
set -eu
[ $$ = 1 ] || { echo 'only as the first process of a namespace' >&2; exit 1; }
root=$1 unit=$2 node=$3 package=$4

mount --make-rprivate /
mount -t tmpfs -o mode=755 tmpfs "$root"
mkdir -p "$root"/{dev,etc/systemd/system/leakwatch.service.d,home,old,proc,root,run,sys,tmp,usr,var/lib,var/log,var/tmp}
chmod 1777 "$root"/tmp "$root"/var/tmp
cd "$root"

for directory in bin sbin lib lib64; do ln -s "usr/$directory" "$directory"; done
mount --bind /usr usr
mount -o remount,bind,ro usr
for directory in usr/local usr/lib/systemd/system usr/lib/systemd/system-generators; do
  mount -t tmpfs -o mode=755 tmpfs "$directory"
done

# As npm install --global does it.
mkdir -p usr/local/bin usr/local/lib/node_modules/leakwatch/dist
cp "$node" usr/local/bin/node
cp "$package/package.json" usr/local/lib/node_modules/leakwatch/
cp "$package/dist/leakwatch.cjs" usr/local/lib/node_modules/leakwatch/dist/
ln -s ../lib/node_modules/leakwatch/dist/leakwatch.cjs usr/local/bin/leakwatch

cp /etc/passwd /etc/group /etc/ld.so.cache etc/
echo 'passwd: files systemd' >etc/nsswitch.conf
: >etc/machine-id
cp "$unit" etc/systemd/system/leakwatch.service
# There is no journal here.
printf '[Service]\nStandardOutput=append:/var/log/lines\nStandardError=append:/var/log/log\n' \
  >etc/systemd/system/leakwatch.service.d/test.conf
for target in sysinit basic network multi-user shutdown; do
  printf '[Unit]\nDescription=%s\nDefaultDependencies=no\n' "$target" >"usr/lib/systemd/system/$target.target"
done
systemctl --quiet --root="$root" enable leakwatch.service

mount -t proc proc proc
mount --bind proc/sys proc/sys
mount -o remount,bind,ro proc/sys
mount -t sysfs -o ro sysfs sys
mount -t cgroup2 cgroup2 sys/fs/cgroup
mount -t tmpfs -o mode=755 tmpfs dev
mkdir dev/pts dev/shm
mknod -m 666 dev/null c 1 3
mknod -m 666 dev/zero c 1 5
mknod -m 666 dev/full c 1 7
mknod -m 666 dev/random c 1 8
mknod -m 666 dev/urandom c 1 9
mknod -m 666 dev/tty c 5 0
mount -t devpts -o newinstance,mode=620,ptmxmode=666 devpts dev/pts
ln -s pts/ptmx dev/ptmx
ip link set lo up

pivot_root . old
cd /
umount --lazy /old
exec env --ignore-environment container=test PATH=/usr/local/bin:/usr/bin:/bin \
  setpriv --bounding-set -sys_module,-sys_boot,-sys_time,-sys_rawio,-syslog,-wake_alarm \
  /usr/lib/systemd/systemd --system --unit=multi-user.target --log-target=null --show-status=0
