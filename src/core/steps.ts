/**
 * Owns the step that is going on in the engine's microtasks: which functions were resumed in it and are still to come back.
 *
 * A step ends when every function resumed in it waits for one of ours or has ended, as far as the loop can see; else when
 * the microtasks have run out. What can be seen: an awaitable is read at the `await` and its `then` is called a microtask
 * later; and the end of a task's function and of a scope's body.
 */

/** What takes steps, as far as the files below it know: see stepper.ts. @internal */
export interface Stepping {
  /** Takes a step from within other code. */
  enter(cancel: boolean): void;
  /** Whether what it drives has not ended. */
  readonly isUnderWay: boolean;
  /** Whether it steps this very coroutine, and not one that waits for it. */
  drives(coroutine: object): boolean;
}

/** What resumes functions of the engine's, as far as the files below it know: see async/strand.ts. @internal */
export interface Resuming extends Stepping {
  /** `mark`: whether there is a request to cancel on it; 0 for none. */
  readonly scope: { readonly mark: number };
  /** Whether its function can wait by it. */
  readonly isFree: boolean;
  /** Its function has had control in the step that is going on; and has it still, as far as is known. */
  isInStep: boolean;
  isOut: boolean;
  /** How many awaitables were read on its behalf whose `then` has yet to be called. */
  reads: number;
  /** The step that the count is of. */
  readsOfStep: number;
  /** The step is over in which its function had control. */
  stepEnded(): void;
  /** Its function has not come back: it has ended, or is abroad. */
  retire(): void;
}

/** @internal */
export class Steps {
  /** Of the step that is going on. */
  private number = 0;
  /** Awaitables that were read and whose `then` has yet to be called. */
  private reads = 0;
  /** Functions that have control and have not begun to wait since. */
  private resumed = 0;
  /** Whether it lasts until the microtasks have run out, whatever has come back. */
  private isHeld = false;
  /** The strands of those functions, the latest last. */
  private readonly ran: Resuming[] = [];

  /** Whether there is anything to wait for before the next entry's turn. */
  get isOpen(): boolean {
    return this.reads !== 0 || this.resumed !== 0 || this.isHeld;
  }

  /** Reading in front of the first element would be a slow search for a property, some 80 ns of each step. */
  private get last(): Resuming | undefined {
    const { ran } = this;
    return ran.length === 0 ? undefined : ran[ran.length - 1];
  }

  /** Whose microtasks these most probably are: not those of something that waits. */
  get latest(): Resuming | undefined {
    const { last } = this;
    return last?.isFree === false ? (this.ran.findLast(({ isFree }) => isFree) ?? last) : last;
  }

  /** What was the last in a scope to get control in this step; undefined if nothing in it was. */
  latestIn(scope: object): Resuming | undefined {
    return this.ran.findLast((strand) => strand.scope === scope);
  }

  /**
   * Something was asked to cancel. What the request reaches is resumed when the microtasks have run out, so that no
   * function that goes on natively at this moment is mistaken for one that has been reached.
   */
  hold(): void {
    this.isHeld = true;
  }

  /** A function was resumed, or begun. */
  goesOn(strand: Resuming): void {
    if (this.last !== strand) this.ran.push(strand);
    this.hasControl(strand);
  }

  /** A function was begun by one that goes on at once, as itself. */
  goesOnBeside(strand: Resuming): void {
    this.ran.unshift(strand);
    this.hasControl(strand);
  }

  private hasControl(strand: Resuming): void {
    strand.isInStep = true;
    if (strand.isOut) return;
    strand.isOut = true;
    this.resumed++;
  }

  /** An awaitable was read on behalf of a function of this step. */
  read(strand: Resuming): void {
    if (strand.readsOfStep !== this.number) {
      strand.readsOfStep = this.number;
      strand.reads = 0;
    }
    strand.reads++;
    this.reads++;
  }

  /** Its `then` was called: one of the functions waits for one of ours, unless a program has called it by hand. */
  called(strand: Resuming, isByHand: boolean): void {
    if (strand.readsOfStep !== this.number || strand.reads === 0) return;
    strand.reads--;
    this.reads--;
    if (!isByHand && strand.scope.mark === 0) this.cameBack(strand);
  }

  /** The function of a task, or the body of a scope, has ended. */
  endedIn(scope: object): void {
    const strand = this.ran.findLast((each) => each.isOut && each.scope === scope);
    if (strand !== undefined) this.cameBack(strand);
  }

  /** A function waits, or has ended. */
  private cameBack(strand: Resuming): void {
    if (!strand.isOut) return;
    strand.isOut = false;
    this.resumed--;
  }

  /** The step is over: what has not come back is let go. */
  end(): void {
    this.number++;
    this.reads = 0;
    this.resumed = 0;
    this.isHeld = false;
    const { ran } = this;
    if (ran.length === 0) return;
    if (ran.length === 1) {
      (ran.pop() as Resuming).stepEnded();
      return;
    }
    const all = ran.splice(0);
    for (const strand of all) strand.stepEnded();
  }
}
