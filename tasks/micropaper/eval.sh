# sh eval.sh e03: prints the accuracy of an experiment's last run in log.txt.
set -f
[ -z "$LONGHAUL_SLEEP" ] || . "$LONGHAUL_SLEEP"

say() {
  printf '%s\n' "$*"
}

checkpoint=
if [ -f log.txt ]; then
  while read -r name words || [ -n "$name" ]; do
    [ "$name" = "$1" ] && checkpoint=${words##*checkpoint=}
  done < log.txt
fi
case $checkpoint in
'' | *[!0-9]* | ???????*)
  say "no run for ${1:-which experiment}"
  exit 1
  ;;
esac

sleep 1 || exit 1
accuracy=$(((checkpoint * 1103 + 504 * 7919 + 12345) % 1000003 % 100))
[ $accuracy -lt 10 ] && accuracy=0$accuracy
say "$1 acc=$accuracy"
