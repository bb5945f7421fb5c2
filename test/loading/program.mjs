// The small program that every way of loading has to bring to run: the package and its further entry points. It is copied
// next to the package as it is installed.
import { createTask, currentTask, gather, getRunningLoop, run, runSync, sleep, timeout } from "wasyncio";
import { serve, waitUntil } from "wasyncio/edge";
import { ClientSession } from "wasyncio/http";
import { VirtualClock } from "wasyncio/testing";

/** @param {string} name @param {number} delayMs */
function* greeting(name, delayMs) {
  yield* sleep(delayMs);
  return `Hello, ${name}`;
}

function* scenario() {
  const greetings = yield* gather(greeting("Ada", 20), greeting("Grace", 10));
  const late = createTask(greeting("Linus", 60_000));
  try {
    yield* timeout(5, () => late);
  } catch (error) {
    greetings.push(/** @type {Error} */ (error).name);
  }
  return greetings;
}

/** @param {string} [url] something to fetch, where there is a server. */
export default async function main(url) {
  const clock = new VirtualClock();
  const virtual = runSync(scenario, { clock });
  const real = await run(scenario);
  const fetched = url === undefined ? null : await run(() => fetching(url));
  return { real, virtual, virtualMs: clock.time(), fetched, served: await served(clock) };
}

/** What the entry points tell one another: the clock's time, the running loop, the task of the request. @param {VirtualClock} clock */
async function served(clock) {
  const answer = serve(
    function* () {
      const slept = waitUntil(sleep(1000, "slept"));
      const sameLoop = slept.getLoop() === getRunningLoop();
      return new Response([currentTask()?.getName(), yield* slept, sameLoop, clock.time()].join());
    },
    { clock },
  );
  const response = await answer(new Request("http://127.0.0.1/page"));
  return await response.text();
}

/** @param {string} url */
function fetching(url) {
  return new ClientSession().with(function* (session) {
    const response = yield* session.get(url);
    return yield* response.json();
  });
}
