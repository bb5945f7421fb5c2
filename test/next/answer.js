// What both the edge's and Node's route answer: a handler on a loop of its own, with the package's other entry points.
import { currentTask, gather, getRunningLoop, sleep } from "wasyncio";
import { serve } from "wasyncio/edge";
import { ClientSession } from "wasyncio/http";

/** @param {number} delayMs */
function* slept(delayMs) {
  yield* sleep(delayMs);
  return delayMs;
}

export const answer = serve(async (request, _env, ctx) => {
  ctx.waitUntil(async () => await sleep(1));
  const { host } = getRunningLoop().scheduler;
  const both = await gather(slept(2), slept(1));
  await new Promise((resolve) => setTimeout(resolve, 1));
  const behindForeignAwait = currentTask()?.getName();
  const url = new URL(request.url).searchParams.get("fetched");
  const session = new ClientSession();
  const fetched = url === null ? null : await session.with(async () => await (await session.get(url)).text());
  return Response.json({ host: host.name, both, behindForeignAwait, fetched });
});
