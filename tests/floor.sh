#!/usr/bin/env bash
# floor.sh - the smoke test on the oldest ground that tare promises: Debian 12's own kernel 6.1, booted
# under software emulation; and on this kernel with every newer feature switched off. Prints TAP.
# The kernel is the one in /boot, or comes out of Debian's package, which is not installed.
set -euo pipefail
cd "$(dirname "$0")/.."
PATH=$PATH:/usr/sbin:/sbin
build=${TARE_BUILD:-build}
work=$build/floor
limit_s=240
features=single_issuer,defer_taskrun,coop_taskrun,taskrun_flag,ring_fd,rx_stamps,tx_stamps,discard
count=0
failures=0

tell() { # tell ok|"not ok" WORDS
    count=$((count + 1))
    [ "$1" = ok ] || failures=$((failures + 1))
    echo "$1 $count - $2"
}

# Passes on the result lines of a TAP stream under our own numbers; the rest becomes comments.
pass_on() {
    local line
    while IFS= read -r line; do
        case $line in
        "ok "*) tell ok "${line#ok * - }" ;;
        "not ok "*) tell "not ok" "${line#not ok * - }" ;;
        1..*) ;;
        *) echo "# $line" ;;
        esac
    done
}

find_kernel() {
    local file
    for file in /boot/vmlinuz-6.1.* "$work"/boot/vmlinuz-6.1.*; do
        [ -r "$file" ] || continue
        echo "$file"
        return
    done
    local package
    package=$(apt-cache depends linux-image-amd64 | sed -n 's/.*Depends: \(linux-image-6\.1\..*\)/\1/p')
    (cd "$work" && apt-get -qq download "$package" && dpkg-deb --fsys-tarfile linux-image-*.deb |
        tar x --wildcards './boot/vmlinuz-*' && rm linux-image-*.deb) >&2
    ls "$work"/boot/vmlinuz-6.1.*
}

# A root of busybox, the programs and the libraries that they name.
build_image() {
    local root=$work/root program file
    rm -rf "$root"
    mkdir -p "$root"/{bin,dev,proc,sys,tmp,tare}
    cp "$(command -v busybox)" "$root/bin/busybox"
    for program in tare tare-stub tare-report; do
        cp "$build/$program" "$root/tare/"
        for file in $(ldd "$build/$program" | grep -oE '/[^ ]+'); do
            mkdir -p "$root$(dirname "$file")"
            cp -L "$file" "$root$file"
        done
    done
    cp tests/smoke.sh "$root/tare/"
    cat >"$root/init" <<'INIT'
#!/bin/busybox sh
/bin/busybox --install -s /bin
mount -t proc none /proc
mount -t sysfs none /sys
mount -t devtmpfs none /dev
mount -t tmpfs none /tmp
ifconfig lo up
echo "FLOOR-BEGIN $(uname -r)"
sh /tare/smoke.sh /tare "kernel $(uname -r)"
echo "FLOOR-END $?"
reboot -f
INIT
    chmod +x "$root/init"
    (cd "$root" && find . | cpio -o -H newc --quiet | gzip -1) >"$work/image.gz"
}

boot() {
    timeout --foreground $limit_s qemu-system-x86_64 -accel tcg,thread=multi -cpu max -smp 2 -m 1024 \
        -nic none -display none -serial stdio -monitor none -no-reboot \
        -kernel "$1" -initrd "$work/image.gz" -append 'console=ttyS0 quiet panic=-1' \
        </dev/null >"$work/console" 2>&1 || true
    tr -d '\r' <"$work/console" >"$work/console.txt"
}

mkdir -p "$work"
build_image
kernel=$(find_kernel)
boot "$kernel"
if grep -q '^FLOOR-BEGIN 6\.1\.' "$work/console.txt" && grep -q '^FLOOR-END' "$work/console.txt"; then
    pass_on < <(sed '0,/^FLOOR-BEGIN/d; /^FLOOR-END/,$d' "$work/console.txt")
    code=$(sed -n 's/^FLOOR-END //p' "$work/console.txt")
    [ "$code" = 0 ] || [ $failures -gt 0 ] || tell "not ok" "the smoke test in the emulator exits $code"
else
    tell "not ok" "$kernel boots and comes to its end within $limit_s s"
    tail -n 40 "$work/console.txt" | sed 's/^/# /'
fi

pass_on < <(TARE_DISABLE=$features sh tests/smoke.sh "$build" "without $features" 2>&1)
IFS=, read -ra each <<<"$features"
for feature in "${each[@]}"; do
    pass_on < <(TARE_DISABLE=$feature sh tests/smoke.sh "$build" "without $feature" 2>&1)
done
echo "1..$count"
[ $failures -eq 0 ]
