/**
 * Two hosts on one machine: two network namespaces of their own, joined by a virtual cable.
 * Nothing of it is in the network of this machine, and nothing outlives the processes that hold it: they
 * end when their input does, which is when the test ends, in whatever way.
 */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';

const DEVICE = 'eth0';
/** What a cable carries when nothing else is asked for. */
const RATE = '200mbit';
const shape = (rate: string): string => `root tbf rate ${rate} burst 256kb latency 50ms`;
/** Locally administered, and of nobody. */
const NOBODYS_ADDRESS = '02:00:00:00:00:99';

export interface Host {
  readonly address: string;
  /** In front of a command, runs it on this host. */
  readonly enter: readonly string[];
}

export interface NetworkPair {
  readonly server: Host;
  readonly client: Host;
  /** The server's end of the cable is switched off, or on again. */
  setLink(state: 'up' | 'down'): void;
  /** Everything is sent to an address that nobody has: the link stays up, and nobody is told of anything. */
  setBlackHole(isOn: boolean): void;
  /** Call when the programs on the hosts have ended. */
  dispose(): Promise<void>;
}

/** Why a pair cannot be made here; '' when it can. */
export function whyNoPair(): string {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'only root on Linux can make networks';
  const probe = `ip link add ${DEVICE} type veth && tc qdisc add dev ${DEVICE} ${shape(RATE)} && nsenter --version`;
  const { status, stderr, error } = spawnSync('unshare', ['--net', 'sh', '-c', probe], { encoding: 'utf8' });
  return status === 0 ? '' : `no network of its own: ${error?.message ?? stderr.trim()}`;
}

/** Rejects when {@link whyNoPair} has a reason. `rate` is for what the server sends; null is without a limit. */
export async function makeNetworkPair(rate: string | null = RATE): Promise<NetworkPair> {
  const holders = [await holdNetwork(), await holdNetwork()] as const;
  const [server, client] = [hostIn(holders[0], '10.77.0.1'), hostIn(holders[1], '10.77.0.2')];
  const both = [
    [server, client],
    [client, server],
  ] as const;
  run(server, `ip link add ${DEVICE} type veth peer name ${DEVICE} netns ${holders[1].pid}`);
  for (const [host] of both) {
    run(host, `ip address add ${host.address}/24 dev ${DEVICE}`);
    run(host, `ip link set ${DEVICE} up`);
  }
  if (rate !== null) run(server, `tc qdisc add dev ${DEVICE} ${shape(rate)}`);
  return {
    server,
    client,
    setLink: (state) => run(server, `ip link set ${DEVICE} ${state}`),
    setBlackHole: (isOn) => {
      for (const [host, peer] of both) {
        if (isOn)
          run(host, `ip neigh replace ${peer.address} lladdr ${NOBODYS_ADDRESS} dev ${DEVICE} nud permanent`);
        else run(host, `ip neigh del ${peer.address} dev ${DEVICE}`);
      }
    },
    dispose: async () => {
      const ended = holders.map((holder) => once(holder, 'close'));
      for (const holder of holders) holder.stdin?.end();
      await Promise.all(ended);
    },
  };
}

/** A process with a network of its own, until its input ends. */
async function holdNetwork(): Promise<ChildProcess> {
  const holder = spawn('unshare', ['--net', 'sh', '-c', 'echo ready; exec cat'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  await Promise.race([
    once(holder.stdout, 'data'),
    once(holder, 'close').then(() => Promise.reject(new Error('no network namespace could be made'))),
  ]);
  return holder;
}

const hostIn = (holder: ChildProcess, address: string): Host => ({
  address,
  enter: ['nsenter', '--target', String(holder.pid), '--net', '--'],
});

function run(host: Host, command: string): void {
  const [program = '', ...args] = [...host.enter, ...command.split(' ')];
  execFileSync(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
}
