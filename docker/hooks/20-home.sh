# Everything that is written goes below the home: it alone must be a volume, the rest may be read-only.
if [ ! -w "$HOME" ]; then
  echo "start: the home $HOME cannot be written by uid $(id -u): mount a volume there that this user owns" >&2
  exit 1
fi
(umask 077 && mkdir -p "$FURROW_DATA")
if [ ! -w /tmp ]; then
  export TMPDIR="$HOME/.cache/tmp"
  (umask 077 && mkdir -p "$TMPDIR")
fi
export NODE_COMPILE_CACHE="${NODE_COMPILE_CACHE:-$FURROW_DATA/cache/compiled}"
