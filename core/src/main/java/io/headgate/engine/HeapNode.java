package io.headgate.engine;

/** A place in at most one {@link Heap}, ordered by key, then tie. */
final class HeapNode<O> {
  final O owner;
  long key;
  long tie;
  int at = -1;

  HeapNode(O owner) {
    this.owner = owner;
  }

  boolean isIn() {
    return at >= 0;
  }

  boolean isBefore(HeapNode<O> other) {
    return key < other.key || (key == other.key && tie < other.tie);
  }
}
