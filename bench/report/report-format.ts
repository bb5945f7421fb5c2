/** Owns whether something is a report that the page can show. Runs in the command and in the page alike. */
import { FORMAT, type Report, VERSION } from "../results.ts";

/** What was passed as a report is not one, or is of another version. */
export class ReportError extends Error {
  override readonly name = "ReportError";
  readonly code = "ERR_REPORT";
}

/** Throws unless it is a report of the version that the page can show. */
export function checkReport(value: unknown): asserts value is Report {
  const { format, version } = (value ?? {}) as Partial<Report>;
  if (format !== FORMAT) {
    throw new ReportError(`not the results of @wasyncio/bench: their format is not "${FORMAT}"`);
  }
  if (version !== VERSION) {
    throw new ReportError(
      `results of version ${version}, where version ${VERSION} can be shown; measure once more`,
    );
  }
}
