/**
 * Changes a tree from another process, for the watchers' conformance suite.
 *   common ROOT OUTSIDE SEED STEPS   random everyday changes
 *   wild ROOT OUTSIDE SEED STEPS     swaps and replacements too; OUTSIDE is a folder of the same file system
 *   flood ROOT COUNT                 COUNT entries at once, five events for each: files, and a folder with a file as
 *                                    every 200th
 */
import fs from 'node:fs';
import path from 'node:path';

const [mode, root, ...rest] = process.argv.slice(2);

/** A small generator (xorshift) of numbers in [0, limit): the same seed makes the same changes. */
function generator(seed) {
  let state = seed >>> 0 || 1;
  return (limit) => {
    state ^= state << 13;
    state >>>= 0;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state % limit;
  };
}

/** What programs do to a tree every day. */
function commonActs({ root, random, name, place }) {
  const write = (at) => fs.writeFileSync(at, 'x'.repeat(1 + random(2000)));
  return [
    write,
    (at) => fs.appendFileSync(at, 'y'.repeat(1 + random(100))),
    (at) => fs.mkdirSync(path.join(at, name(), name()), { recursive: true }),
    (at) => {
      fs.mkdirSync(path.join(at, name()), { recursive: true });
      write(path.join(at, name()));
    },
    (at) => fs.renameSync(at, path.join(root, `${name()}${random(1_000_000)}`)),
    (at) => fs.rmSync(at, { recursive: true, force: true }),
    (at) => {
      write(`${at}.tmp`);
      fs.renameSync(`${at}.tmp`, at);
    },
    (at) => fs.chmodSync(at, 0o700 + random(0o70)),
    (at) => fs.renameSync(at, `${place()}.moved`),
  ];
}

/** Paths whose owner changes in one step, or at once after the last: folders, files and links swap places. */
function wildActs({ root, outside, random, name, place }) {
  const remove = (at) => fs.rmSync(at, { recursive: true, force: true });
  const write = (at) => fs.writeFileSync(at, 'x'.repeat(1 + random(2000)));
  const spare = path.join(root, '.swap');
  return [
    (at) => fs.renameSync(at, place()),
    (at) => {
      const other = place();
      fs.renameSync(at, spare);
      fs.renameSync(other, at);
      fs.renameSync(spare, other);
    },
    (at) => {
      remove(at);
      fs.mkdirSync(at);
      write(path.join(at, name()));
    },
    (at) => {
      remove(at);
      fs.symlinkSync(name(), at);
    },
    (at) => {
      remove(at);
      write(at);
    },
    (at) => fs.renameSync(at, path.join(outside, name())),
    (at) => fs.renameSync(path.join(outside, name()), at),
  ];
}

function churn(outside, seed, steps, isWild) {
  const random = generator(seed);
  const name = () => 'abcdefgh'[random(8)];
  const place = () => path.join(root, ...Array.from({ length: 1 + random(3) }, name));
  const tools = { root, outside, random, name, place };
  const acts = isWild ? [...commonActs(tools), ...wildActs(tools)] : commonActs(tools);
  let done = 0;
  for (let step = 0; step < steps; step += 1) {
    const at = place();
    try {
      fs.mkdirSync(path.dirname(at), { recursive: true });
      acts[random(acts.length)](at);
      done += 1;
    } catch (error) {
      // A random step that the present tree does not allow: the file system has refused it.
      if (!error.code || error.code === 'EACCES') throw error;
    }
  }
  fs.rmSync(path.join(root, '.swap'), { recursive: true, force: true });
  console.log(JSON.stringify({ done }));
}

function flood(count) {
  for (let at = 0; at < count; at += 1) {
    if (at % 200 !== 0) {
      // Made, written, made private, written, made public.
      fs.writeFileSync(`${root}/f${at}`, 'x');
      fs.chmodSync(`${root}/f${at}`, 0o600);
      fs.appendFileSync(`${root}/f${at}`, 'y');
      fs.chmodSync(`${root}/f${at}`, 0o644);
    } else {
      fs.mkdirSync(`${root}/d${at}`);
      fs.writeFileSync(`${root}/d${at}/inside`, 'x');
    }
  }
}

if (mode === 'common' || mode === 'wild') churn(rest[0], Number(rest[1]), Number(rest[2]), mode === 'wild');
else if (mode === 'flood') flood(Number(rest[0]));
else throw new Error(`unknown mode ${mode}`);
