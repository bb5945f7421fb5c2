/** Owns which hosts are measured, and the options with which their garbage can be collected. */
import { chromium } from "../../hosts/chromium.ts";
import type { HostDriver } from "../../hosts/driver.ts";
import { firefox } from "../../hosts/firefox.ts";
import { bun, CommandDriver, deno, otherNodes, thisNode } from "../../hosts/process.ts";
import { webkit } from "../../hosts/webkit.ts";
import { workerd } from "../../hosts/workerd.ts";

export const thisHost: CommandDriver = withCollector(thisNode, "--expose-gc");

/** Of the versions of Node, this one and the others. */
const nodes = [
  thisHost,
  ...otherNodes
    .filter(({ name }) => name !== thisNode.name)
    .map((node) => withCollector(node, "--expose-gc")),
];

/** Hosts that are a command: each can be started for a script. */
export const commandHosts: readonly CommandDriver[] = [
  ...nodes,
  withCollector(deno, "--v8-flags=--expose-gc"),
  bun,
];

export const allHosts: readonly HostDriver[] = [...commandHosts, chromium, firefox, webkit, workerd];

/** "Node 20" is "node-20" on the command line. */
export function slugOf({ name }: HostDriver): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-");
}

/** The same host with one more option, which makes `gc` a global. */
function withCollector(host: CommandDriver, option: string): CommandDriver {
  const { path } = host;
  const args = path === undefined ? [] : host.command()[1];
  const driver = new CommandDriver({
    name: host.name,
    conditions: host.conditions,
    candidates: () => (path === undefined ? [] : [path]),
    args: [...args, option],
    howToGet: "",
  });
  // How to have it is the host's own knowledge.
  driver.find = () => host.find();
  return driver;
}
