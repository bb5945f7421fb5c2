/** Owns the question whether a test on a host is to run: where the host is, and where all of them have to be. */
import type { HostDriver } from "../../hosts/driver.ts";

export async function isExpected(driver: HostDriver): Promise<boolean> {
  return process.env.CI !== undefined || (await driver.find()).found;
}
