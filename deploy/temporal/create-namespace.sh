#!/bin/sh
# Creates the namespace with its retention and Longhaul's search attributes; doing it again changes nothing.
set -eu
until temporal operator cluster health; do sleep 2; done
if temporal operator namespace describe -n default >/dev/null 2>&1; then
  temporal operator namespace update -n default --retention "$RETENTION"
else
  temporal operator namespace create -n default --retention "$RETENTION"
fi
until temporal operator namespace describe -n default >/dev/null 2>&1; do sleep 2; done
temporal operator search-attribute create -n default \
  --name LonghaulRun --type Keyword \
  --name LonghaulStage --type Keyword \
  --name LonghaulTask --type Keyword \
  --name LonghaulState --type Keyword \
  --name LonghaulOutcome --type Keyword \
  --name LonghaulScore --type Double \
  --name LonghaulCostUsd --type Double \
  --name LonghaulStep --type Int
