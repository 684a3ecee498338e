/** A SEED that is given holds for every property, also for those that name none. Each prints its own when it fails. */
if (process.env.SEED !== undefined) {
  const { default: fc } = await import('fast-check');
  fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(process.env.SEED) });
}
