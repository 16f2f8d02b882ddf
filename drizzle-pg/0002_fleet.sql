-- Gives queued runs to a replica that has free slots: at most `room`, of the actions that it names, beginning with the
-- first. `maxes` has the concurrency of each action, null where only the replicas' slots limit it; `hints` are lanes that
-- are looked at last; `cursors` has the lane of each action after which the search goes on.
-- Each statement sees what was committed before it began: what is counted under a lock is counted in a later statement.
-- Answers a row for each run, with the lane after which the next search may begin; and a row without a run for each action
-- whose search is not over: a lane was locked by another replica (`next_lane` is null), or there are more behind `next_lane`.
CREATE FUNCTION "actiond".claim_v1(
  me uuid, room integer, packages text[], actions text[], versions text[], maxes integer[], hints text[], cursors text[], now_at bigint
) RETURNS TABLE (run_id uuid, run_attempt integer, run_started_at bigint, action_place integer, next_lane text)
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  taken integer := 0;
  probes integer;
  hint integer;
  found_lane text;
  after_lane text;
  busy integer;
  is_locked boolean;
BEGIN
  PERFORM 1 FROM "actiond".replicas p WHERE p.id = me AND NOT p.dead FOR SHARE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'this replica is taken for dead' USING ERRCODE = 'FL001';
  END IF;
  UPDATE "actiond".runs r SET status = 0, attempt = r.attempt + 1, next_attempt_at = NULL
  WHERE r.numbered_id = ANY (ARRAY(
    SELECT d.numbered_id FROM "actiond".runs d
    WHERE d.status = 1 AND d.replica IS NULL AND d.next_attempt_at <= now_at
    ORDER BY d.next_attempt_at LIMIT 100 FOR UPDATE SKIP LOCKED
  ));
  FOR place IN 1 .. coalesce(array_length(packages, 1), 0) LOOP
    EXIT WHEN taken >= room;
    action_place := place;
    next_lane := NULL;
    IF maxes[place] IS NOT NULL THEN
      probes := 0;
      hint := 0;
      is_locked := false;
      after_lane := cursors[place];
      LOOP
        EXIT WHEN taken >= room;
        IF probes < 64 THEN
          SELECT q.lane INTO found_lane FROM "actiond".runs q
          WHERE q.status = 0 AND q.package = packages[place] AND q.action = actions[place] AND q.lane > after_lane
          ORDER BY q.package, q.action, q.lane LIMIT 1;
        ELSE
          found_lane := NULL;
        END IF;
        IF found_lane IS NOT NULL THEN
          probes := probes + 1;
          after_lane := found_lane;
        ELSE
          hint := hint + 1;
          EXIT WHEN hint > coalesce(array_length(hints, 1), 0);
          found_lane := hints[hint];
        END IF;
        IF pg_try_advisory_xact_lock(hashtext('actiond lanes ' || '"actiond"'), hashtext(found_lane)) THEN
          SELECT count(*) INTO busy FROM "actiond".runs h WHERE h.holding AND h.lane = found_lane;
          IF busy < maxes[place] THEN
            next_lane := after_lane;
            FOR run_id, run_attempt, run_started_at IN
              UPDATE "actiond".runs r SET status = 1, replica = me, holding = true, started_at = coalesce(r.started_at, now_at)
              WHERE r.status = 0 AND r.numbered_id = ANY (ARRAY(
                SELECT q.numbered_id FROM "actiond".runs q
                WHERE q.status = 0 AND q.package = packages[place] AND q.action = actions[place] AND q.lane = found_lane
                  AND "actiond".may_claim_v1(me, q, versions[place])
                ORDER BY q.package, q.action, q.lane, q.numbered_id LIMIT least(maxes[place] - busy, room - taken)
                FOR UPDATE SKIP LOCKED
              )) RETURNING r.id, r.attempt, r.started_at
            LOOP
              taken := taken + 1;
              RETURN NEXT;
            END LOOP;
          END IF;
        ELSIF NOT is_locked THEN
          is_locked := true;
          run_id := NULL;
          next_lane := NULL;
          RETURN NEXT;
        END IF;
      END LOOP;
      IF probes >= 64 THEN
        run_id := NULL;
        next_lane := after_lane;
        RETURN NEXT;
      END IF;
    END IF;
    EXIT WHEN taken >= room;
    -- Runs without a lane, also those that were accepted before their action had a concurrency.
    FOR run_id, run_attempt, run_started_at IN
      UPDATE "actiond".runs r SET status = 1, replica = me, holding = true, started_at = coalesce(r.started_at, now_at)
      WHERE r.status = 0 AND r.numbered_id = ANY (ARRAY(
        SELECT q.numbered_id FROM "actiond".runs q
        WHERE q.status = 0 AND q.package = packages[place] AND q.action = actions[place]
          AND (maxes[place] IS NULL OR q.lane IS NULL)
          AND "actiond".may_claim_v1(me, q, versions[place])
        ORDER BY q.package, q.action, q.lane, q.numbered_id LIMIT room - taken
        FOR UPDATE SKIP LOCKED
      )) RETURNING r.id, r.attempt, r.started_at
    LOOP
      taken := taken + 1;
      RETURN NEXT;
    END LOOP;
  END LOOP;
END $$;
--> statement-breakpoint
-- Whether a run may go to a replica that has this version of its action. It may have another one than the run's only when
-- nobody has the run's. Secrets that were sent with a request are in the memory of the replica that accepted the run, and
-- another one can only say that they are lost.
CREATE FUNCTION "actiond".may_claim_v1(me uuid, run "actiond".runs, version text) RETURNS boolean
LANGUAGE sql STABLE AS $$
  SELECT (
    run.action_version = version OR NOT EXISTS (
      SELECT 1 FROM "actiond".replicas p
      WHERE NOT p.dead AND NOT p.draining AND p.actions ->> (run.package || '/' || run.action) = run.action_version
    )
  ) AND (
    NOT run.sent_secrets OR run.accepted_by = me OR NOT EXISTS (
      SELECT 1 FROM "actiond".replicas p WHERE NOT p.dead AND p.id = run.accepted_by
    )
  )
$$;
--> statement-breakpoint
-- Takes over what dead replicas have left: their callers are detached, their runs go back to the queue or are ended with
-- `error`, their deliveries are anybody's. It may be called at any time, by anybody, again and again.
-- Answers how many runs are queued again, how many runs and deliveries are free besides, and the ids of the runs it ended.
CREATE FUNCTION "actiond".take_over_v1(now_at bigint, error_text text)
RETURNS TABLE (queued_count integer, freed_count integer, ended uuid[])
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  gone uuid[];
  changed integer;
BEGIN
  queued_count := 0;
  freed_count := 0;
  ended := '{}';
  gone := ARRAY(SELECT p.id FROM "actiond".replicas p WHERE p.dead);
  IF gone = '{}' THEN
    RETURN NEXT;
    RETURN;
  END IF;
  UPDATE "actiond".runs r SET detached = true, detached_at = coalesce(r.detached_at, now_at)
  WHERE r.numbered_id = ANY (ARRAY(
    SELECT c.numbered_id FROM "actiond".runs c
    WHERE c.accepted_by = ANY (gone) AND c.status < 2 AND NOT c.detached
    ORDER BY c.id FOR UPDATE SKIP LOCKED
  ));
  UPDATE "actiond".runs r SET status = 0, attempt = r.attempt + 1, replica = NULL, holding = false, started_at = NULL
  WHERE r.numbered_id = ANY (ARRAY(
    SELECT c.numbered_id FROM "actiond".runs c
    WHERE c.replica = ANY (gone) AND c.status = 1 AND c.attempt < c.retry_limit
    ORDER BY c.id FOR UPDATE SKIP LOCKED
  )) AND r.status = 1;
  GET DIAGNOSTICS queued_count = ROW_COUNT;
  WITH stopped AS (
    UPDATE "actiond".runs r SET status = 4, error = error_text, finished_at = now_at, holding = false
    WHERE r.numbered_id = ANY (ARRAY(
      SELECT c.numbered_id FROM "actiond".runs c
      WHERE c.replica = ANY (gone) AND c.status = 1 AND c.attempt >= c.retry_limit
      ORDER BY c.id FOR UPDATE SKIP LOCKED
    )) AND r.status = 1
    RETURNING r.id, r.callback_url, r.callback_host, r.owner, r.detached
  ), owed AS (
    INSERT INTO "actiond".deliveries (run_id, url, host, state, next_attempt_at, created_at, owner)
    SELECT o.id, o.callback_url, o.callback_host, 'pending', now_at, now_at, o.owner FROM stopped o
    WHERE o.detached AND o.callback_url IS NOT NULL
    ON CONFLICT (run_id) DO NOTHING
  )
  SELECT coalesce(array_agg(o.id), '{}') INTO ended FROM stopped o;
  UPDATE "actiond".runs r SET holding = false
  WHERE r.numbered_id = ANY (ARRAY(
    SELECT c.numbered_id FROM "actiond".runs c
    WHERE c.replica = ANY (gone) AND c.holding AND c.status >= 2
    ORDER BY c.id FOR UPDATE SKIP LOCKED
  ));
  GET DIAGNOSTICS freed_count = ROW_COUNT;
  UPDATE "actiond".deliveries d SET leased_by = NULL
  WHERE d.numbered_id = ANY (ARRAY(
    SELECT l.numbered_id FROM "actiond".deliveries l
    WHERE l.leased_by = ANY (gone) ORDER BY l.numbered_id FOR UPDATE SKIP LOCKED
  ));
  GET DIAGNOSTICS changed = ROW_COUNT;
  freed_count := freed_count + changed;
  DELETE FROM "actiond".replicas p
  WHERE p.dead AND p.started_at < clock_timestamp() - interval '1 day'
    AND NOT EXISTS (SELECT 1 FROM "actiond".runs r WHERE r.replica = p.id AND (r.status = 1 OR r.holding))
    AND NOT EXISTS (SELECT 1 FROM "actiond".runs r WHERE r.accepted_by = p.id AND r.status < 2 AND NOT r.detached)
    AND NOT EXISTS (SELECT 1 FROM "actiond".deliveries d WHERE d.leased_by = p.id);
  RETURN NEXT;
END $$;
