/** Loads something for a part of the page, keeps it while it is loaded again, and loads it anew when that makes sense. */
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { mendCount } from "./connection.ts";
import { keyGeneration } from "./key.ts";

export interface Resource<Value> {
  /** Undefined until it was loaded for the first time. */
  readonly value: Value | undefined;
  /** Why the last attempt failed. */
  readonly error: unknown;
  readonly isLoading: boolean;
  readonly reload: () => void;
  readonly change: (change: (value: Value) => Value) => void;
}

interface Loaded<Value> {
  readonly of: string;
  readonly value: Value | undefined;
  readonly error: unknown;
}

/** @param name another one is something else, so what was loaded before is forgotten */
export function useResource<Value>(
  name: string,
  load: (signal: AbortSignal) => Promise<Value>,
): Resource<Value> {
  const [loaded, setLoaded] = useState<Loaded<Value>>();
  const [generation, setGeneration] = useState(0);
  const current = useRef(load);
  current.current = load;
  const key = keyGeneration.value;
  const mends = mendCount.value;
  useEffect(() => {
    const controller = new AbortController();
    const { signal } = controller;
    current.current(signal).then(
      (value) => {
        if (!signal.aborted) setLoaded({ of: name, value, error: undefined });
      },
      (error: unknown) => {
        if (signal.aborted) return;
        setLoaded((before) => ({
          of: name,
          value: before?.of === name ? before.value : undefined,
          error,
        }));
      },
    );
    return () => {
      controller.abort();
    };
  }, [name, generation, key, mends]);
  const isOld = loaded?.of !== name;
  return {
    value: isOld ? undefined : loaded.value,
    error: isOld ? undefined : loaded.error,
    isLoading: isOld,
    reload: useCallback(() => {
      setGeneration((count) => count + 1);
    }, []),
    change: useCallback(
      (change) => {
        setLoaded((before) =>
          before?.value === undefined
            ? before
            : { ...before, value: change(before.value) },
        );
      },
      [name],
    ),
  };
}

/** Calls it again and again while the page can be seen. @param everyMs undefined: not at all */
export function useInterval(everyMs: number | undefined, act: () => void) {
  const current = useRef(act);
  current.current = act;
  useEffect(() => {
    if (everyMs === undefined) return undefined;
    const timer = setInterval(() => {
      if (!document.hidden) current.current();
    }, everyMs);
    return () => {
      clearInterval(timer);
    };
  }, [everyMs]);
}
