/** Listens to every feed: one sequence of an index and a generation always means the same. */
import type { ServerMessage, SourceEntry } from '@lanmirror/protocol';

export class SequenceOracle {
  readonly #violated: (text: string) => void;
  readonly #meanings = new Map<string, string>();

  constructor(violated: (text: string) => void) {
    this.#violated = violated;
  }

  /** One for each connection: it learns from the welcome whose sequences follow. */
  session(): { hear(message: ServerMessage): void } {
    let numbering = '';
    return {
      hear: (message) => {
        if (message.type === 'welcome') numbering = `${message.indexId.slice(0, 8)} ${message.generation}`;
        if (message.type !== 'changes') return;
        for (const entry of message.entries) this.#means(`${numbering} ${entry.sequence}`, describe(entry));
        for (const { id, sequence } of message.removed)
          this.#means(`${numbering} ${sequence}`, `removed ${id}`);
      },
    };
  }

  #means(sequence: string, meaning: string): void {
    const before = this.#meanings.get(sequence) ?? meaning;
    if (before !== meaning) this.#violated(`I14: sequence ${sequence} was ${before} and is ${meaning}`);
    this.#meanings.set(sequence, meaning);
  }
}

function describe({ id, parentId, name, kind, version, sizeBytes, mtimeUs, mode }: SourceEntry): string {
  return `entry ${id} ${parentId}/${name} ${kind} version ${version} ${sizeBytes} bytes ${mtimeUs} ${mode}`;
}
