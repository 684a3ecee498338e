/** Plays a history from its beginning to its rest. */
import type { History } from './command.ts';
import type { Plants } from './plants.ts';
import { Player } from './player.ts';
import { Rest } from './rest.ts';
import { World } from './world.ts';

/** Rejects with what was violated; resolves to the digest of everything that happened. */
export async function play({ scene, steps }: History, plants: Plants = {}): Promise<string> {
  const world = new World(scene, plants);
  try {
    const player = new Player(world, scene);
    world.start();
    for (const { command, pauseMs } of steps) {
      world.scheduler.trace(`command ${JSON.stringify(command)}`);
      player.run(command);
      await world.advance(command.do === 'advance' ? command.ms : pauseMs);
    }
    const rest = new Rest(world, player);
    await rest.come();
    await rest.repeat();
  } finally {
    if (process.env.SIM_TRACE !== undefined) console.log(world.scheduler.lastLines(100_000));
    world.end();
  }
  return world.scheduler.traceHash();
}
