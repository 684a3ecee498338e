/**
 * The watched folders as a tree of names: a folder's path follows from its place, so moving a folder
 * with all below it is one step. `T` is what the owner keeps for each folder.
 */
export class FolderNode<T> {
  readonly content: T;
  #name: string;
  #parent: FolderNode<T> | undefined;
  #children: Map<string, FolderNode<T>> | undefined;

  constructor(content: T) {
    this.content = content;
    this.#name = '';
  }

  /** From the top of the tree, '/'-separated, '' for the top itself. */
  path(): string {
    if (this.#parent === undefined) return '';
    let path = this.#name;
    for (let at = this.#parent; at.#parent !== undefined; at = at.#parent) path = `${at.#name}/${path}`;
    return path;
  }

  /** The node at `path` below this one. */
  find(path: string): FolderNode<T> | undefined {
    let node: FolderNode<T> | undefined = this;
    for (const name of namesIn(path)) {
      node = node.child(name);
      if (node === undefined) return undefined;
    }
    return node;
  }

  /** The node at `path` below this one; what is missing on the way is made with `content`. */
  ensure(path: string, content: () => T): FolderNode<T> {
    let node: FolderNode<T> = this;
    for (const name of namesIn(path)) {
      const child: FolderNode<T> = node.child(name) ?? new FolderNode(content());
      if (child.#parent === undefined) node.#adopt(child, name);
      node = child;
    }
    return node;
  }

  /** Takes this node with all below it out of the tree. */
  detach(): void {
    if (this.#parent === undefined) return;
    this.#parent.#children?.delete(this.#name);
    this.#parent = undefined;
  }

  /** Puts `node`, which has no parent, at `path` below this one, where nothing stands. */
  place(node: FolderNode<T>, path: string, content: () => T): void {
    const cut = path.lastIndexOf('/');
    const parent = cut < 0 ? this : this.ensure(path.slice(0, cut), content);
    parent.#adopt(node, path.slice(cut + 1));
  }

  child(name: string): FolderNode<T> | undefined {
    return this.#children?.get(name);
  }

  children(): readonly FolderNode<T>[] {
    return this.#children === undefined ? [] : [...this.#children.values()];
  }

  /** This node and all below it, parents first. */
  *walk(): Generator<FolderNode<T>> {
    const stack: FolderNode<T>[] = [this];
    for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
      yield node;
      for (const child of node.children()) stack.push(child);
    }
  }

  #adopt(child: FolderNode<T>, name: string): void {
    this.#children ??= new Map();
    this.#children.set(name, child);
    child.#parent = this;
    child.#name = name;
  }
}

function namesIn(path: string): readonly string[] {
  return path === '' ? [] : path.split('/');
}
