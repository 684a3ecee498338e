/** The commands that ask a running program, with the real programs. */
import { rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { difference, makePlace, type Place, type Program } from './programs.ts';

let place: Place;
beforeEach(() => {
  place = makePlace();
});
afterEach(() => place.dispose());

/** Runs a command to its end. */
async function done(program: Program): Promise<{ code: number | null; output: string }> {
  return { code: await program.ended(), output: program.output() };
}

const askServer = (...words: string[]) =>
  done(
    place.run('server', [
      ...words,
      ...['--config', '/dev/null', '--monitor-dir', place.source],
      ...['--state-dir', join(place.dir, 'server-state')],
    ]),
  );

async function live(): Promise<{ port: number; client: Program; server: Program }> {
  for (let at = 0; at < 20; at += 1) writeFileSync(join(place.source, `f${at}`), `${at}`);
  const { program: server, port } = await place.server();
  const client = place.client(port, 'start');
  await client.until(/^in sync$/m);
  return { port, client, server };
}

describe('a running client', () => {
  test('says how it is, and waits until what has happened is here', async () => {
    const { port } = await live();
    const ask = (...words: string[]) => done(place.client(port, words[0] ?? '', ...words.slice(1)));
    const status = await ask('status');
    expect(status.code).toBe(0);
    expect(status.output).toMatch(/State: {4}in sync at \d+\n/);
    writeFileSync(join(place.source, 'new'), 'content');
    expect(await ask('wait')).toEqual({ code: 0, output: 'in sync\n' });
    expect(difference(place.source, place.target)).toEqual([]);
    const { output } = await ask('status', '--json');
    expect(JSON.parse(output)).toMatchObject({ condition: 'in-sync', entries: 22, pending: 0, problems: [] });
  });

  test('does the pass of a sync beside it, which finds what was edited on the mirror', async () => {
    const { port } = await live();
    unlinkSync(join(place.target, 'f3'));
    const { code, output } = await done(place.client(port, 'sync'));
    expect({ code, output }).toEqual({ code: 0, output: 'Done by the client that runs here.\nin sync\n' });
    expect(difference(place.source, place.target)).toEqual([]);
    const dry = await done(place.client(port, 'sync', '--dry-run'));
    expect(dry.code).toBe(5);
    expect(dry.output).toContain('is already running');
  });

  test('stops when it is asked to, and then nobody answers', async () => {
    const { port, client } = await live();
    expect(await done(place.client(port, 'stop'))).toEqual({ code: 0, output: 'Stopping.\n' });
    expect(await client.ended()).toBe(0);
    const { code, output } = await done(place.client(port, 'status'));
    expect(code).toBe(4);
    expect(output).toContain('No lanmirror-client runs for');
    expect((await done(place.client(port, 'stop'))).code).toBe(0);
  });

  test('keeps what a mass deletion would take until somebody accepts exactly that', async () => {
    const { port, client } = await live();
    client.process.kill('SIGTERM');
    await client.ended();
    // What a lost state finds on the target was there before it: that counts.
    rmSync(join(place.dir, 'client-state'), { recursive: true });
    expect((await done(place.client(port, 'sync'))).code).toBe(0);
    const held = place.client(port, 'start', '--hold-min', '5');
    await held.until(/^in sync$/m);
    for (let at = 0; at < 20; at += 1) rmSync(join(place.source, `f${at}`));
    await held.until(/HELD: /);
    const ask = (...words: string[]) => done(place.client(port, words[0] ?? '', ...words.slice(1)));
    expect((await ask('wait')).code).toBe(3);
    const status = await ask('status');
    expect(status.output).toMatch(/HELD: \d+ deletions wait for you/);
    expect(status.output).toContain('lanmirror-client accept');
    const unasked = await ask('accept');
    expect(unasked.code).toBe(3);
    expect(unasked.output).toContain('nobody agreed');
    expect((await ask('accept', '--yes')).code).toBe(0);
    expect((await ask('wait')).code).toBe(0);
    expect(difference(place.source, place.target)).toEqual([]);
  });

  test('takes a changed INI over, and keeps its settings when the INI is wrong', async () => {
    const { port, client } = await live();
    client.process.kill('SIGTERM');
    await client.ended();
    const ini = join(place.dir, 'client.ini');
    const write = (line: string): void =>
      writeFileSync(
        ini,
        `[Client]\nServerPort = ${port}\nTargetDir = target\nStateDir = client-state\nKeyFile = server-state/key\n${line}\n`,
      );
    write('MaxWorkers = 3');
    const run = (verb: string) => place.run('client', [verb, '--config', ini]);
    const running = run('start');
    await running.until(/^in sync$/m);
    write('MaxWorkers = 7');
    await running.until(/In effect: MaxWorkers = 7 \(was 3\)/);
    write('MaxWorker = 8');
    await running.until(/unknown key MaxWorker.*The settings stay as they are/);
    expect(await done(run('reload'))).toMatchObject({ code: 2 });
    write('MaxWorkers = 7\nName = other');
    await running.until(/At the next start: Name = other/);
    expect(await done(run('reload'))).toEqual({ code: 0, output: 'Nothing changed.\n' });
  });
});

describe('fingerprints', () => {
  test('are equal on both sides when everything was sent, and stand beside each other', async () => {
    const { port, client } = await live();
    await client.until(/, identical to the server$/m);
    const codes = async (): Promise<string[]> => {
      const status = await done(place.client(port, 'status', '--json'));
      const { fingerprint, serverFingerprint, comparison } = JSON.parse(status.output);
      expect(comparison).toBe('identical');
      return [fingerprint.code, serverFingerprint.code];
    };
    const [before, atServer] = await codes();
    expect(before).toMatch(/^\w{4}-\w{4}-\w{4}-\w{4}$/);
    expect(atServer).toBe(before);
    const { output } = await askServer('clients');
    expect(output).toContain(`  Fingerprint: ${before}, identical\n`);
    expect((await askServer('status')).output).toContain(`\nFingerprint: ${before}\n`);
  });
});

describe('a running server', () => {
  test('says how it is, who mirrors from it, and stops when it is asked to', async () => {
    const { server } = await live();
    const status = await askServer('status');
    expect(status.code).toBe(0);
    expect(status.output).toMatch(
      /State: {4}live\nEntries: {2}20, sequence \d+\nFingerprint: .*\nClients: {2}1 /,
    );
    const clients = await askServer('clients');
    expect(clients.output).toMatch(
      / at 127\.0\.0\.1:\d+, lanmirror-client \S+, since .*\n {2}in sync at \d+\n/,
    );
    const { output } = await askServer('clients', '--json');
    expect(JSON.parse(output)).toMatchObject([{ behind: 0, problems: 0, root: '' }]);
    expect((await askServer('reload')).output).toBe('Nothing changed.\n');
    expect(await askServer('stop')).toEqual({ code: 0, output: 'Stopping.\n' });
    expect(await server.ended()).toBe(0);
    expect((await askServer('status')).code).toBe(4);
  });
});
