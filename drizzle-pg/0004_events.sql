INSERT INTO "actiond"."feed" ("id", "kept_until", "first", "last") VALUES (1, '-infinity', 0, 0);
--> statement-breakpoint
-- Rows live for as long as their number is among the latest 100,000, and each is written twice.
ALTER TABLE "actiond"."run_events" SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);
--> statement-breakpoint
-- Whether somebody follows all runs. Where nobody does, the answer is asked for again under a lock that `keep_events_v1`
-- takes alone: so a change that is not recorded has ended before anybody is told that the order is kept.
CREATE FUNCTION "actiond".is_followed_v1() RETURNS boolean
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM "actiond".feed WHERE kept_until > clock_timestamp()) THEN
    RETURN true;
  END IF;
  PERFORM pg_advisory_xact_lock_shared(hashtext('actiond ' || '"actiond"'), hashtext('following'));
  RETURN EXISTS (SELECT 1 FROM "actiond".feed WHERE kept_until > clock_timestamp());
END $$;
--> statement-breakpoint
-- Gives places to what was recorded and is committed, and forgets the oldest. A place is given after the commit, by one
-- transaction at a time: so a reader that has come to a place has missed nothing before it, which the numbers that rows
-- get when they are written would not promise, because a lower one may be committed later. What happened to one run is
-- in its order also by those numbers: a later change of the run begins after the commit of the one before.
-- Answers the ends of what is known, and whether there is more to give a place to.
CREATE FUNCTION "actiond".order_events_v1() RETURNS TABLE (first_place bigint, last_place bigint, has_more boolean)
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  placed bigint := 0;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('actiond ' || '"actiond"'), hashtext('events'));
  IF EXISTS (SELECT 1 FROM "actiond".run_events e WHERE e.place IS NULL) THEN
    UPDATE "actiond".run_events e SET place = f.last + fresh.number
    FROM "actiond".feed f, (
      SELECT n.seq, row_number() OVER (ORDER BY n.seq) AS number FROM "actiond".run_events n
      WHERE n.place IS NULL ORDER BY n.seq LIMIT 10000
    ) fresh
    WHERE e.place IS NULL AND e.seq = fresh.seq;
    GET DIAGNOSTICS placed = ROW_COUNT;
    UPDATE "actiond".feed f SET last = f.last + placed, first = greatest(f.first, f.last + placed - 100000);
    DELETE FROM "actiond".run_events e USING "actiond".feed f WHERE e.place <= f.first;
  END IF;
  RETURN QUERY SELECT f.first, f.last, placed = 10000 FROM "actiond".feed f;
END $$;
--> statement-breakpoint
-- From now on, and for so many milliseconds, the order is kept. Answers the last place.
CREATE FUNCTION "actiond".keep_events_v1(keep_ms bigint) RETURNS bigint
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  kept interval := keep_ms * interval '1 millisecond';
  is_kept boolean;
  is_more boolean := true;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('actiond ' || '"actiond"'), hashtext('events'));
  SELECT f.kept_until > clock_timestamp() INTO is_kept FROM "actiond".feed f;
  IF is_kept THEN
    WHILE is_more LOOP
      SELECT o.has_more INTO is_more FROM "actiond".order_events_v1() o;
    END LOOP;
    UPDATE "actiond".feed f SET kept_until = clock_timestamp() + kept
    WHERE f.kept_until < clock_timestamp() + kept * 0.9;
  ELSE
    PERFORM set_config('lock_timeout', '2s', true);
    PERFORM pg_advisory_xact_lock(hashtext('actiond ' || '"actiond"'), hashtext('following'));
    DELETE FROM "actiond".run_events;
    -- What happened until now is not known: nobody goes on from a place before this one.
    UPDATE "actiond".feed f SET first = f.last + 1, last = f.last + 1, kept_until = clock_timestamp() + kept;
  END IF;
  RETURN (SELECT f.last FROM "actiond".feed f);
END $$;
--> statement-breakpoint
CREATE FUNCTION "actiond".record_new_runs_v1() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  IF "actiond".is_followed_v1() THEN
    INSERT INTO "actiond".run_events (run, facts, number)
    SELECT n.numbered_id,
      1 + 2 * (n.detached_at IS NOT NULL)::int + 4 * (n.started_at IS NOT NULL)::int + 8 * (n.status >= 2)::int,
      coalesce(n.started_at, 0)
    FROM new_rows n ORDER BY n.numbered_id;
  END IF;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE FUNCTION "actiond".record_runs_v1() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  IF "actiond".is_followed_v1() THEN
    INSERT INTO "actiond".run_events (run, facts, number)
    SELECT c.numbered_id, c.facts, c.number FROM (
      SELECT n.numbered_id, coalesce(n.started_at, 0) AS number,
        2 * (o.detached_at IS NULL AND n.detached_at IS NOT NULL)::int
        + 4 * (o.started_at IS NULL AND n.started_at IS NOT NULL)::int
        + 8 * (o.status < 2 AND n.status >= 2)::int AS facts
      FROM new_rows n JOIN old_rows o ON o.numbered_id = n.numbered_id
    ) c WHERE c.facts > 0 ORDER BY c.numbered_id;
  END IF;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE FUNCTION "actiond".record_entries_v1() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  IF "actiond".is_followed_v1() THEN
    INSERT INTO "actiond".run_events (run, facts, number) SELECT n.run, 16, n.last_seq FROM new_rows n;
  END IF;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE FUNCTION "actiond".record_progress_v1() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  IF "actiond".is_followed_v1() THEN
    INSERT INTO "actiond".run_events (run, facts, number) SELECT n.run, 32, n.at FROM new_rows n;
  END IF;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE FUNCTION "actiond".record_debts_v1() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  IF "actiond".is_followed_v1() THEN
    INSERT INTO "actiond".run_events (run, facts, number)
    SELECT r.numbered_id, 64, n.next_attempt_at FROM new_rows n JOIN "actiond".runs r ON r.id = n.run_id;
  END IF;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE FUNCTION "actiond".record_debt_v1() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  IF "actiond".is_followed_v1() THEN
    INSERT INTO "actiond".run_events (run, facts, number)
    SELECT r.numbered_id, 64, NEW.next_attempt_at FROM "actiond".runs r WHERE r.id = NEW.run_id;
  END IF;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE FUNCTION "actiond".record_attempts_v1() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  IF "actiond".is_followed_v1() THEN
    INSERT INTO "actiond".run_events (run, facts, number)
    SELECT r.numbered_id, 128, n.number FROM new_rows n JOIN "actiond".runs r ON r.id = n.run_id;
  END IF;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER events_run_new AFTER INSERT ON "actiond".runs
REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION "actiond".record_new_runs_v1();
--> statement-breakpoint
CREATE TRIGGER events_run AFTER UPDATE ON "actiond".runs
REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION "actiond".record_runs_v1();
--> statement-breakpoint
CREATE TRIGGER events_log AFTER INSERT ON "actiond".log_entries
REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION "actiond".record_entries_v1();
--> statement-breakpoint
CREATE TRIGGER events_progress_new AFTER INSERT ON "actiond".progress
REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION "actiond".record_progress_v1();
--> statement-breakpoint
CREATE TRIGGER events_progress AFTER UPDATE ON "actiond".progress
REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION "actiond".record_progress_v1();
--> statement-breakpoint
CREATE TRIGGER events_owed AFTER INSERT ON "actiond".deliveries
REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION "actiond".record_debts_v1();
--> statement-breakpoint
-- Somebody has asked for it to be sent again.
CREATE TRIGGER events_owed_again AFTER UPDATE OF state ON "actiond".deliveries
FOR EACH ROW WHEN (
  NEW.state = 'pending' AND NEW.attempt_count = 0
  AND (OLD.state <> 'pending' OR OLD.attempt_count <> 0 OR OLD.next_attempt_at IS DISTINCT FROM NEW.next_attempt_at)
) EXECUTE FUNCTION "actiond".record_debt_v1();
--> statement-breakpoint
CREATE TRIGGER events_attempt AFTER UPDATE ON "actiond".delivery_attempts
REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION "actiond".record_attempts_v1();
