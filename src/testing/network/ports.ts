/**
 * Owns who has which port of a host, on which of its addresses. Knows nothing of what is done there.
 */
import { familyOf } from "../../io/connect.ts";
import { isEverywhere } from "./addresses.ts";

const FIRST_FREE_PORT = 49_152;
const PORT_MAX = 65_535;

/** What is bound to a port. */
export interface Bound {
  /** The address; the empty string for all. */
  readonly boundHost: string;
}

export class Ports<T extends Bound> {
  readonly #bound = new Map<number, T[]>();
  #next = FIRST_FREE_PORT;

  /** A port that nobody is bound to; 0 if there is none. Each is given once before any is given again. */
  free(): number {
    for (let tried = FIRST_FREE_PORT; tried <= PORT_MAX; tried++) {
      const port = this.#next;
      this.#next = port === PORT_MAX ? FIRST_FREE_PORT : port + 1;
      if (!this.#bound.has(port)) return port;
    }
    return 0;
  }

  isTaken(host: string, port: number): boolean {
    return this.#bound.get(port)?.some(({ boundHost }) => overlaps(boundHost, host)) ?? false;
  }

  add(port: number, bound: T): void {
    const others = this.#bound.get(port);
    if (others === undefined) this.#bound.set(port, [bound]);
    else others.push(bound);
  }

  remove(port: number, bound: T): void {
    const left = this.#bound.get(port)?.filter((each) => each !== bound) ?? [];
    if (left.length === 0) this.#bound.delete(port);
    else this.#bound.set(port, left);
  }

  /** Who is reached at the address. */
  find(host: string, port: number): T | undefined {
    const all = this.#bound.get(port);
    if (all?.length === 1) return overlaps((all[0] as T).boundHost, host) ? all[0] : undefined;
    return (
      all?.find(({ boundHost }) => boundHost === host) ??
      all?.find(({ boundHost }) => overlaps(boundHost, host))
    );
  }

  clear(): void {
    this.#bound.clear();
  }

  /** All that is bound, in the order of ports first used. */
  all(): T[] {
    return [...this.#bound.values()].flat();
  }
}

/** Whether something may be sent to both. '' and '::' are of both families. */
function overlaps(one: string, other: string): boolean {
  if (one === other || isOfBoth(one) || isOfBoth(other)) return true;
  return (isEverywhere(one) || isEverywhere(other)) && familyOf(one) === familyOf(other);
}

function isOfBoth(host: string): boolean {
  return host === "" || host === "::";
}
