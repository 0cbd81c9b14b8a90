# Usage: sh namespace.sh DIRECTORY COMMAND...
# Runs in a mount and PID namespace of its own, as root: nothing here is seen outside, and whatever
# is still running at the end is ended with it. DIRECTORY holds sudoers and the fixture helper.
set -e
dir=$1
shift
hash='$6$vmnethelper$PLtwUvGYi.SMuMrpL8v5mVVPWzi7wyz.jvnOx6fJTh.AqQBOAltGfVTfurruOHjETdRg0VYh1BkdOfi0NORgu.'

{ cat /etc/passwd && echo 'tester:x:501:501::/tmp:/bin/sh'; } >"$dir/passwd"
{ cat /etc/group && echo 'tester:x:501:'; } >"$dir/group"
{ cat /etc/shadow && echo "tester:$hash:19000:0:99999:7:::"; } >"$dir/shadow"
chmod 644 "$dir/passwd" "$dir/group"
chmod 640 "$dir/shadow"
chown root:root "$dir/sudoers"
chmod 440 "$dir/sudoers"
for name in passwd group shadow sudoers; do
  mount --bind "$dir/$name" "/etc/$name"
done

# sudo's record of who typed a password, and a place that only root may write to.
mount -t tmpfs -o mode=711 tmpfs /run/sudo
mkdir -m 700 /run/sudo/ts
mount -t tmpfs -o mode=755 tmpfs /mnt
mkdir -p /mnt/vmnet-helper/bin
cp "$dir"/helper/* /mnt/vmnet-helper/bin/
chmod 755 /mnt/vmnet-helper /mnt/vmnet-helper/bin /mnt/vmnet-helper/bin/vmnet-helper
mkdir -m 700 /mnt/home
chown 501:501 /mnt/home

# Not exec: this shell is process 1 and has to stay, to wait for orphans.
"$@"
exit $?
