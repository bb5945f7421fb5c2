// Runs before every test file: says which build of the core the tests are to use.

const core = process.env.WASYNCIO_CORE;
if (core !== "release" && core !== "debug") {
  throw new Error(`WASYNCIO_CORE must be 'release' or 'debug', not '${core}'`);
}
