/**
 * Owns a network that checks before it does anything: for runtimes whose own refusal would come as an exception that cannot
 * be caught, or without a code, or not at all. Knows no runtime; what is refused, and why, is up to its caller.
 */
import type {
  HostEvents,
  HostFailure,
  HostListenOptions,
  HostNetwork,
  HostServer,
  HostSocket,
  HostTarget,
} from "./network.ts";

/** What is checked: a path, or a host with its port, or all ports, and the family of addresses wanted. */
export type Guarded =
  | { readonly path: string }
  | {
      readonly host: string;
      readonly port: number | undefined;
      readonly family?: 0 | 4 | 6;
      readonly path?: undefined;
    };

/** The network, guarded by `refusal`, which returns why something must not be done, or undefined. */
export function guardedNetwork(
  network: Required<HostNetwork>,
  refusal: (target: Guarded) => HostFailure | undefined,
): Required<HostNetwork> {
  return {
    paths: network.paths,

    connect(target: HostTarget): HostSocket {
      const refused = refusal(target);
      return refused === undefined ? network.connect(target) : new RefusedSocket(refused);
    },

    listen(options: HostListenOptions): HostServer {
      const refused = refusal(options);
      return refused === undefined ? network.listen(options) : new RefusedServer(refused);
    },

    lookup(host, family, found) {
      const refused = refusal({ host, port: undefined, family, path: undefined });
      if (refused === undefined) network.lookup(host, family, found);
      else queueMicrotask(() => found(refused));
    },
  };
}

class Refused {
  private readonly failure: HostFailure;

  constructor(failure: HostFailure) {
    this.failure = failure;
  }

  watch(events: HostEvents): void {
    queueMicrotask(() => events.closed(this.failure));
  }

  close(): void {}
}

class RefusedSocket extends Refused implements HostSocket {
  readonly unsentBytes = 0;
  readonly localAddress = undefined;
  readonly remoteAddress = undefined;

  read(): null {
    return null;
  }

  write(): void {}
  end(): void {}
  destroy(): void {}
}

class RefusedServer extends Refused implements HostServer {
  readonly address = undefined;

  accept(): null {
    return null;
  }
}
