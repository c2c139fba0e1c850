#!/usr/bin/env bash
# Install the Debian packages that gridwalk needs, when they are missing.
#
#   jobs/packages.sh [--test] [--ci]     build and run; --test: the tests too; --ci: the checks too
set -euo pipefail

packages=(build-essential cmake pkg-config openmpi-bin libopenmpi-dev libhdf5-dev libyaml-dev
    libcunit1-dev libxxhash-dev libssl-dev librandom123-dev libsleef-dev zlib1g-dev libjansson-dev)
for option in "$@"; do
    case $option in
    --test) packages+=(python3 python3-venv slurmctld slurmd slurm-client munge) ;;
    --ci) packages+=(clang clang-format clang-tidy libclang-rt-14-dev valgrind) ;;
    *)
        echo "usage: jobs/packages.sh [--test] [--ci]" >&2
        exit 2
        ;;
    esac
done

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    echo "packages.sh: no Debian here; install the equivalents of: ${packages[*]}" >&2
    exit 1
fi

# dpkg-query complains about names that it never heard of: those are missing too.
installed=$(dpkg-query -W -f '${db:Status-Abbrev}:${Package}\n' "${packages[@]}" 2>/dev/null || true)
missing=()
for package in "${packages[@]}"; do
    [[ $'\n'$installed$'\n' =~ $'\n'.i\ :$package$'\n' ]] || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

root=()
if [ "$(id -u)" != 0 ]; then
    if ! command -v sudo >/dev/null; then
        echo "packages.sh: install these as root, then start again:" >&2
        echo "  apt-get install --no-install-recommends ${missing[*]}" >&2
        exit 1
    fi
    root=(sudo)
fi

echo "installing: ${missing[*]}"
apt() {
    "${root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get -qq -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 "$@" </dev/null
}
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! { apt update && apt install -y --no-install-recommends "${missing[@]}"; } >"$log" 2>&1; then
    cat "$log" >&2
    echo "packages.sh: apt-get failed" >&2
    exit 1
fi
