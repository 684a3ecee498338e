/** The part of micromatch that is used here. */
declare module 'micromatch' {
  const micromatch: {
    matcher(pattern: string, options: { readonly dot: boolean }): (path: string) => boolean;
  };
  export default micromatch;
}
