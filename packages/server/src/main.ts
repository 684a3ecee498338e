/**
 * lanmirror-server: publishes folders.
 *
 *   lanmirror-server [start]     serve until stopped
 *   lanmirror-server key         print the key; `key add|list|remove [NAME]`: those with a name
 *   lanmirror-server explain     which rule decides about a path
 *   lanmirror-server status, clients, accept, reload, stop      ask the one that runs
 */
import { runProgram } from '@lanmirror/engine/host';
import { PROGRAM, serverCommand } from './command.ts';

void runProgram(PROGRAM, (circumstances) =>
  serverCommand(circumstances, process.argv.slice(2), process.cwd()),
);
