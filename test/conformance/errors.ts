// The errors that programs throw on their own account, by the names that Python gives them.
//
// Owns nothing else. Must not know asyncio: these are Python's everyday errors, which asyncio only carries.

export class ValueError extends Error {
  override readonly name = "ValueError";
}

export class KeyError extends Error {
  override readonly name = "KeyError";
}
