/**
 * A token that is refreshed twice: a timer and an answer of 401 do it at the same moment, both with the same refresh token,
 * which is good for one use; the user is logged out.
 * After https://github.com/axios/axios/issues/10701.
 */
import { createTask, gather, sleep, type Task } from "wasyncio";
import { must } from "./must.ts";

class AuthServer {
  private valid = 1;

  /** @returns the next token. */
  async refresh(token: number): Promise<number> {
    must(token === this.valid, `token ${token} was used before: logged out`);
    this.valid++;
    await sleep(2);
    return this.valid;
  }
}

export async function refreshedTwice(mended: boolean): Promise<void> {
  const server = new AuthServer();
  let token = 1;
  let refreshing: Task<void> | undefined;

  async function refreshOnce(): Promise<void> {
    token = await server.refresh(token);
    refreshing = undefined;
  }

  async function refresh(): Promise<void> {
    if (!mended) return await refreshOnce();
    refreshing ??= createTask(refreshOnce);
    await refreshing;
  }

  async function refreshInTime(): Promise<void> {
    await sleep(8);
    await refresh();
  }

  async function request(): Promise<void> {
    await sleep(9);
    const used = token;
    await sleep(1);
    // The answer is 401. If the token is another one by now, the request is simply repeated.
    if (token === used) await refresh();
  }

  await gather(refreshInTime, request);
  must(token === 2, "the token was not refreshed");
}
