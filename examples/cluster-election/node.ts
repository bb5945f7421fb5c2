/**
 * Owns one node of a cluster that elects a leader, after Raft: terms are numbered, each node has one vote in a term, and whoever has
 * more than half of them leads until somebody stands in a later term. Knows its peers by name and asks them over connections; knows
 * nothing of the network that it runs on.
 */
import {
  Event,
  gather,
  NetworkError,
  openConnection,
  type StreamReader,
  type StreamWriter,
  sleep,
  startServer,
  TimeoutError,
  timeout,
} from "wasyncio";

type Steps<T = void> = Generator<unknown, T, unknown>;

const PORT = 7000;
const BEAT_MS = 50;
/** How long a node waits for an answer. */
const ANSWER_MS = 60;
/** Without a word from a leader for so long, a node stands itself: a time that differs from node to node, and each time. */
const PATIENCE_MS = [150, 300] as const;
/** How long it takes until a vote is safe on the disk. */
const SAVE_MS = [1, 8] as const;

interface Question {
  readonly kind: "vote" | "beat";
  readonly term: number;
  readonly from: string;
}

interface Answer {
  readonly term: number;
  readonly yes: boolean;
}

/** What a node needs of the outside. */
export interface Surroundings {
  readonly peers: readonly string[];
  /** A number between the two. */
  between(least: number, most: number): number;
  /** Called with every leader. */
  elected(name: string, term: number): void;
  /** The bug: a vote counts as given only once it is saved, and meanwhile it is given again. */
  readonly votesWhenSaved: boolean;
}

export class ElectionNode {
  readonly name: string;
  role: "follower" | "candidate" | "leader" = "follower";
  term = 0;
  private votedFor: string | undefined = undefined;
  /** There is a leader, or somebody that it has voted for. */
  private readonly heard = new Event();
  private readonly around: Surroundings;

  constructor(name: string, around: Surroundings) {
    this.name = name;
    this.around = around;
  }

  /** Takes part until it is cancelled. */
  *run(): Steps {
    const server = yield* startServer((reader, writer) => this.answer(reader, writer), this.name, PORT);
    yield* server.with(() => this.live(), { graceMs: 0 });
  }

  private *live(): Steps {
    for (;;) {
      if (this.role === "leader") yield* this.lead();
      else if (!(yield* this.hearsInTime())) yield* this.stand();
    }
  }

  private *hearsInTime(): Steps<boolean> {
    this.heard.clear();
    try {
      yield* timeout(this.around.between(...PATIENCE_MS), () => this.heard.wait());
      return true;
    } catch (error) {
      if (error instanceof TimeoutError) return false;
      throw error;
    }
  }

  // ── Asking ────────────────────────────────────────────────────────────────────────────────────────────────────

  private *stand(): Steps {
    const term = this.begin(this.term + 1);
    this.role = "candidate";
    this.votedFor = this.name;
    yield* this.save();
    const answers = yield* this.askAll("vote", term);
    const votes = 1 + answers.filter((answer) => answer?.yes).length;
    if (this.role !== "candidate" || this.term !== term || 2 * votes <= this.around.peers.length + 1) return;
    this.role = "leader";
    this.around.elected(this.name, term);
  }

  private *lead(): Steps {
    yield* this.askAll("beat", this.term);
    yield* sleep(BEAT_MS);
  }

  private *askAll(kind: Question["kind"], term: number): Steps<(Answer | undefined)[]> {
    const question: Question = { kind, term, from: this.name };
    const answers = yield* gather(...this.around.peers.map((peer) => ask(peer, question)));
    for (const answer of answers)
      if (answer !== undefined && answer.term > this.term) this.begin(answer.term);
    return answers;
  }

  /** A later term, in which nobody leads yet. */
  private begin(term: number): number {
    this.term = term;
    this.role = "follower";
    this.votedFor = undefined;
    return term;
  }

  // ── Answering ─────────────────────────────────────────────────────────────────────────────────────────────────

  private *answer(reader: StreamReader, writer: StreamWriter): Steps {
    try {
      const line = yield* reader.readline();
      if (line.length === 0) return;
      const question: Question = JSON.parse(new TextDecoder().decode(line));
      const yes = question.kind === "vote" ? yield* this.vote(question) : this.follow(question);
      writer.write(`${JSON.stringify({ term: this.term, yes } satisfies Answer)}\n`);
    } catch (error) {
      // Whoever has asked is gone.
      if (!(error instanceof NetworkError)) throw error;
    } finally {
      writer.close();
    }
  }

  private *vote({ term, from }: Question): Steps<boolean> {
    if (term > this.term) this.begin(term);
    if (term < this.term || (this.votedFor ?? from) !== from) return false;
    if (this.around.votesWhenSaved) {
      yield* this.save();
      this.votedFor = from;
    } else {
      this.votedFor = from;
      yield* this.save();
    }
    this.heard.set();
    return true;
  }

  private follow({ term }: Question): boolean {
    if (term < this.term) return false;
    if (term > this.term) this.begin(term);
    this.role = "follower";
    this.heard.set();
    return true;
  }

  private *save(): Steps {
    yield* sleep(this.around.between(...SAVE_MS));
  }
}

/** One question over a connection of its own; undefined if nobody answers in time. */
function* ask(peer: string, question: Question): Steps<Answer | undefined> {
  try {
    return yield* timeout(ANSWER_MS, function* () {
      const [reader, writer] = yield* openConnection(peer, PORT);
      try {
        writer.write(`${JSON.stringify(question)}\n`);
        const line = yield* reader.readline();
        return line.length === 0 ? undefined : (JSON.parse(new TextDecoder().decode(line)) as Answer);
      } finally {
        writer.close();
      }
    });
  } catch (error) {
    if (error instanceof TimeoutError || error instanceof NetworkError) return undefined;
    throw error;
  }
}
