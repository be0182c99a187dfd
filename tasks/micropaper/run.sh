# sh run.sh e03: trains an experiment as the last line for it in runs.txt says, and appends what came of it to log.txt.
# Whole numbers and no program but sleep; core/micropaper/world.ts computes the same. The effect comes last, in one write:
# a run that is cut has none.
set -f
[ -z "$LONGHAUL_SLEEP" ] || . "$LONGHAUL_SLEEP"

say() {
  printf '%s\n' "$*"
}

# The last line for an experiment in runs.txt, without its name.
configuration_of() {
  words=
  [ -f runs.txt ] || return 1
  while read -r name rest || [ -n "$name" ]; do
    [ "$name" = "$1" ] && words=$rest
  done < runs.txt
  [ -n "$words" ]
}

mix() {
  state=$(((state * 1103 + $1 * 7919 + 12345) % 1000003))
}

# Two digits as a number, and what is added to it: a leading zero would make it octal.
mix_digits() {
  mix $(($2 + ${1#0}))
}

experiment=$1
case $experiment in
e[0-9][0-9]) ;;
*)
  say 'which experiment'
  exit 2
  ;;
esac
configuration_of "$experiment" || {
  say "no configuration for $experiment"
  exit 1
}

min=20
max=80
[ -f addendum.md ] && read -r _ _ _ min _ max _ < addendum.md

state=0
mix_digits "${experiment#e}" 0
for word in $words; do
  case $word in
  lr=[0-9][0-9]) mix_digits "${word#*=}" 100 ;;
  depth=[0-9][0-9]) mix_digits "${word#*=}" 200 ;;
  warmup=[0-9][0-9]) mix_digits "${word#*=}" 300 ;;
  *)
    say "bad configuration for $experiment"
    exit 1
    ;;
  esac
done
mix 501
seconds=$((min + state % (max - min + 1)))
sleep $seconds || exit 1
mix $seconds
checkpoint=$state
mix 502
first=$((50 + state % 50))
mix 503
second=$((state % 50))
[ $second -lt 10 ] && second=0$second
printf '%s\n' "$experiment $words checkpoint=$checkpoint" >> log.txt
say "$experiment epoch 1 loss=$first ."
say "$experiment epoch 2 loss=$second ."
