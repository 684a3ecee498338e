/**
 * Changes a tree from another process, for the watchers' conformance suite.
 *   churn ROOT OUTSIDE SEED STEPS   random changes; OUTSIDE is a folder of the same file system
 *   flood ROOT COUNT                COUNT entries at once: files, and a folder with a file as every 200th
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

function churn(outside, seed, steps) {
  const random = generator(seed);
  const name = () => 'abcdefgh'[random(8)];
  const place = () => path.join(root, ...Array.from({ length: 1 + random(3) }, name));
  const parent = (at) => fs.mkdirSync(path.dirname(at), { recursive: true });
  const remove = (at) => fs.rmSync(at, { recursive: true, force: true });
  const write = (at) => fs.writeFileSync(at, 'x'.repeat(1 + random(2000)));
  const swap = (one, other) => {
    fs.renameSync(one, `${root}/.swap`);
    fs.renameSync(other, one);
    fs.renameSync(`${root}/.swap`, other);
  };
  const acts = [
    (at) => write(at),
    (at) => fs.appendFileSync(at, 'y'.repeat(1 + random(100))),
    (at) => fs.mkdirSync(path.join(at, name(), name()), { recursive: true }),
    (at) => {
      fs.mkdirSync(path.join(at, name()), { recursive: true });
      write(path.join(at, name()));
    },
    (at) => fs.renameSync(at, place()),
    (at) => fs.renameSync(at, place()),
    (at) => swap(at, place()),
    (at) => remove(at),
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
    (at) => fs.chmodSync(at, 0o700 + random(0o70)),
    (at) => fs.renameSync(at, path.join(outside, name())),
    (at) => fs.renameSync(path.join(outside, name()), at),
    (at) => {
      write(`${at}.tmp`);
      fs.renameSync(`${at}.tmp`, at);
    },
  ];
  let done = 0;
  for (let step = 0; step < steps; step += 1) {
    const at = place();
    try {
      parent(at);
      acts[random(acts.length)](at);
      done += 1;
    } catch (error) {
      // A random step that the present tree does not allow: the file system has refused it.
      if (!error.code || error.code === 'EACCES') throw error;
    }
  }
  remove(`${root}/.swap`);
  console.log(JSON.stringify({ done }));
}

function flood(count) {
  for (let at = 0; at < count; at += 1) {
    if (at % 200 !== 0) fs.writeFileSync(`${root}/f${at}`, '');
    else {
      fs.mkdirSync(`${root}/d${at}`);
      fs.writeFileSync(`${root}/d${at}/inside`, 'x');
    }
  }
}

if (mode === 'churn') churn(rest[0], Number(rest[1]), Number(rest[2]));
else if (mode === 'flood') flood(Number(rest[0]));
else throw new Error(`unknown mode ${mode}`);
