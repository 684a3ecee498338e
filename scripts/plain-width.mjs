/**
 * Width of a text on a terminal, for the help that yargs lays out: one column for each character, which is right for the
 * Latin text that it is. The package that yargs has for it knows all scripts and emoji, and takes 25 ms to set that up
 * at every start of a program, whether or not there is help to be shown.
 */

/** @returns columns that `text` takes */
export default function plainWidth(text) {
  return text.length;
}
