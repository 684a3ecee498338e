/** Makes the trees that are mirrored, the same ones in every run. */
import { closeSync, mkdirSync, openSync, statSync, utimesSync, writeFileSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { SeededBytes } from './seeded-bytes.ts';

const MIB = 1 << 20;
/** Long ago, so that no tool has to doubt whether a file still changes. */
const FIRST_TIME_S = 1_700_000_000;

export interface TreeShape {
  readonly files: number;
  readonly fileBytes: number;
  /** Files of one folder; every 40 folders are in one of their own. */
  readonly perFolder: number;
}

const FOLDERS_PER_TOP = 40;

/** Path of the file with this number. */
export function pathOf({ perFolder }: TreeShape, number: number): string {
  const folder = Math.floor(number / perFolder);
  return join(`top-${Math.floor(folder / FOLDERS_PER_TOP)}`, `folder-${folder}`, `file-${number}.bin`);
}

/** Fills `dir` with a tree of this shape. */
export function growTree(dir: string, shape: TreeShape, seed: string): void {
  const bytes = new SeededBytes(seed);
  let folder = '';
  for (let number = 0; number < shape.files; number += 1) {
    const path = join(dir, pathOf(shape, number));
    if (dirname(path) !== folder) {
      folder = dirname(path);
      mkdirSync(folder, { recursive: true });
    }
    writeFileSync(path, bytes.next(shape.fileBytes));
    utimesSync(path, FIRST_TIME_S + number, FIRST_TIME_S + number);
  }
}

/** Makes one file of `length` bytes. */
export function growFile(path: string, length: number, seed: string): void {
  const bytes = new SeededBytes(seed);
  const file = openSync(path, 'w');
  try {
    for (let at = 0; at < length; at += MIB) writeSync(file, bytes.next(Math.min(MIB, length - at)));
  } finally {
    closeSync(file);
  }
}

/** Writes other bytes into the middle of a file. */
export function changePart(path: string, length: number, seed: string): void {
  const file = openSync(path, 'r+');
  try {
    writeSync(file, new SeededBytes(seed).next(length), 0, length, Math.floor(statSync(path).size / 2));
  } finally {
    closeSync(file);
  }
}
