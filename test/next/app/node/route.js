// The same route on Node.
import { answer } from "../../answer.js";

export const dynamic = "force-dynamic";

/** @param {Request} request */
export const GET = (request) => answer(request);
