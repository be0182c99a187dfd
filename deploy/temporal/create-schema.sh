#!/bin/sh
# Creates Temporal's databases, or brings their schema up to this version.
set -eu
for database in temporal temporal_visibility; do
  folder=${database#temporal_}
  tool() { temporal-sql-tool --plugin postgres12 --ep postgres -p 5432 -u "$POSTGRES_USER" --db "$database" "$@"; }
  tool create
  # A database that has a schema refuses a new one: what is missing is added below.
  tool setup-schema -v 0.0 || echo "$database has a schema already"
  tool update-schema -d "/etc/temporal/schema/postgresql/v12/$folder/versioned"
done
