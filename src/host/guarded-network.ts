/**
 * Owns a network that checks before it does anything: for runtimes whose own refusal would come as an exception that cannot
 * be caught, or without a code, or not at all. Knows no runtime; what is refused, and why, is up to its caller.
 */
import type {
  HostBindOptions,
  HostDatagramSocket,
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
      readonly localHost?: string | undefined;
      readonly path?: undefined;
    };

/** The network, guarded by `refusal`, which returns why something must not be done, or undefined. */
export function guardedNetwork(
  network: Required<HostNetwork>,
  refusal: (target: Guarded) => HostFailure | undefined,
): Required<HostNetwork> {
  return {
    ...network,

    connect(target: HostTarget): HostSocket {
      const refused = refusal(target);
      return refused === undefined ? network.connect(target) : new RefusedSocket(refused);
    },

    listen(options: HostListenOptions): HostServer {
      // A socket that listens already was allowed to.
      const isThere = options.path === undefined && !("host" in options);
      const refused = isThere ? undefined : refusal(options);
      return refused === undefined ? network.listen(options) : new RefusedServer(refused);
    },

    bind(options: HostBindOptions): HostDatagramSocket {
      const { localHost = "", localPort = 0, remote, family, socket } = options;
      const refused =
        socket === undefined
          ? (refusal({ host: localHost, port: localPort, family, path: undefined }) ??
            (remote && refusal({ ...remote, family, path: undefined })))
          : undefined;
      return refused === undefined ? network.bind(options) : new RefusedDatagramSocket(refused);
    },

    lookup(query, found) {
      const { host, family } = query;
      const refused = refusal({ host, port: undefined, family, path: undefined });
      if (refused === undefined) network.lookup(query, found);
      else queueMicrotask(() => found(refused));
    },

    lookupService(host, port, found) {
      const refused = refusal({ host, port, path: undefined });
      if (refused === undefined) network.lookupService(host, port, found);
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

/** What has two ends. */
class RefusedEnd extends Refused {
  readonly unsentBytes = 0;
  readonly localAddress = undefined;
  readonly remoteAddress = undefined;
  readonly handle = undefined;

  read(): null {
    return null;
  }

  destroy(): void {}
}

class RefusedSocket extends RefusedEnd implements HostSocket {
  write(): void {}
  end(): void {}
}

class RefusedDatagramSocket extends RefusedEnd implements HostDatagramSocket {
  send(): void {}
}

class RefusedServer extends Refused implements HostServer {
  readonly address = undefined;
  readonly handle = undefined;

  accept(): null {
    return null;
  }
}
