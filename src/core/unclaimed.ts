/**
 * Owns the reports about what was never claimed: exceptions that were never retrieved, coroutines that were never awaited.
 * Each is made when the object that it is about is collected, or at the end of its loop if that comes first. Knows nothing
 * of what is reported, or how.
 */

interface Report {
  readonly of: Unclaimed;
  readonly make: () => void;
}

/** Only what is claimed after all has to be found again, so nothing refers to the objects. */
const reports = new WeakMap<object, Report>();

const collected = new FinalizationRegistry<Report>((report) => {
  if (report.of.drop(report)) report.make();
});

/** What a loop has to report unless it is claimed. @internal */
export class Unclaimed {
  /** In the order in which they were added, which is that of the reports at the end. */
  private readonly pending = new Set<Report>();

  /** @param make - makes the report. It must not hold the object, which would never be collected then. */
  add(object: object, make: () => void): void {
    const report = { of: this, make };
    this.pending.add(report);
    reports.set(object, report);
    collected.register(object, report, object);
  }

  /** Answers whether the report was still to be made. */
  drop(report: Report): boolean {
    return this.pending.delete(report);
  }

  /** Makes the reports that are left. What they bring about themselves is left to the collector. */
  reportAll(): void {
    const left = [...this.pending];
    for (const report of left) if (this.drop(report)) report.make();
  }
}

/** Somebody has claimed the object. Harmless when nothing was to be reported of it. @internal */
export function claim(object: object): void {
  const report = reports.get(object);
  if (report === undefined) return;
  reports.delete(object);
  collected.unregister(object);
  report.of.drop(report);
}
