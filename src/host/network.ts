/** Placeholder until the network part is written. */
export type HostNetwork = object;
