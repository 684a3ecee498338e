/** A server and a client that run in a mount namespace, with odd disks where a test wants them. */
import { join } from 'node:path';
import { makeMountSpace } from './mount-space.ts';
import { type Knobs, makeOddDisk, type OddDisk } from './odd-disk.ts';
import { makePlace, type Place, type Program } from './programs.ts';

export interface Outcome {
  readonly code: number | null;
  readonly output: string;
}

export interface MountedPair {
  readonly place: Place;
  /** A mounted odd disk at `at`. */
  disk(at: string, knobs?: Knobs): Promise<OddDisk>;
  /** Starts the server that publishes `place.source`; later ones have the same port. */
  server(...flags: string[]): Promise<Program>;
  /** Starts a verb of the client. */
  client(verb: string, ...flags: string[]): Program;
  /** Runs a verb of the client to its end. */
  ask(verb: string, ...flags: string[]): Promise<Outcome>;
  askServer(verb: string, ...flags: string[]): Promise<Outcome>;
  dispose(): Promise<void>;
}

export async function makeMountedPair(): Promise<MountedPair> {
  const place = makePlace();
  const space = await makeMountSpace();
  const disks: OddDisk[] = [];
  let port = '0';
  const serverFlags = (): string[] => [
    ...['--config', '/dev/null', '--monitor-dir', place.source],
    ...['--state-dir', join(place.dir, 'server-state')],
  ];
  const run = (name: 'server' | 'client', args: readonly string[]): Program =>
    place.run(name, args, { wrap: space.wrap });
  const client = (verb: string, ...flags: string[]): Program =>
    run('client', [
      ...[verb, '--config', '/dev/null', '--server-ip', '127.0.0.1', '--server-port', port],
      ...['--target-dir', place.target, '--state-dir', join(place.dir, 'client-state')],
      ...['--key-file', join(place.dir, 'server-state', 'key')],
      // FUSE stands for other disks here, not for a network.
      ...(flags.includes('--target-kind') ? flags : ['--target-kind', 'local', ...flags]),
    ]);
  const outcome = async (program: Program): Promise<Outcome> => ({
    code: await program.ended(),
    output: program.output(),
  });
  return {
    place,
    client,
    async disk(at, knobs = {}) {
      const disk = makeOddDisk(space, join(place.dir, `disk-${disks.length}`), at, knobs);
      disks.push(disk);
      await disk.mount();
      return disk;
    },
    async server(...flags) {
      const program = run('server', [...serverFlags(), '--bind-ip', '127.0.0.1', '--port', port, ...flags]);
      const [, bound = ''] = await program.until(/Listening on 127\.0\.0\.1:(\d+)/);
      port = bound;
      return program;
    },
    ask: (verb, ...flags) => outcome(client(verb, ...flags)),
    askServer: (verb, ...flags) => outcome(run('server', [verb, ...serverFlags(), ...flags])),
    async dispose() {
      // Whoever waits for a disk that hangs is let go by its end.
      await Promise.all(disks.map((disk) => disk.dispose()));
      await space.dispose();
      await place.dispose();
    },
  };
}

/** Stops a program with SIGTERM; returns its exit code. */
export function stop(program: Program): Promise<number | null> {
  program.process.kill('SIGTERM');
  return program.ended();
}
