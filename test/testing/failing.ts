/** The error of a program that is explored and fails. */
import { type ExplorationError, type ExploreOptions, explore, type Program } from "wasyncio/testing";

export async function failureOf(
  program: Program<unknown>,
  options?: ExploreOptions,
): Promise<ExplorationError> {
  let report: unknown;
  try {
    report = await explore(program, options);
  } catch (error) {
    return error as ExplorationError;
  }
  throw new Error(`explore has found nothing: ${JSON.stringify(report)}`);
}
