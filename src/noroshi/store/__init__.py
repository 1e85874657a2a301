"""The state database: indicators with their history, saved sets, state of feeds, refusals.

SQLite by default, PostgreSQL by configuration, the same code. Times are kept as whole microseconds since
1970-01-01 UTC.
"""
