-- Run once, on the primary, by the superuser: psql -f database.sql
CREATE ROLE roster LOGIN PASSWORD '@ROSTER_PASSWORD@';
CREATE DATABASE roster OWNER roster TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C.UTF-8';
-- The settings of Roster's sessions, for those through pgbouncer.
ALTER ROLE roster SET statement_timeout = '10s';
ALTER ROLE roster SET lock_timeout = '8s';
ALTER ROLE roster SET idle_in_transaction_session_timeout = '5s';
