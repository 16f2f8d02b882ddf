-- The turn of a run that is about to be queued: behind the last one of its key, but not before the first one that waits.
CREATE FUNCTION "actiond".turn_v1(of_owner text, of_package text, of_action text, of_lane text) RETURNS bigint
LANGUAGE plpgsql STABLE
SET enable_seqscan = off SET enable_bitmapscan = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  own bigint;
  head bigint;
BEGIN
  SELECT q.turn INTO own FROM "actiond".runs q
  WHERE q.status = 0 AND q.owner = of_owner AND q.package = of_package AND q.action = of_action
    AND coalesce(q.lane, '') = coalesce(of_lane, '')
  ORDER BY q.owner DESC, q.package DESC, q.action DESC, coalesce(q.lane, '') DESC, q.turn DESC LIMIT 1;
  SELECT q.turn INTO head FROM "actiond".runs q
  WHERE q.status = 0 AND q.package = of_package AND q.action = of_action AND coalesce(q.lane, '') = coalesce(of_lane, '')
  ORDER BY q.package, q.action, coalesce(q.lane, ''), q.turn LIMIT 1;
  RETURN greatest(coalesce(own + 1, 0), coalesce(head, 0));
END $$;
--> statement-breakpoint
-- Gives queued runs to a replica that has free slots: at most `room`, of the actions that it names, beginning with the
-- first; within an action and a lane, keys take turns. `maxes` has the concurrency of each action, null where only the replicas' slots limit it; `hints` are lanes that
-- are looked at last; `cursors` has the lane of each action after which the search goes on.
-- Each statement sees what was committed before it began: what is counted under a lock is counted in a later statement.
-- Answers a row for each run, with the lane after which the next search may begin; and a row without a run for each action
-- whose search is not over: a lane was locked by another replica (`next_lane` is null), or there are more behind `next_lane`.
CREATE FUNCTION "actiond".claim_v3(
  me uuid, room integer, packages text[], actions text[], versions text[], maxes integer[], hints text[], cursors text[], now_at bigint
) RETURNS TABLE (run_id uuid, run_attempt integer, run_started_at bigint, action_place integer, next_lane text)
LANGUAGE plpgsql VOLATILE ROWS 64
-- Its plans are kept: those for an empty table, too, which must find their way in a large one.
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_mergejoin = off SET jit = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  living uuid[];
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
  living := ARRAY(SELECT p.id FROM "actiond".replicas p WHERE NOT p.dead);
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
          SELECT coalesce(q.lane, '') INTO found_lane FROM "actiond".runs q
          WHERE q.status = 0 AND q.package = packages[place] AND q.action = actions[place] AND coalesce(q.lane, '') > after_lane
          ORDER BY q.package, q.action, coalesce(q.lane, '') LIMIT 1;
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
              WHERE r.numbered_id = ANY (ARRAY(
                SELECT q.numbered_id FROM "actiond".runs q
                WHERE q.status = 0 AND q.package = packages[place] AND q.action = actions[place] AND coalesce(q.lane, '') = found_lane
                  AND (q.action_version = versions[place] OR NOT EXISTS (
                    SELECT 1 FROM "actiond".replicas p
                    WHERE p.id = ANY (living) AND NOT p.draining AND p.actions ->> (q.package || '/' || q.action) = q.action_version
                  )) AND (NOT q.sent_secrets OR q.accepted_by = me OR NOT coalesce(q.accepted_by = ANY (living), false))
                ORDER BY q.package, q.action, coalesce(q.lane, ''), q.turn, q.numbered_id LIMIT least(maxes[place] - busy, room - taken)
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
      WHERE r.numbered_id = ANY (ARRAY(
        SELECT q.numbered_id FROM "actiond".runs q
        WHERE q.status = 0 AND q.package = packages[place] AND q.action = actions[place]
          AND (maxes[place] IS NULL OR coalesce(q.lane, '') = '')
          AND (q.action_version = versions[place] OR NOT EXISTS (
            SELECT 1 FROM "actiond".replicas p
            WHERE p.id = ANY (living) AND NOT p.draining AND p.actions ->> (q.package || '/' || q.action) = q.action_version
          )) AND (NOT q.sent_secrets OR q.accepted_by = me OR NOT coalesce(q.accepted_by = ANY (living), false))
        ORDER BY q.package, q.action, coalesce(q.lane, ''), q.turn, q.numbered_id LIMIT room - taken
        FOR UPDATE SKIP LOCKED
      )) RETURNING r.id, r.attempt, r.started_at
    LOOP
      taken := taken + 1;
      RETURN NEXT;
    END LOOP;
  END LOOP;
END $$;
