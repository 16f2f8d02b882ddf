/** Reads /etc/hosts and the search list of /etc/resolv.conf. */
import ipaddr from "ipaddr.js";

/** How a name without enough dots is completed (resolv.conf(5)). */
export interface Search {
  readonly suffixes: readonly string[];
  /** A name with at least so many dots is looked up as it is first. */
  readonly dotCount: number;
}

const MAX_SUFFIXES = 6;
const MAX_DOTS = 15;

/** @returns addresses by name in lower case, IPv4 first */
export function toHosts(text: string): Map<string, string[]> {
  const hosts = new Map<string, string[]>();
  for (const [address = "", ...names] of toWords(text)) {
    if (!ipaddr.isValid(address)) continue;
    for (const name of names) {
      const known = hosts.get(name) ?? [];
      if (address.includes(":")) known.push(address);
      else known.unshift(address);
      hosts.set(name, known);
    }
  }
  return hosts;
}

export function toSearch(text: string): Search {
  let suffixes: string[] = [];
  let dotCount = 1;
  for (const [name = "", ...words] of toWords(text)) {
    if (name === "search" || name === "domain") suffixes = words;
    if (name === "options")
      for (const word of words) {
        const [, count] = /^ndots:(\d+)$/.exec(word) ?? [];
        if (count !== undefined) dotCount = Math.min(Number(count), MAX_DOTS);
      }
  }
  return { suffixes: suffixes.slice(0, MAX_SUFFIXES), dotCount };
}

/** @returns the names to look up, in order, until one is found */
export function toCandidates(host: string, search: Search): string[] {
  const completed = search.suffixes
    .filter((suffix) => suffix !== ".")
    .map((suffix) => `${host}.${suffix.replace(/\.$/, "")}`);
  const dots = host.split(".").length - 1;
  return dots >= search.dotCount ? [host, ...completed] : [...completed, host];
}

/** The words of each line, without its comment. */
function toWords(text: string): string[][] {
  return text
    .split("\n")
    .map((line) =>
      line
        .replace(/[#;].*/, "")
        .trim()
        .toLowerCase(),
    )
    .filter((line) => line !== "")
    .map((line) => line.split(/\s+/));
}
