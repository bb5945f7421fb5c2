// The same route as older apps have it, for which Next.js warns of more.
import { answer } from "../../answer.js";

export const config = { runtime: "edge" };

/** @param {Request} request */
export default (request) => answer(request);
