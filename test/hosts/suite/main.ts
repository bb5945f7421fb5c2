/** The contract of a host as a program: what every driver of a host is given to run (../on-host.ts). */
import type { Json } from "../../../hosts/driver.ts";
import { badInput } from "./bad-input.ts";
import { cancelled } from "./cancelled.ts";
import { type Case, type Here, runCases, type SuiteReport } from "./case.ts";
import { datagrams } from "./datagrams.ts";
import { faults } from "./faults.ts";
import { given } from "./given.ts";
import { host } from "./host.ts";
import { httpFaults } from "./http-faults.ts";
import { httpTls } from "./http-tls.ts";
import { limits } from "./limits.ts";
import { network } from "./network.ts";
import { ownSockets } from "./own-sockets.ts";
import { processes } from "./processes.ts";
import { errors, loops, promises } from "./programs.ts";
import { simulated } from "./simulated.ts";
import { sockets } from "./sockets.ts";
import { cancelling, clock, fairness } from "./time.ts";
import { tls } from "./tls.ts";
import { tlsFaults } from "./tls-faults.ts";
import { traces } from "./traces.ts";
import { wasi } from "./wasi.ts";

export const cases: readonly Case[] = [
  ...host,
  ...sockets,
  ...clock,
  ...fairness,
  ...cancelling,
  ...promises,
  ...errors,
  ...loops,
  ...network,
  ...simulated,
  ...processes,
  ...wasi,
  ...tls,
  ...limits,
  ...ownSockets,
  ...datagrams,
  ...given,
  ...faults,
  ...tlsFaults,
  ...httpFaults,
  ...httpTls,
  ...badInput,
  ...cancelled,
];

export default async function main(config: Json): Promise<Json> {
  const outcomes = await runCases(cases, config as unknown as Here);
  const report: SuiteReport = { outcomes, traces: await traces() };
  return report as unknown as Json;
}
