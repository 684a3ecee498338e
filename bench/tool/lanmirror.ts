/** lanmirror as a user starts it: encrypted, with its defaults. */
import { join } from 'node:path';
import type { Member } from '../process/member.ts';
import { PASS_MS, START_MS, type Stage, type Tool } from './tool.ts';

export const LANMIRROR: Tool = {
  name: 'lanmirror',
  kind: 'own',
  program: '',
  about: 'encrypted, its defaults; the server has been running, the client starts cold',
  openPass: async (stage) => {
    const { member, port } = await startServer(stage);
    // The feed waits for the first scan: a pass that began before would be measured with it.
    await untilScanned(member);
    return () => startClient(stage, port, 'sync').finish(PASS_MS);
  },
  openLive: async (stage) => {
    const { member, port } = await startServer(stage);
    await untilScanned(member);
    await startClient(stage, port, 'start').until(/^in sync$/m, PASS_MS);
  },
};

/** The built program, started as its user does it. */
function programOf(name: 'server' | 'client'): readonly string[] {
  const root = process.env.BENCH_ROOT;
  if (root === undefined) throw new Error('BENCH_ROOT, the folder of the project, is not set');
  return [process.execPath, join(root, 'packages', name, 'bin', `lanmirror-${name}.js`)];
}

/** Listens when this resolves; it may still scan. */
export async function startServer(stage: Stage): Promise<{ member: Member; port: number }> {
  const { crew, line, dir, source } = stage;
  const command = [
    ...[...programOf('server'), '--config', '/dev/null', '--monitor-dir', source],
    ...['--bind-ip', line.server.address, '--port', '0', '--state-dir', join(dir, 'server-state')],
  ];
  const member = crew.start('server', command, { wrap: line.server.enter });
  const [, port] = await member.until(/Listening on [\d.]+:(\d+)/, START_MS);
  return { member, port: Number(port) };
}

/** Resolves when the server has been through its whole tree. */
export async function untilScanned(server: Member): Promise<void> {
  await server.until(/^Scanned /m, PASS_MS);
}

/** `port`: of the server, or of what stands between. */
export function startClient(stage: Stage, port: number, verb: 'start' | 'sync'): Member {
  const { crew, line, dir, target, footing } = stage;
  const command = [
    ...[...programOf('client'), verb, '--config', '/dev/null', '--target-dir', target],
    ...['--server-ip', line.server.address, '--server-port', String(port)],
    ...['--state-dir', join(dir, 'client-state'), '--key-file', keyFile(stage)],
    ...(footing === 'default' ? [] : ['--durability', footing]),
  ];
  return crew.start('client', command, { wrap: line.client.enter });
}

/** Where the server keeps its key. */
export const keyFile = ({ dir }: Stage): string => join(dir, 'server-state', 'key');
